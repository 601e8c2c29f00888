"""How suspicious an attempt to pay looked, and what people decided (MS-PAY-17, 27, 28)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.models import InMarket
from orders.models import Order
from payments.models.payment import Payment


class Verdict(models.TextChoices):
    PASSED = "passed", _("Nothing suspicious")
    REVIEW = "review", _("To be looked at")
    BLOCKED = "blocked", _("Refused by the rules")
    CLEARED = "cleared", _("Cleared by staff")
    REJECTED = "rejected", _("Rejected by staff")


class Screening(InMarket):
    """One look at one attempt: score 0 to 100 and the rules that made it. Blocked: no payment."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="screenings")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="screening")
    method = models.CharField(max_length=20)
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(
        default=list, blank=True
    )  # [{"rule": "velocity_phone", "points": 30, "seen": 4}]
    verdict = models.CharField(max_length=10, choices=Verdict)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "screening")
        verbose_name_plural = pgettext_lazy("back office", "screenings")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["verdict", "-created_at"], name="screening_queue")]
        constraints = [
            models.CheckConstraint(name="screening_verdict_known", condition=Q(verdict__in=Verdict.values)),
            models.CheckConstraint(name="screening_score_in_range", condition=Q(score__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.score}"


class Fingerprint(models.Model):
    """What attempts have in common, as keyed hashes: never the phone, address or card itself."""

    screening = models.ForeignKey(Screening, models.CASCADE, related_name="fingerprints")
    kind = models.CharField(max_length=10)  # phone, email, ip, address, card, document
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "digest", "-at"], name="fingerprint_velocity"),
            models.Index(fields=["at"], name="fingerprint_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["screening", "kind", "digest"], name="fingerprint_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.screening_id}"
