"""Money on its way to a seller."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.accounts.models import User
from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money
from orders.models import SellerOrder
from sellers.models import PayoutDestination, Seller


class PayoutStatus(models.TextChoices):
    APPROVAL = "approval", _("Waiting for approval")
    CREATED = "created", _("Scheduled")
    SENDING = "sending", _("Being sent")
    UNKNOWN = "unknown", _("Being checked")
    PAID = "paid", pgettext_lazy("payout", "Paid")
    FAILED = "failed", _("Returned to your balance")
    CANCELLED = "cancelled", _("Called off")


_S = PayoutStatus
# "sending" is written before the company is called: found there after a crash, it is asked about.
# Back to "created" only when the question never left our house.
PAYOUT_TRANSITIONS: Transitions = {
    _S.APPROVAL: frozenset({_S.CREATED, _S.CANCELLED}),
    _S.CREATED: frozenset({_S.SENDING, _S.FAILED, _S.CANCELLED}),
    # Called off while "being sent" only on paper: it waits in a list that no bank has seen.
    _S.SENDING: frozenset({_S.CREATED, _S.UNKNOWN, _S.PAID, _S.FAILED, _S.CANCELLED}),
    _S.UNKNOWN: frozenset({_S.SENDING, _S.PAID, _S.FAILED}),
    # Only when staff read in a statement that it came back.
    _S.PAID: frozenset({_S.FAILED}),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
UNSETTLED = (_S.APPROVAL, _S.CREATED, _S.SENDING, _S.UNKNOWN)


class PayoutFile(InMarket):
    """Payouts for a bank to carry out: one person makes the list, another lets it go (two-person rule)."""

    number = models.CharField(max_length=20, unique=True)
    rail = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "bank file")
        verbose_name_plural = pgettext_lazy("back office", "bank files")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="payout_file_two_people",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("made_by")),
            ),
            models.CheckConstraint(
                name="payout_file_let_go_by_somebody",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False, called_off_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Payout(InMarket):
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="payouts")
    reference = models.CharField(max_length=40, unique=True)  # ours: the idempotency key at the rail
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=20)
    destination = models.ForeignKey(PayoutDestination, models.PROTECT, related_name="payouts")
    status = models.CharField(max_length=10, choices=PayoutStatus, default=PayoutStatus.CREATED)
    file = models.ForeignKey(PayoutFile, models.PROTECT, null=True, blank=True, related_name="payouts")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # More than one person alone may let go or call paid (Market.payout_limit when it was made).
    above_limit = models.BooleanField(default=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    # What the first of two people read in the bank's statement, until the second has read it, too.
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reported_paid = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    company_reference = models.CharField(max_length=80, blank=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = pgettext_lazy("back office", "payout")
        verbose_name_plural = pgettext_lazy("back office", "payouts")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="payout_to_follow", condition=Q(status__in=UNSETTLED)
            ),
            models.Index(fields=["seller", "-created_at"], name="payout_by_seller"),
        ]
        constraints = [
            models.CheckConstraint(name="payout_status_known", condition=Q(status__in=PayoutStatus.values)),
            models.CheckConstraint(name="payout_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["seller"], condition=Q(status__in=UNSETTLED), name="payout_one_unsettled_per_seller"
            ),
            models.CheckConstraint(
                name="payout_above_limit_was_approved",
                condition=Q(above_limit=False)
                | Q(status__in=(_S.APPROVAL, _S.CANCELLED))
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payout_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(approved_by=models.F("requested_by")),
            ),
            models.CheckConstraint(
                name="payout_above_limit_decided_by_two",
                condition=Q(above_limit=False)
                | Q(decided_by__isnull=True)
                | (Q(reported_by__isnull=False) & ~Q(reported_by=models.F("decided_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def record(self, kind: str, note: str = "", by: User | None = None) -> None:
        """Write down what happened; never secrets or personal data."""
        PayoutEvent.objects.create(payout=self, kind=kind, note=note[:300], by=by)


class PayoutLine(models.Model):
    """Which entry of the seller's available money a payout carries: an earning, a refund, an adjustment.

    `amount` is what it adds to the payout (TX-PYO-05). A failed payout's lines are freed by `is_void`.
    """

    payout = models.ForeignKey(Payout, models.CASCADE, related_name="lines")
    entry = models.ForeignKey("payments.LedgerEntry", models.PROTECT, related_name="payout_lines")
    seller_order = models.ForeignKey(SellerOrder, models.PROTECT, null=True, related_name="payout_lines")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    is_void = models.BooleanField(default=False)

    class Meta:
        verbose_name = pgettext_lazy("back office", "line")
        verbose_name_plural = pgettext_lazy("back office", "lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(is_void=False), name="payout_line_once_per_entry"
            )
        ]

    def __str__(self) -> str:
        return f"{self.payout_id}: {self.seller_order_id} {self.amount}"


class PayoutEvent(models.Model):
    payout = models.ForeignKey(Payout, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.payout_id} {self.kind}"
