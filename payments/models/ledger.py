"""The one ledger: double entry, append-only, balanced by the database (BY-01)."""

from __future__ import annotations

from django.conf import settings
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
    FEES = "fees", _("Fees of payment companies")
    TAX_WITHHELD = "tax_withheld", _("Tax withheld from us, to be claimed back")
    LOSSES = "losses", _("Lost for good")
    ADJUSTMENTS = "adjustments", _("Corrections by staff")
    SUSPENSE = "suspense", _("Not explained yet")


class Movement(models.TextChoices):
    """Every kind of movement; payments/books/movements.py says which accounts each may touch."""

    SALE = "sale", _("Sale")
    SURPLUS = "surplus", _("Surplus")
    RELEASE = "release", _("Release to the seller")
    REFUND = "refund", _("Refund approved")
    SURPLUS_DUE = "surplus_due", _("Surplus to be returned")
    REFUND_PAID = "refund_paid", _("Refund sent")
    REFUND_BOUNCED = "refund_bounced", _("Refund came back")
    PAYOUT = "payout", _("Payout")
    PAYOUT_PAID = "payout_paid", _("Payout sent")
    PAYOUT_RETURNED = "payout_returned", _("Payout returned")
    PAYOUT_BOUNCED = "payout_bounced", _("Payout came back")
    ADJUSTMENT = "adjustment", _("Correction for a seller")
    FEE = "fee", _("Fee of a company")
    SETTLEMENT = "settlement", _("Transfer to our bank")
    DIFFERENCE = "difference", _("Difference found in a statement")
    WRITE_OFF = "write_off", _("Difference written off")


class LedgerEntry(InMarket):
    """One line of a movement, whose lines share `movement` (a UUID) and `source` (its unique key)."""

    movement = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=20, choices=Movement)
    source = models.CharField(max_length=80)  # "sale:ORD-…", "payout:17": booking it again is impossible
    account = models.CharField(max_length=20, choices=Account)
    seller = models.ForeignKey(Seller, models.PROTECT, null=True, related_name="ledger_entries")
    gateway = models.CharField(max_length=20, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="ledger_entries")
    seller_order = models.ForeignKey(SellerOrder, models.PROTECT, null=True, related_name="ledger_entries")
    payout = models.ForeignKey("payments.Payout", models.PROTECT, null=True, related_name="ledger_entries")
    refund = models.ForeignKey("payments.Refund", models.PROTECT, null=True, related_name="ledger_entries")
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "ledger entry")
        verbose_name_plural = pgettext_lazy("back office", "ledger entries")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["seller", "account", "-id"], name="ledger_by_seller")]
        constraints = [
            models.CheckConstraint(name="ledger_account_known", condition=Q(account__in=Account.values)),
            models.CheckConstraint(name="ledger_kind_known", condition=Q(kind__in=Movement.values)),
            models.CheckConstraint(name="ledger_amount_not_zero", condition=~Q(amount=0)),
            models.UniqueConstraint(
                fields=["source", "account", "seller", "seller_order", "gateway"],
                nulls_distinct=False,
                name="ledger_source_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.account} {self.amount}"
