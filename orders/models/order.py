"""What the shopper pays."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import Transitions
from marketplace.models import InMarket


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Awaiting payment")
    PAID = "paid", pgettext_lazy("an order", "Paid")
    COMPLETED = "completed", pgettext_lazy("an order", "Completed")
    REFUNDED = "refunded", pgettext_lazy("an order", "Refunded")
    EXPIRED = "expired", pgettext_lazy("an order", "Expired")
    CANCELLED = "cancelled", pgettext_lazy("an order", "Cancelled")


ORDER_TRANSITIONS: Transitions = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.EXPIRED, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset({OrderStatus.COMPLETED, OrderStatus.REFUNDED}),
    OrderStatus.COMPLETED: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.REFUNDED: frozenset(),
    OrderStatus.EXPIRED: frozenset({OrderStatus.PENDING}),  # reviving.revive: money came late
    OrderStatus.CANCELLED: frozenset(),
}
PAID_FOR = (OrderStatus.PAID, OrderStatus.COMPLETED, OrderStatus.REFUNDED)


def new_secret() -> str:
    return secrets.token_urlsafe(24)


class Order(InMarket):
    """One checkout. In the market's currency: items_net + tax + delivery − discount = total (CF-09)."""

    number = models.CharField(max_length=24, unique=True)  # ORD-20261121-7K2MX9QF (CF-06)
    secret = models.CharField(max_length=43, unique=True, default=new_secret, editable=False)
    # Drawn when the checkout page is shown: the same page sent twice makes one order (I-04).
    checkout_token = models.UUIDField(null=True, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    email = models.EmailField()
    full_name = models.CharField(max_length=160)
    phone = models.CharField(max_length=16)
    language = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    # Snapshots: street, number, complement, neighborhood, city, region, postal_code, country, names, phone.
    shipping_address = models.JSONField(default=dict)
    billing_address = models.JSONField(default=dict, blank=True)
    notes = models.TextField(max_length=1000, blank=True)

    items_net = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)
    delivery = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2)

    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    preferred_method = models.CharField(max_length=20, blank=True)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # Paid, but somebody must look before sellers hear of it (MS-PAY-17).
    held_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "order")
        verbose_name_plural = pgettext_lazy("back office", "orders")
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-placed_at"], name="order_by_user"),
            models.Index(fields=["status", "expires_at"], name="order_by_expiry"),
            models.Index(fields=["email"], name="order_by_email"),
            models.Index(fields=["held_at"], name="order_held", condition=Q(held_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="order_status_known", condition=Q(status__in=OrderStatus.values)),
            models.CheckConstraint(
                name="order_paid_at_iff_paid_for",
                condition=Q(status__in=PAID_FOR, paid_at__isnull=False)
                | (~Q(status__in=PAID_FOR) & Q(paid_at__isnull=True)),
            ),
            models.CheckConstraint(name="order_total_positive", condition=Q(total__gt=0)),
            models.CheckConstraint(
                name="order_parts_make_total",
                condition=Q(total=F("items_net") + F("tax") + F("delivery") - F("discount")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The page of this order for whoever holds its link, signed in or not."""
        return reverse("orders:show_guest_order", args=[self.secret])


class OrderEvent(models.Model):
    """History of an order: what happened, when, by whom. `seller_order` is empty for the whole order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    seller_order = models.ForeignKey(
        "orders.SellerOrder", models.CASCADE, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=20, default="system")  # buyer, seller, staff, system, gateway
    note = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
