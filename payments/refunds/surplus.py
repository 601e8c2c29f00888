"""Money in a wrong amount: once staff say so, it is booked and goes back to the buyer."""

from contextlib import suppress
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from marketplace.markets import MARKETS
from orders.models import Order
from payments import emails, gateways
from payments.availability import watched
from payments.books import ledger
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Outcome, State
from payments.lifecycle import move
from payments.models import Attention, Payment, PaymentStatus
from payments.refunds import refunding

REMIND_AFTER = timedelta(hours=20)  # the mail of the first hour need not come again the next morning


@shared_task
def remind(now: datetime | None = None) -> int:
    """Tell staff every day what still waits for them: its orders keep their goods meanwhile."""
    until = (now or timezone.now()) - REMIND_AFTER
    waiting = Payment.objects.filter(attention=Attention.WRONG_AMOUNT, created_at__lte=until)
    found = 0
    for code in MARKETS:
        if rows := list(waiting.filter(market_code=code).select_related("order").order_by("pk")):
            emails.send_wrong_amounts(rows)
            found += len(rows)
    return found


@shared_task
def book_wrong_amount(payment_id: int, by: str) -> None:
    """Ask the company once more what it received, and book just that as money to give back."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.attention != Attention.WRONG_AMOUNT:
        return
    with suppress(GatewayUnavailable, NotSent, Misconfigured), watched(payment.gateway):
        outcome = gateways.get(payment.gateway).look_up(payment.reference, payment.company_reference)
        book(payment_id, outcome, by=by)


@transaction.atomic
def book(payment_id: int, outcome: Outcome, *, by: str) -> bool:
    """False when the payment is not one whose amount was wrong, or the company names none."""
    Order.objects.select_for_update(of=("self",), no_key=True).get(payments=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    is_ours = payment.attention == Attention.WRONG_AMOUNT
    if not is_ours or outcome.state != State.PAID or outcome.money is None:
        return False
    move(
        payment,
        PaymentStatus.SURPLUS,
        note=f"{outcome.money} booked by user {by}",
        settled_at=timezone.now(),
        inputs="",
        next_check_at=None,
        attention="",
    )
    ledger.record_surplus(payment, outcome.money)
    refunding.return_surplus(payment)
    return True
