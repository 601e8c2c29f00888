"""What the clock does for payments: ask about open ones, hand over or leave others, free unpaid stock."""

from contextlib import suppress
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from orders import lifecycle
from orders.models import Order, OrderStatus
from payments import availability, gateways, schedule
from payments.cancelling import NotCancellable, cancel
from payments.collecting import start
from payments.models import LIVE, Payment, PaymentStatus
from payments.settling import ask

BATCH = 300


@shared_task
def poll_pending(now: datetime | None = None) -> int:
    """Queue a question for every payment that is due. Two clocks at once ask once."""
    now = now or timezone.now()
    due = Payment.objects.filter(next_check_at__lte=now).order_by("next_check_at")[:BATCH]
    return sum(_take(payment, now) for payment in due)


def _take(payment: Payment, now: datetime) -> bool:
    """Claim one due payment by moving its next look, then queue what it needs."""
    claim = Payment.objects.filter(pk=payment.pk, next_check_at=payment.next_check_at)
    if payment.started_at is None:
        later = schedule.next_check(payment.checks + 3, now)
        taken = claim.update(next_check_at=later, checks=F("checks") + 1)
        if taken:
            start.delay(payment.pk)
        return bool(taken)
    if not payment.is_live and now - (payment.settled_at or payment.started_at) > schedule.LATE_MONEY_FOR:
        return bool(claim.update(next_check_at=None))
    later = schedule.next_check(
        payment.checks + 1, now, deadline=_deadline(payment), patience=_patience(payment)
    )
    taken = claim.update(next_check_at=later, checks=F("checks") + 1)
    if taken and availability.is_up(payment.gateway):
        ask.delay(payment.pk)
    return bool(taken)


def _patience(payment: Payment) -> float:
    """In doubt we ask as soon as we may at all; what is merely open can wait for its notice."""
    if payment.status in (PaymentStatus.CREATED, PaymentStatus.UNKNOWN):
        return 0
    return gateways.get(payment.gateway).patience(payment.method)


def _deadline(payment: Payment) -> datetime | None:
    """The moment at which an answer would end the attempt."""
    if payment.status == PaymentStatus.PENDING:
        return payment.expires_at + timedelta(seconds=1)
    if payment.is_live and payment.started_at:
        return payment.started_at + schedule.UNCONFIRMED_AFTER + timedelta(seconds=1)
    return None


@shared_task
def expire_overdue(now: datetime | None = None) -> int:
    """Give up orders that nobody paid in time; an attempt that may still be paid keeps its order alive."""
    now = now or timezone.now()
    live = Payment.objects.filter(order=OuterRef("pk"), status__in=LIVE)
    overdue = Order.objects.filter(status=OrderStatus.PENDING, expires_at__lte=now).exclude(Exists(live))
    numbers = overdue.order_by("expires_at").values_list("pk", flat=True)[:BATCH]
    return sum(_expire(order_id, now) for order_id in list(numbers))


@shared_task
def leave_called_off(now: datetime | None = None) -> int:
    """Nobody should be led on to pay an order that was called off; doubt and open prompts are waited for."""
    now = now or timezone.now()
    live = Payment.objects.filter(status__in=LIVE, order__status=OrderStatus.CANCELLED)
    return sum(_leave(payment, now) for payment in live.order_by("pk")[:BATCH])


def _leave(payment: Payment, now: datetime) -> bool:
    with suppress(NotCancellable):
        cancel(payment=payment, note="called_off", now=now)
        return True
    return False


@transaction.atomic
def _expire(order_id: int, now: datetime) -> bool:
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order_id)
    if order.status != OrderStatus.PENDING or order.payments.filter(status__in=LIVE).exists():
        return False
    lifecycle.expire(order, now)
    return True
