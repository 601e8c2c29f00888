"""Ask a shopper for money: one attempt at a time, and the company is never called twice for it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from marketplace.lifecycle import StaleState, advance
from marketplace.markets.base import PaymentMethod
from marketplace.money import Money
from orders import paying
from orders.models import Order, OrderLine, OrderStatus
from payments import deadlines, gateways, methods, schedule, steps
from payments.availability import watched
from payments.cancelling import NotCancellable, cancel, is_cancellable, is_reviewed
from payments.gateways.base import (
    Charge,
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    Reason,
    Refused,
    Started,
    State,
)
from payments.models import LIVE, PAYMENT_TRANSITIONS, Payment, PaymentStatus, Verdict, new_reference
from payments.risk import screening
from payments.settling import ask, check, settle
from payments.vouchers import cash, slips

__all__ = [
    "NotCancellable", "ask", "begin", "cancel", "check", "is_cancellable", "is_reviewed", "settle", "start",
]  # fmt: skip

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
# A charge that cannot be handed over is tried again this long, then another method is offered.
HAND_OVER_FOR = timedelta(seconds=90)
RETRY_START = timedelta(seconds=8)
# When the queue loses a new payment, the clock hands it over after this long.
QUEUE_LOST = timedelta(seconds=20)


class NotPayable(Exception):
    """The order is paid, expired or called off."""


class MethodNotAllowed(Exception):
    """This order cannot be paid that way now."""


class AttemptUnderWay(Exception):
    """There is a live attempt already; two at once could both be paid."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(payment.reference)
        self.payment = payment


class TooManyAttempts(Exception):
    """More tries than any honest shopper needs."""


def begin(
    *,
    order: Order,
    method: str,
    inputs: Mapping[str, str],
    gateway: str = "",
    ip: str | None = None,
    user_agent: str = "",
    site: str = "",
    now: datetime | None = None,
) -> Payment:
    """Write down an attempt for the whole order and queue it for the company.

    The amount is the order's, whatever the form says. `site` is where the shopper came in
    ("https://mestore.example") and will come back to, `gateway` the company that the form was
    filled in for. Raises NotPayable, MethodNotAllowed, AttemptUnderWay, TooManyAttempts,
    Suspicious, or Refused when the inputs cannot be right.
    """
    now = now or timezone.now()
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        chosen = _allowed(order, method, now, gateway)
        payment = _attempt(order, chosen, inputs, site, now)
        payment.ip, payment.user_agent = ip or None, user_agent[:300]
        step = gateways.get(chosen.gateway).expected_step(charge_of(payment))
        payment.next_step = steps.kept(step) if step.kind == "prompt" else {}
        screened = screening.screen(order=order, payment=payment, now=now)
        if screened.verdict != Verdict.BLOCKED:
            payment.save(force_insert=True)
            payment.record("created", chosen.code)
            screening.attach(screened, payment)
            deadlines.keep_stock(order, chosen, payment.expires_at)
            paying.remember_method(order, chosen.code)
            start.delay_on_commit(payment.pk)
            return payment
    raise screening.Suspicious  # what the rules saw is written down, and nothing else


def _attempt(
    order: Order, chosen: PaymentMethod, inputs: Mapping[str, str], site: str, now: datetime
) -> Payment:
    reference = new_reference()
    path = reverse("payments:come_back", args=[order.number, reference])
    return Payment(
        order=order,
        market_code=order.market_code,
        number=order.payments.count() + 1,
        reference=reference,
        method=chosen.code,
        gateway=chosen.gateway,
        amount=order.total,
        currency=order.currency,
        inputs=json.dumps(
            dict(inputs)
            | {
                "return_url": site + path,
                "notify_url": site + reverse("payments:webhook", args=[chosen.gateway]),
            }
        ),
        expires_at=deadlines.pay_by(order, chosen, now),
        next_check_at=now + QUEUE_LOST,
    )


def _allowed(order: Order, method: str, now: datetime, gateway: str) -> PaymentMethod:
    if order.status != OrderStatus.PENDING or order.expires_at <= now:
        raise NotPayable
    if live := order.payments.filter(status__in=LIVE).first():
        raise AttemptUnderWay(live)
    if order.payments.count() >= MAX_ATTEMPTS:
        raise TooManyAttempts
    chosen = methods.allowed(order, method)
    if chosen and gateway in ("", chosen.gateway):
        return chosen
    raise MethodNotAllowed


