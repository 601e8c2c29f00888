"""What staff want to add to a seller's balance or take from it; much of it waits for a second person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from payments.models.proposal import Proposal
from sellers.models import Seller


class Correction(Proposal):
    """`key` was drawn when the form was shown, and is the movement's in the ledger: booked once for ever.

    An amount above zero is added to the balance.
    """

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="corrections")
    key = models.UUIDField(unique=True)
    reason = models.CharField(max_length=300)

    class Meta(Proposal.Meta):
        verbose_name = pgettext_lazy("back office", "correction")
        verbose_name_plural = pgettext_lazy("back office", "corrections")
        indexes = [models.Index(fields=["seller", "made_by", "-made_at"], name="correction_by_author")]

    def __str__(self) -> str:
        return f"{self.seller} {self.money}"
