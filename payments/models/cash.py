"""Our own cash codes, paid at a counter and confirmed by people (MS-PAY-08, 11, 12)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.product import private_storage
from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from payments.models.payment import Payment


class CashStatus(models.TextChoices):
    ACTIVE = "active", _("Waiting for cash")
    REPORTED = "reported", _("Waiting for a second person")
    PAID = "paid", pgettext_lazy("cash code", "Paid")
    EXPIRED = "expired", pgettext_lazy("cash code", "Expired")
    CANCELLED = "cancelled", pgettext_lazy("cash code", "Cancelled")
    PAID_LATE = "paid_late", _("Paid late")


_S = CashStatus
CASH_TRANSITIONS: Transitions = {
    _S.ACTIVE: frozenset({_S.REPORTED, _S.PAID, _S.EXPIRED, _S.CANCELLED}),
    _S.REPORTED: frozenset({_S.ACTIVE, _S.PAID, _S.PAID_LATE, _S.EXPIRED}),
    _S.EXPIRED: frozenset({_S.REPORTED, _S.PAID_LATE}),
    _S.CANCELLED: frozenset({_S.REPORTED, _S.PAID_LATE}),
    _S.PAID: frozenset(),
    _S.PAID_LATE: frozenset(),
}


class CashCode(InMarket):
    """Ten random digits and a Luhn check digit; never reused. One receipt pays one code."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="cash_code")
    code = models.CharField(max_length=11, unique=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=CashStatus, default=CashStatus.ACTIVE)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    point = models.CharField(max_length=40, blank=True)  # which counter
    receipt_number = models.CharField(max_length=40, null=True, blank=True, unique=True)  # noqa: DJ001
    receipt_scan = models.FileField(upload_to="cash/", storage=private_storage, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "cash code")
        verbose_name_plural = pgettext_lazy("back office", "cash codes")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="cash_status_known", condition=Q(status__in=CashStatus.values)),
            models.CheckConstraint(
                name="cash_paid_has_receipt",
                condition=~Q(status__in=["paid", "paid_late"]) | Q(receipt_number__isnull=False),
            ),
            models.CheckConstraint(
                name="cash_two_different_people",
                condition=Q(reported_by__isnull=True)
                | Q(confirmed_by__isnull=True)
                | ~Q(reported_by=models.F("confirmed_by"))
                | Q(needs_second=False),
            ),
        ]

    needs_second = models.BooleanField(default=False)  # above the limit another person must confirm

    def __str__(self) -> str:
        return self.code


class CashEvent(models.Model):
    """Who confirmed what at the counter, and when."""

    cash_code = models.ForeignKey(CashCode, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.cash_code_id} {self.kind}"