def charge_of(payment: Payment) -> Charge:
    """What the company is told."""
    order, typed = payment.order, payment.typed
    address = order.shipping_address
    region = order.market.region(address.get("region", ""))
    taxed = OrderLine.objects.filter(seller_order__order=order, tax__gt=0).aggregate(net=Sum("net"))["net"]
    return Charge(
        reference=payment.reference,
        money=payment.money,
        method=payment.method,
        email=order.email,
        phone=typed.get("phone") or order.phone,
        full_name=typed.get("full_name") or order.full_name,
        document_type=typed.get("document_type", ""),
        document_number=typed.get("document_number", ""),
        return_url=typed.get("return_url", ""),
        notify_url=typed.get("notify_url", ""),
        expires_at=payment.expires_at,
        ip=payment.ip or "",
        user_agent=payment.user_agent,
        language=order.language,
        description=f"{order.market.name} {order.number}",
        city=address.get("city", ""),
        region=region.name if region else "",
        street=address.get("street", ""),
        inputs=typed,
        tax=Money(order.tax, order.currency),
        tax_base=Money(taxed or 0, order.currency),
    )


@shared_task
def start(payment_id: int) -> None:
    """Open the charge with the company. Only one worker gets through, and only once.

    `started_at` is written before the company is called: a worker that dies during the call
    leaves a payment that is asked about, never one that is charged again. A code of our own calls
    nobody: it is kept with `started_at` or not at all, and then the clock hands it over again.
    """
    payment = Payment.objects.get(pk=payment_id)
    if not gateways.get(payment.gateway).is_our_own:
        _start(payment_id)
        return
    with transaction.atomic():
        Order.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.order_id)
        _start(payment_id)


def _start(payment_id: int) -> None:
    now = timezone.now()
    fresh = Payment.objects.filter(pk=payment_id, status=PaymentStatus.CREATED, started_at=None)
    if not fresh.update(started_at=now, next_check_at=now + schedule.LINE_OPEN):
        return
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.is_late(now) or payment.order.status != OrderStatus.PENDING:
        _end_unstarted(payment, PaymentStatus.EXPIRED, now)
        return
    try:
        with watched(payment.gateway) as talk:
            started = gateways.get(payment.gateway).start(charge_of(payment))
            if started.outcome:
                talk.heard(started.outcome)
    except NotSent:
        _hand_over_later(payment)
    except Refused as refusal:
        refused = Outcome(state=State.FAILED, reason=refusal.reason, company_message=refusal.message)
        settle(payment.pk, refused)
    except Misconfigured:
        settle(payment.pk, Outcome(state=State.FAILED, reason=Reason.COMPANY_ERROR))
    except GatewayUnavailable as error:
        settle(payment.pk, Outcome(state=State.UNKNOWN, company_message=str(error)))
    else:
        try:
            _keep(payment.pk, started)
        except cash.CodeTaken:
            settle(payment.pk, Outcome(state=State.FAILED, reason=Reason.COMPANY_ERROR))


def _end_unstarted(payment: Payment, status: str, now: datetime) -> None:
    with suppress(StaleState):
        advance(
            payment,
            status,
            transitions=PAYMENT_TRANSITIONS,
            settled_at=now,
            inputs="",
            next_check_at=None,
        )
        payment.record(status)


def _hand_over_later(payment: Payment) -> None:
    """Nothing was sent, so the clock may start it again; after a while the shopper should choose anew."""
    now = timezone.now()
    if now - payment.created_at > HAND_OVER_FOR:
        settle(payment.pk, Outcome(state=State.FAILED, reason=Reason.COMPANY_ERROR))
        return
    payment.record("not_sent")
    waiting = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED)
    waiting.update(started_at=None, next_check_at=now + RETRY_START)


@transaction.atomic
def _keep(payment_id: int, started: Started) -> None:
    """What the shopper does next, and the company's answer where it came at once."""
    Order.objects.select_for_update(of=("self",), no_key=True).get(payments=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    company = gateways.get(payment.gateway)
    changes = {
        "next_step": steps.kept(started.step),
        "company_reference": started.company_reference or payment.company_reference,
        "next_check_at": schedule.next_check(0, timezone.now(), patience=company.patience(payment.method)),
    } | deadlines.time_of(started.step)
    if payment.status == PaymentStatus.CREATED and not started.outcome:
        advance(payment, PaymentStatus.PENDING, transitions=PAYMENT_TRANSITIONS, **changes)
        payment.record("started", started.step.kind)
    elif payment.is_live:
        Payment.objects.filter(pk=payment_id).update(**changes)
    payment.refresh_from_db()
    if payment.is_live and payment.step == "voucher":
        cash.issue(payment, started.step)
        slips.announce(payment)
    if started.outcome:
        settle(payment_id, started.outcome)
