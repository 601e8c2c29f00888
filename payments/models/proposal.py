"""What a person wants to book by hand; where it is much, it waits until a second one agrees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money


class ProposalStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for a second person")
    BOOKED = "booked", pgettext_lazy("correction", "Booked")
    DECLINED = "declined", pgettext_lazy("correction", "Turned down")


_S = ProposalStatus
PROPOSAL_TRANSITIONS: Transitions = {
    _S.WAITING: frozenset({_S.BOOKED, _S.DECLINED}),
    _S.BOOKED: frozenset(),
    _S.DECLINED: frozenset(),
}


class Proposal(InMarket):
    """In no book while it waits."""

    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=ProposalStatus, default=ProposalStatus.WAITING)
    # More than one person alone may book in one day (Market.correction_limit).
    needs_second = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)  # why it was turned down

    class Meta:
        abstract = True
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_status_known", condition=Q(status__in=ProposalStatus.values)
            ),
            models.CheckConstraint(name="%(class)s_amount_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="%(class)s_decided_iff_not_waiting",
                condition=Q(status=_S.WAITING, decided_at__isnull=True)
                | (~Q(status=_S.WAITING) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="%(class)s_above_limit_booked_by_another",
                condition=Q(needs_second=False)
                | ~Q(status=_S.BOOKED)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("made_by"))),
            ),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
