"""What nobody will explain any more: a posted difference that staff close for good."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models.proposal import Proposal, ProposalStatus
from payments.models.statement import Difference


class WriteOffReason(models.TextChoices):
    TAX_WITHHELD = "tax_withheld", _("Tax withheld by the company")
    CHARGEBACK = "chargeback", _("Chargeback lost")
    FEE = "fee", _("Fee that nobody announced")
    UNEXPLAINED = "unexplained", _("Nobody can explain it")


class WriteOff(Proposal):
    """`amount` is what was posted of the difference: below zero it costs us."""

    difference = models.ForeignKey(Difference, models.PROTECT, related_name="write_offs")
    reason = models.CharField(max_length=15, choices=WriteOffReason)
    note = models.CharField(max_length=300)

    class Meta(Proposal.Meta):
        verbose_name = pgettext_lazy("back office", "write-off")
        verbose_name_plural = pgettext_lazy("back office", "write-offs")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="writeoff_reason_known", condition=Q(reason__in=WriteOffReason.values)
            ),
            models.UniqueConstraint(
                fields=["difference"],
                condition=~Q(status=ProposalStatus.DECLINED),
                name="writeoff_once_per_difference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.difference} {self.money}"
