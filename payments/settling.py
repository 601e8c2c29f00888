"""What became of an attempt: every answer of a company ends here, and money moves exactly once."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from catalog.stock import OutOfStock
from orders import lifecycle, paying, reviving
from orders.models import Order, OrderStatus
from payments import deadlines, emails, gateways, schedule, steps
from payments.availability import watched
from payments.books import ledger
from payments.gateways.base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    Reason,
    State,
    Voucher,
)
from payments.gateways.quieting import quiet
from payments.lifecycle import move
from payments.models import Attention, Payment, PaymentStatus, new_reference
from payments.refunds import refunding
from payments.risk import screening
from payments.vouchers import slips
from payments.withdrawing import withdraw_later

log = structlog.get_logger(__name__)

SETTLED = (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)


def check(payment: Payment, *, hint: str = "") -> None:
    """Ask the company what became of a payment and act on the answer.

    Notices, the clock, the shopper's return and the admin all come through here. The question is
    asked outside any transaction: no row lock waits for a network. `hint` is a company reference
    that somebody outside told us. Raises GatewayUnavailable, NotSent or Misconfigured.
    """
    gateway = gateways.get(payment.gateway)
    told = hint if gateway.checks_hints and hint != payment.company_reference else ""
    if payment.started_at is None or (payment.status in SETTLED and not told):
        return
    known = told or payment.company_reference
    try:
        with watched(payment.gateway) as talk:
            outcome = talk.heard(gateway.look_up(payment.reference, known))
    except (GatewayUnavailable, NotSent, Misconfigured):
        unanswered(payment.pk)
        raise
    settle(payment.pk, outcome, told=told)


@shared_task
def ask(payment_id: int, hint: str = "") -> None:
    """check() in the background; the clock asks again when nobody answers."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment:
        with suppress(GatewayUnavailable, NotSent, Misconfigured):
            check(payment, hint=hint)


