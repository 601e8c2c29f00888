"""Money on its way back to a buyer: what was asked for, what was decided, how it goes back."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.encryption import EncryptedTextField
from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money
from orders.models import Order, OrderLine, SellerOrder
from orders.own_words import in_words
from payments.models.payment import Payment


class RefundStatus(models.TextChoices):
    CREATED = "created", pgettext_lazy("refund", "Approved")
    NEEDS_ACCOUNT = "needs_account", _("Waiting for your account details")
    NEEDS_STAFF = "needs_staff", _("Our staff see to it")
    SENDING = "sending", _("Being sent back")
    UNKNOWN = "unknown", _("Being checked")
    SUCCEEDED = "succeeded", _("Sent back")


_S = RefundStatus
# Once approved, a refund is owed until it is paid: a refusal of one way leads to another way.
# A company may take back its word (Stripe's refund.failed): then the buyer's account is asked for,
# or, where the order was rejected as fraud, staff see to it.
_ANOTHER_WAY = frozenset({_S.NEEDS_ACCOUNT, _S.NEEDS_STAFF})
REFUND_TRANSITIONS: Transitions = {
    _S.CREATED: _ANOTHER_WAY | {_S.SENDING},
    _S.NEEDS_ACCOUNT: frozenset({_S.CREATED, _S.NEEDS_STAFF}),
    _S.NEEDS_STAFF: frozenset({_S.NEEDS_ACCOUNT, _S.SUCCEEDED}),
    _S.SENDING: _ANOTHER_WAY | {_S.CREATED, _S.UNKNOWN, _S.SUCCEEDED},
    _S.UNKNOWN: _ANOTHER_WAY | {_S.CREATED, _S.SENDING, _S.SUCCEEDED},
    _S.SUCCEEDED: _ANOTHER_WAY,
}
OWED = (_S.CREATED, _S.NEEDS_ACCOUNT, _S.NEEDS_STAFF, _S.SENDING, _S.UNKNOWN)


class RefundKind(models.TextChoices):
    ORDER = "order", _("Goods or delivery of an order")
    SURPLUS = "surplus", _("Received twice, too late or in a wrong amount")


def new_secret() -> str:
    return secrets.token_urlsafe(24)


class Refund(InMarket):
    """An amount we owe to a buyer, out of one payment (I-08).

    seller_amount + commission + commission_tax = amount for an order; a surplus has no shares.
    `reference` is ours and the idempotency key at the company or rail; a new way gets a new one.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    seller_order = models.ForeignKey(SellerOrder, models.PROTECT, null=True, related_name="refunds")
    request = models.ForeignKey(
        "payments.RefundRequest", models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    kind = models.CharField(max_length=10, choices=RefundKind)
    number = models.CharField(max_length=20, unique=True)  # for people and the ledger; never changes
    reference = models.CharField(max_length=40, unique=True)
    secret = models.CharField(max_length=43, unique=True, default=new_secret, editable=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    delivery = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # part of amount
    seller_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    commission = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    commission_tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    status = models.CharField(max_length=15, choices=RefundStatus, default=RefundStatus.CREATED)
    rail = models.CharField(max_length=20, blank=True)  # empty: the payment's own gateway gives it back
    account = EncryptedTextField(blank=True)  # JSON text with the rail's fields, from the signed page
    masked = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=20, default="system")  # buyer, seller, staff, system
    company_reference = models.CharField(max_length=80, blank=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    # Held or rejected as fraud: where no company gives it back, staff do, and no account is asked for...
    only_staff = models.BooleanField(default=False, db_default=False)
    # ...unless two of them say so.
    account_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    account_allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What staff did in the company's own panel, or read in its statement: above Market.refund_limit two
    # must say the same.
    above_limit = models.BooleanField(default=False, db_default=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What the first of two read in the statement, until the second has read it, too.
    reported_sent = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    staff_note = models.CharField(max_length=300, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = pgettext_lazy("back office", "refund")
        verbose_name_plural = pgettext_lazy("back office", "refunds")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="refund_to_follow", condition=Q(next_check_at__isnull=False)
            )
        ]
        constraints = [
            models.CheckConstraint(name="refund_status_known", condition=Q(status__in=RefundStatus.values)),
            models.CheckConstraint(name="refund_kind_known", condition=Q(kind__in=RefundKind.values)),
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_shares_make_amount",
                condition=Q(kind="surplus", seller_amount=0, commission=0, commission_tax=0)
                | Q(amount=models.F("seller_amount") + models.F("commission") + models.F("commission_tax")),
            ),
            models.CheckConstraint(
                name="refund_of_a_part_or_surplus",
                condition=Q(kind="surplus", seller_order__isnull=True)
                | Q(kind="order", seller_order__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="surplus"), name="refund_surplus_once"
            ),
            models.CheckConstraint(
                name="refund_asks_no_suspect_for_an_account",
                condition=Q(only_staff=False)
                | Q(account_allowed_by__isnull=False)
                | ~Q(status=_S.NEEDS_ACCOUNT),
            ),
            models.CheckConstraint(
                name="refund_account_allowed_by_two",
                condition=Q(account_allowed_by__isnull=True)
                | (
                    Q(account_proposed_by__isnull=False)
                    & ~Q(account_proposed_by=models.F("account_allowed_by"))
                ),
            ),
            models.CheckConstraint(
                name="refund_above_limit_decided_by_two",
                condition=Q(above_limit=False)
                | Q(decided_by__isnull=True)
                | (Q(reported_by__isnull=False) & ~Q(reported_by=models.F("decided_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def why(self) -> str:
        """The reason in words: what was asked for, with its number; or what somebody wrote."""
        if self.kind == RefundKind.SURPLUS:
            return self._why_surplus()
        if self.request is not None:
            told = {"cause": self.request.get_cause_display(), "number": self.request.number}
            return gettext("Asked back: %(cause)s (request %(number)s)") % told
        return in_words(self.reason)

    def _why_surplus(self) -> str:
        if self.amount != self.payment.amount:
            return gettext("It is not the amount of the order.")
        if self.order.paid_at:
            return gettext("You had paid this order already.")
        return gettext("It came after the order had been given up.")

    @property
    def goes_to_card_only(self) -> bool:
        """Of a suspect, whose card it came from: to no account, whoever names it."""
        return self.only_staff and self.payment.is_by_card

    @property
    def is_owed(self) -> bool:
        return self.status in OWED

    def record(self, kind: str, note: str = "", by: User | None = None) -> None:
        """Write down what happened; never secrets or personal data."""
        RefundEvent.objects.create(refund=self, kind=kind, status=self.status, note=note[:300], by=by)


class RefundLine(models.Model):
    """How much of an order line goes back; `amount` includes its tax."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refund_lines")
    quantity = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)
    commission = models.DecimalField(max_digits=14, decimal_places=2)
    commission_tax = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(
                name="refund_line_positive", condition=Q(quantity__gte=1, amount__gte=0, tax__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class RefundEvent(models.Model):
    refund = models.ForeignKey(Refund, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=15)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.refund_id} {self.kind}"
