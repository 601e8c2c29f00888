"""What the marketplace keeps of a sale: rules tried in order, the first that fits decides (MA-08)."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Category, Product
from marketplace.models import InMarket
from sellers.models import MAX_COMMISSION, Seller


class CommissionRule(InMarket):
    """Empty targets fit everything; dated, never overwritten: end one and begin another.

    Of `amount` (the line with its tax) the commission is rate × amount + flat × quantity, at
    least `floor` and at most `cap` per line, and never more than half of the amount.
    """

    position = models.PositiveSmallIntegerField(
        default=100, help_text=_("Rules are tried from the smallest number to the largest.")
    )
    name = models.CharField(max_length=80, help_text=_("Sellers read it on their statement."))
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", help_text=_("And all below it.")
    )
    seller = models.ForeignKey(Seller, models.PROTECT, null=True, blank=True, related_name="commission_rules")
    rate = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_COMMISSION)],
        help_text=_("0.10 is ten percent."),
    )
    flat = models.DecimalField(
        max_digits=14, decimal_places=2, default=Decimal(0), help_text=_("For each unit sold.")
    )
    floor = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    cap = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text=_("Its last day; empty: until further notice.")
    )

    class Meta:
        verbose_name = pgettext_lazy("back office", "commission rule")
        verbose_name_plural = pgettext_lazy("back office", "commission rules")
        ordering = ["market_code", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="commission_rule_rate_is_share", condition=Q(rate__gte=0, rate__lte=MAX_COMMISSION)
            ),
            models.CheckConstraint(
                name="commission_rule_amounts_not_negative",
                condition=Q(flat__gte=0)
                & (Q(floor__isnull=True) | Q(floor__gte=0))
                & (Q(cap__isnull=True) | Q(cap__gte=0)),
            ),
            models.CheckConstraint(
                name="commission_rule_floor_below_cap",
                condition=Q(floor__isnull=True) | Q(cap__isnull=True) | Q(floor__lte=F("cap")),
            ),
            models.CheckConstraint(
                name="commission_rule_days_in_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
