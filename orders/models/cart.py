"""What a shopper means to buy."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from catalog.models import Variant
from marketplace.models import InMarket, Timed

MAX_LINES = 60
MAX_QUANTITY = 99


class Cart(InMarket, Timed):
    """One per user and market; a guest's cart is known by its id in the session alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="carts"
    )
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = pgettext_lazy("back office", "cart")
        verbose_name_plural = pgettext_lazy("back office", "carts")
        indexes = [models.Index(fields=["expires_at"], name="cart_by_expiry")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "market_code"], condition=Q(user__isnull=False), name="cart_one_per_user"
            )
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    # What it cost when it was put in; the cart says so when that has changed.
    seen_price = models.DecimalField(max_digits=14, decimal_places=2)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "line")
        verbose_name_plural = pgettext_lazy("back office", "lines")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once_per_variant"),
            models.CheckConstraint(
                name="cart_line_quantity_in_range", condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
