"""A shopper asks for money back: the seller answers, staff decide (TX-PAY-12)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import Transitions
from marketplace.models import InMarket
from marketplace.money import Money
from orders.models import OrderLine, SellerOrder


class RequestStatus(models.TextChoices):
    OPEN = "open", _("Waiting for the seller")
    ACCEPTED = "accepted", _("The seller agrees")
    CONTESTED = "contested", _("The seller disagrees")
    APPROVED = "approved", _("Refund approved")
    DECLINED = "declined", _("Refund declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_S = RequestStatus
REQUEST_TRANSITIONS: Transitions = {
    _S.OPEN: frozenset({_S.ACCEPTED, _S.CONTESTED, _S.APPROVED, _S.DECLINED, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.APPROVED, _S.DECLINED}),
    _S.CONTESTED: frozenset({_S.ACCEPTED, _S.APPROVED, _S.DECLINED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
UNDECIDED = (_S.OPEN, _S.ACCEPTED, _S.CONTESTED)


class RefundCause(models.TextChoices):
    NOT_ARRIVED = "not_arrived", _("It has not arrived")
    DAMAGED = "damaged", _("It arrived damaged or spoiled")
    WRONG = "wrong", _("It is not what I ordered")
    CHANGED_MIND = "changed_mind", _("I have changed my mind")
    OTHER = "other", _("Something else")


class RefundRequest(InMarket):
    """About one seller's part of an order. While it is undecided, the seller's money of that part is held."""

    seller_order = models.ForeignKey(SellerOrder, models.PROTECT, related_name="refund_requests")
    number = models.CharField(max_length=20, unique=True)
    cause = models.CharField(max_length=20, choices=RefundCause)
    words = models.TextField(max_length=2000, blank=True)
    with_delivery = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # what that was worth when asked for
    status = models.CharField(max_length=10, choices=RequestStatus, default=RequestStatus.OPEN)
    # The seller disagrees, is silent, or agrees to much money: staff decide.
    needs_staff = models.BooleanField(default=False)
    seller_words = models.TextField(max_length=2000, blank=True)
    staff_words = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answer_by = models.DateTimeField()  # silence until then goes to staff
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = pgettext_lazy("back office", "refund request")
        verbose_name_plural = pgettext_lazy("back office", "refund requests")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="refund_request_status_known", condition=Q(status__in=RequestStatus.values)
            ),
            models.CheckConstraint(
                name="refund_request_cause_known", condition=Q(cause__in=RefundCause.values)
            ),
            models.UniqueConstraint(
                fields=["seller_order"],
                condition=Q(status__in=UNDECIDED),
                name="refund_request_one_undecided",
            ),
            models.CheckConstraint(name="refund_request_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_request_needs_staff_while_undecided",
                condition=Q(needs_staff=False) | Q(status__in=UNDECIDED),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED

    @property
    def can_withdraw(self) -> bool:
        return RequestStatus.WITHDRAWN in REQUEST_TRANSITIONS[self.status]

    @property
    def can_accept(self) -> bool:
        return RequestStatus.ACCEPTED in REQUEST_TRANSITIONS[self.status]

    @property
    def can_contest(self) -> bool:
        return RequestStatus.CONTESTED in REQUEST_TRANSITIONS[self.status]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.market.currency)

    @property
    def quantities(self) -> dict[int, int]:
        """The units asked for, by line id."""
        return {each.line_id: each.quantity for each in self.lines.all()}


class RefundRequestLine(models.Model):
    request = models.ForeignKey(RefundRequest, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="refund_request_line_once"),
            models.CheckConstraint(name="refund_request_line_positive", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"
