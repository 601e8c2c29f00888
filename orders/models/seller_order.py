"""What one seller delivers of an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import StockItem, Variant
from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from orders.models.commission import CommissionRule
from orders.models.order import Order
from sellers.models import DeliveryKind, Seller


class SellerOrderStatus(models.TextChoices):
    PENDING = "pending", _("Awaiting payment")
    CONFIRMED = "confirmed", _("To prepare")
    PROCESSING = "processing", _("In preparation")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", pgettext_lazy("an order", "Delivered")
    CANCELLED = "cancelled", pgettext_lazy("an order", "Cancelled")
    REFUNDED = "refunded", pgettext_lazy("an order", "Refunded")


_S = SellerOrderStatus
# Payment confirms (MS-ORD-23); the seller prepares and ships; buyer or time confirms delivery (TX-ORD-05).
SELLER_ORDER_TRANSITIONS: Transitions = {
    _S.PENDING: frozenset({_S.CONFIRMED, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.PROCESSING, _S.SHIPPED, _S.CANCELLED, _S.REFUNDED}),
    _S.PROCESSING: frozenset({_S.SHIPPED, _S.CANCELLED, _S.REFUNDED}),
    _S.SHIPPED: frozenset({_S.DELIVERED, _S.REFUNDED}),
    _S.DELIVERED: frozenset({_S.REFUNDED}),
    _S.CANCELLED: frozenset(),
    _S.REFUNDED: frozenset(),
}
# Only for parts of an order that nobody but the clock gave up (reviving.revive).
REVIVED_TRANSITIONS: Transitions = {_S.CANCELLED: frozenset({_S.PENDING})}


class SellerOrder(InMarket):
    """One seller's part. total = items_net + tax + delivery − discount, currency of the order.

    The seller earns total − commission − commission_tax.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="seller_orders")
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=28, unique=True)  # ORD-20261121-7K2MX9QF-1
    status = models.CharField(max_length=10, choices=SellerOrderStatus, default=SellerOrderStatus.PENDING)

    delivery_kind = models.CharField(max_length=20, choices=DeliveryKind)
    items_net = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)
    delivery = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    commission = models.DecimalField(max_digits=14, decimal_places=2)
    commission_tax = models.DecimalField(max_digits=14, decimal_places=2)

    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    tracking_url = models.URLField(blank=True)
    estimated_from = models.DateField(null=True, blank=True)
    estimated_to = models.DateField(null=True, blank=True)
    seller_notes = models.TextField(max_length=1000, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # when payment arrived
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)  # when held money became available

    class Meta:
        verbose_name = pgettext_lazy("back office", "part of an order")
        verbose_name_plural = pgettext_lazy("back office", "parts of orders")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["seller", "status", "-id"], name="seller_order_queue"),
            models.Index(
                fields=["delivered_at"], name="seller_order_to_release", condition=Q(released_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "seller"], name="seller_order_once_per_seller"),
            models.CheckConstraint(
                name="seller_order_status_known", condition=Q(status__in=SellerOrderStatus.values)
            ),
            models.CheckConstraint(
                name="seller_order_parts_make_total",
                condition=Q(total=F("items_net") + F("tax") + F("delivery") - F("discount")),
            ),
            models.CheckConstraint(
                name="seller_order_commission_within_total",
                condition=Q(commission__gte=0, commission_tax__gte=0)
                & Q(total__gte=F("commission") + F("commission_tax")),
            ),
            models.CheckConstraint(
                name="seller_order_delivered_at_if_delivered",
                condition=~Q(status="delivered") | Q(delivered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def earnings(self) -> Decimal:
        """What the seller gets: Decimal in the order's currency."""
        return self.total - self.commission - self.commission_tax

    def takes_refund_requests(self, now: datetime) -> bool:
        """From payment on, and for the market's number of days after delivery."""
        if self.status == _S.DELIVERED and self.delivered_at:
            return now < self.delivered_at + timedelta(days=self.market.refund_request_days)
        return self.status in (_S.CONFIRMED, _S.PROCESSING, _S.SHIPPED)


class OrderLine(models.Model):
    """What was bought, frozen as it was (MS-ORD-11). Amounts are for the whole line; net + tax = total."""

    seller_order = models.ForeignKey(SellerOrder, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    product_name = models.CharField(max_length=500)
    variant_label = models.CharField(max_length=160, blank=True)
    sku = models.CharField(max_length=100)
    photo = models.JSONField(default=dict, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    tax_class = models.CharField(max_length=20)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    # Frozen with the sale: which rule, and its terms (MA-08).
    commission_rule = models.ForeignKey(
        CommissionRule, models.PROTECT, null=True, blank=True, related_name="+"
    )
    commission_name = models.CharField(max_length=80, blank=True)
    commission_rate = models.DecimalField(max_digits=5, decimal_places=4)
    commission_flat = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    commission = models.DecimalField(max_digits=14, decimal_places=2)
    commission_tax = models.DecimalField(max_digits=14, decimal_places=2)
    # The id of the line of the cart that this was: what a cart holds can be ordered once (I-04).
    from_cart_line = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("back office", "line")
        verbose_name_plural = pgettext_lazy("back office", "lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["from_cart_line"], name="order_line_once_per_cart_line"),
            models.CheckConstraint(name="order_line_quantity_positive", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="order_line_parts_make_total", condition=Q(total=F("net") + F("tax"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    def refunded(self) -> int:
        """Units whose money goes back; pages with many lines prefetch `refund_lines`."""
        return sum(each.quantity for each in self.refund_lines.all())

    def left(self) -> int:
        """Units that are still bought."""
        return self.quantity - self.refunded()


class AllocationState(models.TextChoices):
    RESERVED = "reserved", _("Reserved")
    CONSUMED = "consumed", _("Sold")
    RELEASED = "released", _("Released")


class Allocation(models.Model):
    """Stock set aside for an order line; consumed or released exactly once (I-02)."""

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="allocations")
    stock_item = models.ForeignKey(StockItem, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=AllocationState, default=AllocationState.RESERVED)

    class Meta:
        constraints = [
            # Released stays released: an order that is revived sets its goods aside anew.
            models.UniqueConstraint(
                fields=["line", "stock_item"],
                condition=~Q(state="released"),
                name="allocation_held_once_per_item",
            ),
            models.CheckConstraint(
                name="allocation_state_known", condition=Q(state__in=AllocationState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.stock_item_id} {self.state}"
