"""The one ledger: double entry, append-only, balanced by the database (BY-01)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.models import InMarket
from orders.models import Order, SellerOrder
from sellers.models import Seller


class Account(models.TextChoices):
    """Where money can stand. Positive is what we hold, negative what we owe; every movement sums to zero."""

    GATEWAY = "gateway", _("Money at payment companies")
    SELLER_HELD = "seller_held", _("Owed to sellers, held until delivery")
    SELLER_AVAILABLE = "seller_available", _("Owed to sellers, available")
    SELLER_IN_TRANSIT = "seller_in_transit", _("On its way to sellers")
    COMMISSION = "commission", _("Our commission")
    COMMISSION_TAX = "commission_tax", _("Tax on our commission")
    SURPLUS = "surplus", _("Received twice or too late, to be returned")
    REFUNDS_DUE = "refunds_due", _("Owed to buyers")


class LedgerEntry(InMarket):
    """One line of a movement, whose lines share `movement` (a UUID) and `source` (its unique key)."""

    movement = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=20)  # sale, surplus, release, payout, payout_paid, payout_returned
    source = models.CharField(max_length=80)  # "sale:ORD-…", "payout:17": booking it again is impossible
    account = models.CharField(max_length=20, choices=Account)
    seller = models.ForeignKey(Seller, models.PROTECT, null=True, related_name="ledger_entries")
    gateway = models.CharField(max_length=20, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="ledger_entries")
    seller_order = models.ForeignKey(SellerOrder, models.PROTECT, null=True, related_name="ledger_entries")
    payout = models.ForeignKey("payments.Payout", models.PROTECT, null=True, related_name="ledger_entries")
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "ledger entry")
        verbose_name_plural = pgettext_lazy("back office", "ledger entries")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["seller", "account", "-id"], name="ledger_by_seller")]
        constraints = [
            models.CheckConstraint(name="ledger_account_known", condition=Q(account__in=Account.values)),
            models.CheckConstraint(name="ledger_amount_not_zero", condition=~Q(amount=0)),
            models.UniqueConstraint(
                fields=["source", "account", "seller", "seller_order"],
                nulls_distinct=False,
                name="ledger_source_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.account} {self.amount}"
