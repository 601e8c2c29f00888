"""What a seller is charged for selling here, month by month, with the tax on it (MA-09)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from marketplace.models import InMarket
from sellers.models import Seller


class CommissionDocument(InMarket):
    """Numbered without gaps per market and year, issued once a month, never changed: net + tax = total.

    Sums the ledger's commission and commission tax of the seller in the month, refunds deducted; a
    month with more refunds than sales makes a credit note (negative amounts).
    """

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="commission_documents")
    number = models.CharField(max_length=24, unique=True)
    month = models.DateField()  # its first day
    net = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4)
    issued_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "commission document")
        verbose_name_plural = pgettext_lazy("back office", "commission documents")
        ordering = ["-month", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "month"], name="commission_document_once_a_month"),
            models.CheckConstraint(
                name="commission_document_parts_make_total", condition=Q(total=F("net") + F("tax"))
            ),
        ]

    def __str__(self) -> str:
        return self.number
