"""How much of a variant lies where, and every movement of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.product import Variant
from sellers.models import Location


class StockItem(models.Model):
    """A variant at a location. Always 0 ≤ reserved ≤ on_hand (I-01); rows are locked in id order."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="stock_items")
    location = models.ForeignKey(Location, models.PROTECT, related_name="stock_items")
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = pgettext_lazy("back office", "stock")
        verbose_name_plural = pgettext_lazy("back office", "stocks")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stock_item_once_per_location"),
            models.CheckConstraint(
                name="stock_item_reserved_within_on_hand",
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("on_hand")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}@{self.location_id}: {self.on_hand - self.reserved}/{self.on_hand}"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class MovementKind(models.TextChoices):
    RECEIVED = "received", _("Received")
    ADJUSTED = "adjusted", _("Adjusted")
    SOLD = "sold", _("Sold")
    RETURNED = "returned", _("Returned")


class StockMovement(models.Model):
    """A change of on_hand, so that sold + on_hand = received + adjustments can be checked (I-01)."""

    stock_item = models.ForeignKey(StockItem, models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=10, choices=MovementKind)
    quantity = models.IntegerField(help_text=_("Signed: sold goods are negative"))
    source = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "stock movement")
        verbose_name_plural = pgettext_lazy("back office", "stock movements")
        indexes = [models.Index(fields=["stock_item", "at"], name="movement_by_item")]
        constraints = [
            models.CheckConstraint(name="movement_kind_known", condition=Q(kind__in=MovementKind.values)),
            models.UniqueConstraint(
                fields=["stock_item", "source"], condition=~Q(source=""), name="movement_once_per_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+d}"
