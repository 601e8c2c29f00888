"""What staff want to add to a seller's balance or take from it; much of it waits for a second person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money
from sellers.models import Seller


class CorrectionStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for a second person")
    BOOKED = "booked", pgettext_lazy("correction", "Booked")
    DECLINED = "declined", pgettext_lazy("correction", "Turned down")


_S = CorrectionStatus
CORRECTION_TRANSITIONS: Transitions = {
    _S.WAITING: frozenset({_S.BOOKED, _S.DECLINED}),
    _S.BOOKED: frozenset(),
    _S.DECLINED: frozenset(),
}


class Correction(InMarket):
    """`key` was drawn when the form was shown, and is the movement's in the ledger: booked once for ever."""

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="corrections")
    key = models.UUIDField(unique=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # above zero is added to the balance
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=CorrectionStatus, default=CorrectionStatus.WAITING)
    # More than one person alone may correct of one store in one day (Market.correction_limit).
    needs_second = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)  # why it was turned down

    class Meta:
        verbose_name = pgettext_lazy("back office", "correction")
        verbose_name_plural = pgettext_lazy("back office", "corrections")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["seller", "made_by", "-made_at"], name="correction_by_author")]
        constraints = [
            models.CheckConstraint(
                name="correction_status_known", condition=Q(status__in=CorrectionStatus.values)
            ),
            models.CheckConstraint(name="correction_amount_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="correction_decided_iff_not_waiting",
                condition=Q(status=_S.WAITING, decided_at__isnull=True)
                | (~Q(status=_S.WAITING) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="correction_above_limit_booked_by_another",
                condition=Q(needs_second=False)
                | ~Q(status=_S.BOOKED)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("made_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.money}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