@transaction.atomic
def settle(payment_id: int, outcome: Outcome, *, told: str = "", now: datetime | None = None) -> None:
    """Apply an answer exactly once, however often it is given.

    `told` is a foreign company reference that we asked about: it may be a second payment.

    The order is locked first and whoever moves a payment holds that lock; the payment itself
    comes after the order's parts and their stock, as everywhere.
    """
    now = now or timezone.now()
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(payments=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    if payment.status in SETTLED:
        if told and told == outcome.company_reference:
            _collect_again(order, payment, outcome, now)
        return
    if outcome.card:
        screening.note_card(payment, outcome.card, now)
    match outcome.state:
        case State.PAID:
            _collect(order, payment, outcome, now)
        case State.FAILED:
            _fail(order, payment, outcome, now)
        case State.PENDING:
            _keep_open(payment, outcome, now)
        case State.UNKNOWN | State.NOT_FOUND:
            _doubt(order, payment, outcome, now)


def _collect(order: Order, payment: Payment, outcome: Outcome, now: datetime) -> None:
    if outcome.money is not None and outcome.money != payment.money:
        _set_aside(payment, outcome)
        return
    changes = _known(payment, outcome) | _ended(now)
    is_held = screening.holds(order)
    if order.status == OrderStatus.EXPIRED and deadlines.may_revive(order, now):
        # Only the clock gave it up: it goes on if the goods are there.
        with suppress(OutOfStock, reviving.NoLongerSold):
            reviving.revive(order, now, is_held=is_held)
    if order.status == OrderStatus.PENDING:
        lifecycle.mark_paid(order, now, hold=is_held)
        paying.remember_method(order, payment.method)
        move(payment, PaymentStatus.SUCCEEDED, **changes)
        ledger.record_sale(order, payment)
    else:
        # Paid twice, called off, or too late for the goods. The money is real, so it is booked apart.
        move(payment, PaymentStatus.SURPLUS, **changes)
        _keep_apart(payment)


def _keep_apart(payment: Payment) -> None:
    """It belongs to no order, so it is owed back at once."""
    ledger.record_surplus(payment)
    refunding.return_surplus(payment)


def _collect_again(order: Order, payment: Payment, outcome: Outcome, now: datetime) -> None:
    """Under one reference Wompi lets a buyer pay twice; the second money gets an attempt of its own."""
    known = Payment.objects.filter(gateway=payment.gateway, company_reference=outcome.company_reference)
    if outcome.state != State.PAID or outcome.money is None or known.exists():
        return
    again = Payment.objects.create(
        order=order,
        market_code=order.market_code,
        number=order.payments.count() + 1,
        reference=new_reference(),
        method=payment.method,
        gateway=payment.gateway,
        amount=outcome.money.amount,
        currency=outcome.money.currency.code,
        status=PaymentStatus.SURPLUS,
        started_at=payment.started_at,
        expires_at=payment.expires_at,
        settled_at=now,
        **_known(payment, outcome),
    )
    again.record("surplus", f"paid again under {payment.reference}")
    _keep_apart(again)


def _set_aside(payment: Payment, outcome: Outcome) -> None:
    """The company names another amount than we asked for: no money moves until a person has looked."""
    if payment.attention == Attention.WRONG_AMOUNT:
        return
    log.error("payment_wrong_amount", payment=payment.reference)
    changes = _known(payment, outcome) | {"attention": Attention.WRONG_AMOUNT, "next_check_at": None}
    note = f"asked {payment.money}, the company says {outcome.money}"
    if payment.is_live and payment.status != PaymentStatus.UNKNOWN:
        move(payment, PaymentStatus.UNKNOWN, note=note, **changes)
    else:
        Payment.objects.filter(pk=payment.pk).update(**changes)
        payment.record("wrong_amount", note)
    emails.send_wrong_amounts([payment])


def _fail(order: Order, payment: Payment, outcome: Outcome, now: datetime) -> None:
    changes = _known(payment, outcome) | _ended(now)
    if outcome.reason == Reason.EXPIRED and deadlines.comes_late(payment):
        del changes["next_check_at"]  # the clock goes on asking for a while
    if not payment.is_live:
        kept = {name: changes[name] for name in ("next_check_at", "attention") if name in changes}
        Payment.objects.filter(pk=payment.pk).update(**kept)
        return
    move(payment, PaymentStatus.FAILED, **changes, failure_reason=outcome.reason or Reason.UNKNOWN)
    if order.status == OrderStatus.PENDING and order.expires_at > now:
        emails.send_failed(payment, now)


def _keep_open(payment: Payment, outcome: Outcome, now: datetime, *, attention: str = "") -> None:
    """The company works on it or the shopper has not answered; after its time the attempt is given up."""
    if not payment.is_live or _waits_for_staff(payment):
        return
    changes = _known(payment, outcome)
    is_new_slip = isinstance(outcome.step, Voucher) and payment.step != outcome.step.kind
    if outcome.step:
        changes |= {"next_step": steps.kept(outcome.step)} | deadlines.time_of(outcome.step)
    if now >= changes.get("expires_at", payment.expires_at):
        move(payment, PaymentStatus.EXPIRED, **changes, settled_at=now, inputs="", attention=attention)
        withdraw_later(payment)
        return
    if payment.status == PaymentStatus.PENDING:
        Payment.objects.filter(pk=payment.pk).update(**changes)
    else:
        move(payment, PaymentStatus.PENDING, **changes)
    if is_new_slip:  # the answer to start() was lost, so nobody has told the buyer the number
        payment.refresh_from_db()
        slips.announce(payment)


def _doubt(order: Order, payment: Payment, outcome: Outcome, now: datetime) -> None:
    """The company itself cannot say. Soon after the start that is ordinary; later a person should know."""
    if _waits_for_staff(payment):
        return
    if payment.status == PaymentStatus.PENDING:  # once open, open: its own page may not be reached yet
        doubtful = Attention.UNCONFIRMED if outcome.state == State.UNKNOWN else ""
        _keep_open(payment, Outcome(state=State.PENDING), now, attention=doubtful)
    elif not payment.is_live:
        return
    elif payment.started_at and now - payment.started_at >= schedule.UNCONFIRMED_AFTER:
        changes = _known(payment, outcome) | {"settled_at": now, "inputs": ""}
        move(
            payment,
            PaymentStatus.FAILED,
            **changes,
            failure_reason=Reason.UNKNOWN,
            attention=Attention.UNCONFIRMED,
        )
        if order.status == OrderStatus.PENDING and order.expires_at > now:
            emails.send_unconfirmed(payment)
    elif payment.status == PaymentStatus.CREATED:
        due = schedule.next_check(0, now)
        move(payment, PaymentStatus.UNKNOWN, **_known(payment, outcome), next_check_at=due)


@transaction.atomic
def unanswered(payment_id: int, *, now: datetime | None = None) -> None:
    """The company could not be asked. Nobody knows, so nothing is started or freed, for a day.

    What it has said is open stays open until its time is over: a number for a counter is good for days.
    """
    now = now or timezone.now()
    Order.objects.select_for_update(of=("self",), no_key=True).get(payments=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    if not payment.is_live or payment.started_at is None or _waits_for_staff(payment):
        return
    if payment.status == PaymentStatus.PENDING and not payment.is_late(now):
        return
    silent_since = payment.expires_at if payment.step in ("voucher", "review") else payment.started_at
    if now - silent_since >= schedule.UNRESOLVED_AFTER:
        changes: dict[str, Any] = {"settled_at": now, "inputs": "", "attention": Attention.UNRESOLVED}
        move(payment, PaymentStatus.EXPIRED, **changes)
    elif payment.status != PaymentStatus.UNKNOWN:
        move(payment, PaymentStatus.UNKNOWN)


def _waits_for_staff(payment: Payment) -> bool:
    """Money did come, in another amount: only the right amount, a "no" or a person ends that."""
    return payment.attention == Attention.WRONG_AMOUNT


def _known(payment: Payment, outcome: Outcome) -> dict[str, Any]:
    """What the answer tells beside its state; what it leaves out stays as it was."""
    known: dict[str, Any] = {}
    if outcome.company_reference:
        known["company_reference"] = outcome.company_reference[:80]
    if outcome.company_message:
        known["company_message"] = quiet(outcome.company_message)[:300]
    if outcome.card:
        card = outcome.card
        shown = {"brand": card.brand, "last4": card.last_four, "installments": card.installments}
        shown |= {"exp_month": card.exp_month, "exp_year": card.exp_year}
        known["card"] = {name: value for name, value in shown.items() if value is not None}
    return known


def _ended(now: datetime) -> dict[str, Any]:
    """Nothing more to ask, and no reason to keep what the shopper typed."""
    return {"settled_at": now, "inputs": "", "attention": "", "next_check_at": None}
