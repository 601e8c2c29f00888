"""A shopper leaves an attempt for another way, as long as no money can be on its way."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from marketplace.lifecycle import advance
from orders.models import Order
from payments.models import PAYMENT_TRANSITIONS, Payment, PaymentStatus
from payments.vouchers import cash
from payments.withdrawing import withdraw_later

# So long a prompt may still be answered by a shopper who is looking for the phone.
PROMPT_STANDS = timedelta(seconds=90)
# What a shopper may leave for another way at once.
LEFT_FREELY = ("redirect", "form", "voucher")


class NotCancellable(Exception):
    """Nobody can say yet that no money will come."""


@transaction.atomic
def cancel(*, payment: Payment, note: str = "by the shopper", now: datetime | None = None) -> None:
    """The shopper prefers another way, or none. Raises NotCancellable while money may be on its way.

    Were it paid nevertheless, the money is found by later questions and pays the order, or is
    kept apart as surplus.
    """
    now = now or timezone.now()
    Order.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.order_id)
    payment.refresh_from_db()
    changes = {"status": PaymentStatus.CANCELLED, "settled_at": now, "inputs": ""}
    unstarted = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED, started_at=None)
    if unstarted.update(**changes, next_check_at=None):
        pass
    elif is_cancellable(payment, now):
        advance(payment, PaymentStatus.CANCELLED, transitions=PAYMENT_TRANSITIONS, **changes)
    else:
        raise NotCancellable
    payment.refresh_from_db()
    payment.record("cancelled", note)
    withdraw_later(payment)


def is_cancellable(payment: Payment, now: datetime) -> bool:
    """A bank page can be left, a prompt only when unanswered for a while; doubt must be cleared first."""
    if payment.status != PaymentStatus.PENDING or payment.started_at is None:
        return payment.status == PaymentStatus.CREATED and payment.started_at is None
    if payment.step not in LEFT_FREELY and now < payment.started_at + PROMPT_STANDS:
        return False
    return not is_reviewed(payment)


def is_reviewed(payment: Payment) -> bool:
    """The shopper has paid; what is open is the company's yes, or that of a second person of ours."""
    return payment.step == "review" or cash.is_reported(payment)
