"""One attempt to pay an order."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.encryption import EncryptedTextField
from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money
from orders.models import Order


def new_reference() -> str:
    """Short enough for every company, and nobody guesses it."""
    return "P" + "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(15))


class PaymentStatus(models.TextChoices):
    CREATED = "created", _("Starting")
    PENDING = "pending", _("Waiting for you")
    UNKNOWN = "unknown", _("Being checked")
    SUCCEEDED = "succeeded", pgettext_lazy("payment", "Paid")
    FAILED = "failed", _("Not paid")
    EXPIRED = "expired", pgettext_lazy("payment", "Expired")
    CANCELLED = "cancelled", pgettext_lazy("payment", "Cancelled")
    SURPLUS = "surplus", _("Received twice or too late")


_S = PaymentStatus
LIVE = (_S.CREATED, _S.PENDING, _S.UNKNOWN)
_ENDS = frozenset({_S.SUCCEEDED, _S.FAILED, _S.EXPIRED, _S.CANCELLED, _S.SURPLUS})
# Money that arrives after an attempt was given up is surplus, never lost.
PAYMENT_TRANSITIONS: Transitions = {
    _S.CREATED: _ENDS | {_S.PENDING, _S.UNKNOWN},
    _S.PENDING: _ENDS | {_S.UNKNOWN},
    _S.UNKNOWN: _ENDS | {_S.PENDING},
    _S.SUCCEEDED: frozenset(),
    _S.FAILED: frozenset({_S.SUCCEEDED, _S.SURPLUS}),
    _S.EXPIRED: frozenset({_S.SUCCEEDED, _S.SURPLUS}),
    _S.CANCELLED: frozenset({_S.SUCCEEDED, _S.SURPLUS}),
    _S.SURPLUS: frozenset(),
}


class Attention(models.TextChoices):
    """Why a person must look at a payment."""

    WRONG_AMOUNT = "wrong_amount", _("The company names another amount")
    UNCONFIRMED = "unconfirmed", _("The company cannot say what became of it")
    UNRESOLVED = "unresolved", _("The company did not answer for a day")
    REFUND = "refund", _("Money to send back to the buyer")
    DISPUTED = "disputed", _("The buyer disputes it at the bank")


class Payment(InMarket):
    """An attempt; at most one is live and at most one succeeds per order (I-05)."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    number = models.PositiveSmallIntegerField()  # first, second… attempt of this order
    reference = models.CharField(max_length=40, unique=True)  # ours, told to the company
    method = models.CharField(max_length=20)
    gateway = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED)
    # What the shopper typed for this method (phone, bank, document, card token), as JSON text.
    inputs = EncryptedTextField(blank=True)
    next_step = models.JSONField(default=dict, blank=True)
    company_reference = models.CharField(max_length=80, blank=True)
    failure_reason = models.CharField(max_length=40, blank=True)
    company_message = models.CharField(max_length=300, blank=True)
    card = models.JSONField(default=dict, blank=True)  # last4, brand, exp_month, exp_year (TX-PAY-05)

    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)  # set before the company is called
    settled_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)
    attention = models.CharField(max_length=20, choices=Attention, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "payment")
        verbose_name_plural = pgettext_lazy("back office", "payments")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="payment_to_check", condition=Q(next_check_at__isnull=False)
            ),
            models.Index(fields=["attention"], name="payment_to_look_at", condition=~Q(attention="")),
            models.Index(fields=["gateway", "company_reference"], name="payment_by_company"),
            models.Index(fields=["created_at"], name="payment_by_time"),
        ]
        constraints = [
            models.CheckConstraint(name="payment_status_known", condition=Q(status__in=PaymentStatus.values)),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["order", "number"], name="payment_number_once_per_order"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=LIVE), name="payment_one_live_per_order"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status=_S.SUCCEEDED), name="payment_one_success_per_order"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_by_card(self) -> bool:
        return self.method == "card" or bool(self.card)

    @property
    def typed(self) -> dict[str, str]:
        """What the shopper typed; empty once the attempt has ended."""
        return json.loads(self.inputs) if self.inputs else {}

    @property
    def step(self) -> str:
        """What the shopper does next: redirect, prompt, voucher, waiting, or nothing yet."""
        return str(self.next_step.get("kind", ""))

    @property
    def asks_the_phone(self) -> bool:
        return self.step == "prompt"

    def is_late(self, now: datetime) -> bool:
        return now >= self.expires_at

    def record(self, kind: str, note: str = "") -> None:
        """Write down what happened; never secrets or personal data."""
        PaymentEvent.objects.create(payment=self, kind=kind, status=self.status, note=note[:300])


class PaymentEvent(models.Model):
    """Audit trail of an attempt (MS-PAY-32); never holds secrets or personal data."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=10)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.kind}"
