"""Cash paid at a counter against a code of ours; above a limit two people look at the receipt."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import StaleState, advance
from orders.models import Order, OrderStatus
from payments import emails, settling
from payments.gateways import luhn
from payments.gateways.base import NextStep, Outcome, State, Voucher
from payments.models import CASH_TRANSITIONS, LIVE, CashCode, CashEvent, CashStatus, Payment, PaymentStatus

log = structlog.get_logger(__name__)

GATEWAY = "efecty"
# While a second person has not looked yet, the goods are kept this much longer.
KEPT_FOR_SECOND_LOOK = timedelta(hours=24)
OPEN = (CashStatus.ACTIVE, CashStatus.EXPIRED, CashStatus.CANCELLED)
PAID = (CashStatus.PAID, CashStatus.PAID_LATE)
BATCH = 300


class BadCheckDigit(Exception):
    """A typing error: no code of ours can look like this."""


class BadLength(BadCheckDigit):
    """Not eleven digits: too few, too many, or something else."""


class UnknownCode(Exception):
    """The check digit is right, but we never gave out this code."""


class WrongState(Exception):
    """This code cannot be paid any more, or waits for somebody else."""


class WrongAmount(Exception):
    """Cash codes are paid whole or not at all."""


class ReceiptUsed(Exception):
    """One receipt pays one code."""


class SamePerson(Exception):
    """Who reported the cash cannot be the second pair of eyes."""


class CodeTaken(Exception):
    """One chance in billions: another payment has this code, so this attempt ends."""


def issue(payment: Payment, step: NextStep) -> None:
    """Write down the code of a payment; call with the order locked. Raises CodeTaken."""
    if payment.gateway != GATEWAY or not isinstance(step, Voucher):
        return
    code, is_new = CashCode.objects.get_or_create(
        code=step.code,
        defaults={
            "payment": payment,
            "market_code": payment.market_code,
            "amount": payment.amount,
            "currency": payment.currency,
            "expires_at": step.expires_at,
        },
    )
    if code.payment_id != payment.pk:
        raise CodeTaken
    if is_new:
        _record(code, "issued")


def find(text: str) -> CashCode:
    """The code as typed or read aloud, blanks and all. Raises BadLength, BadCheckDigit or UnknownCode."""
    code = "".join(text.split()).replace("-", "")
    if len(code) != 11 or not (code.isascii() and code.isdigit()):
        raise BadLength
    if not luhn.is_valid(code):
        raise BadCheckDigit
    found = CashCode.objects.select_related("payment__order").filter(code=code).first()
    if found is None:
        raise UnknownCode
    return found


def is_reported(payment: Payment) -> bool:
    """Somebody has seen a receipt, and another must look at it before it counts."""
    codes = CashCode.objects.filter(payment=payment, status=CashStatus.REPORTED)
    return payment.gateway == GATEWAY and codes.exists()


@transaction.atomic
def report(
    *,
    code: str,
    amount: Decimal,
    paid_at: datetime,
    receipt_number: str,
    point: str = "",
    scan: File | None = None,
    by: User | None = None,
    now: datetime | None = None,
) -> CashCode:
    """Cash has been taken against a code. `by` is a member of staff; None is the signed word of the network.

    The same receipt for the same code again changes nothing. Up to settings.CASH_SECOND_PERSON_FROM
    it is paid at once; above, when a person reports it, another must confirm. Raises
    BadCheckDigit, UnknownCode, WrongAmount, ReceiptUsed or WrongState.
    """
    now = now or timezone.now()
    cash = _locked(find(code).pk)
    if cash.receipt_number == receipt_number:
        return cash
    if CashCode.objects.filter(receipt_number=receipt_number).exists():
        raise ReceiptUsed
    if cash.status not in OPEN:
        raise WrongState
    if amount != cash.amount:
        raise WrongAmount
    needs_second = by is not None and cash.amount > settings.CASH_SECOND_PERSON_FROM
    facts: dict[str, Any] = {
        "paid_at": min(paid_at, now),
        "receipt_number": receipt_number,
        "point": point,
        "reported_by": by,
        "needs_second": needs_second,
    }
    if scan:
        cash.receipt_scan.save(f"{cash.pk}.webp", scan, save=False)
        facts["receipt_scan"] = cash.receipt_scan.name
    _note_receipt(cash, facts)
    _record(cash, "reported", by=by, note=f"receipt {receipt_number}")
    if needs_second:
        _keep_open(cash, now)
    else:
        _take(cash, by=by, now=now)
    return cash


def _note_receipt(cash: CashCode, facts: Mapping[str, Any]) -> None:
    """Raises ReceiptUsed for the same receipt at another desk, at the same moment."""
    try:
        with transaction.atomic():
            advance(cash, CashStatus.REPORTED, transitions=CASH_TRANSITIONS, **facts)
    except IntegrityError:
        raise ReceiptUsed from None


@transaction.atomic
def confirm(cash_id: int, *, by: User, now: datetime | None = None) -> CashCode:
    """The second person has seen the receipt. Raises WrongState or SamePerson."""
    cash = _locked(cash_id)
    if cash.status != CashStatus.REPORTED:
        raise WrongState
    if cash.reported_by_id == by.pk:
        raise SamePerson
    _take(cash, by=by, now=now or timezone.now())
    return cash


@transaction.atomic
def reject(cash_id: int, *, by: User, note: str, now: datetime | None = None) -> CashCode:
    """The receipt is not what it should be: the code waits for cash again. Raises WrongState."""
    cash, now = _locked(cash_id), now or timezone.now()
    if cash.status != CashStatus.REPORTED:
        raise WrongState
    to = CashStatus.ACTIVE if cash.expires_at > now else CashStatus.EXPIRED
    facts: dict[str, Any] = {"receipt_number": None, "paid_at": None, "point": "", "reported_by": None}
    _record(cash, "rejected", by=by, note=f"{cash.receipt_number}: {note}")
    advance(cash, to, transitions=CASH_TRANSITIONS, **facts)
    is_open = _live(cash).update(expires_at=cash.expires_at, next_check_at=now) and to == CashStatus.ACTIVE
    emails.send_receipt_rejected(cash.payment, is_open=bool(is_open))
    return cash


def _take(cash: CashCode, *, by: User | None, now: datetime) -> None:
    """The one way to be paid: the same as for every company's answer."""
    late = cash.paid_at is not None and cash.paid_at > cash.expires_at
    status = CashStatus.PAID_LATE if late else CashStatus.PAID
    advance(cash, status, transitions=CASH_TRANSITIONS, confirmed_by=by, confirmed_at=now)
    _record(cash, status, by=by)
    outcome = Outcome(state=State.PAID, money=cash.payment.money, company_reference=str(cash.receipt_number))
    settling.settle(cash.payment_id, outcome, now=now)
    log.info("cash_taken", payment=cash.payment.reference, late=late)


@shared_task
def close_overdue(now: datetime | None = None) -> int:
    """Codes whose time is over, or whose payment was called off, are shown as what they are."""
    now = now or timezone.now()
    waiting = CashCode.objects.filter(status=CashStatus.ACTIVE).order_by("pk")
    called_off = waiting.filter(payment__status=PaymentStatus.CANCELLED)
    overdue = waiting.filter(expires_at__lte=now).exclude(payment__status__in=LIVE)
    overdue = overdue.exclude(payment__status=PaymentStatus.CANCELLED)
    ended = [(each, CashStatus.CANCELLED) for each in called_off[:BATCH]]
    ended += [(each, CashStatus.EXPIRED) for each in overdue[:BATCH]]
    return sum(_close(code, to) for code, to in ended)


@transaction.atomic
def _close(cash: CashCode, to: CashStatus) -> bool:
    with suppress(StaleState):  # cash has been taken against it meanwhile
        advance(cash, to, transitions=CASH_TRANSITIONS)
        _record(cash, to)
        return True
    return False


def _locked(cash_id: int) -> CashCode:
    """Order first, as everywhere; then the code."""
    Order.objects.select_for_update(of=("self",), no_key=True).get(payments__cash_code=cash_id)
    return CashCode.objects.select_for_update(of=("self",)).select_related("payment__order").get(pk=cash_id)


def _keep_open(cash: CashCode, now: datetime) -> None:
    """The attempt and its goods: who has paid must not read that the time ran out, and pay again."""
    until = now + KEPT_FOR_SECOND_LOOK
    orders = Order.objects.filter(pk=cash.payment.order_id, status=OrderStatus.PENDING, expires_at__lt=until)
    orders.update(expires_at=until)
    _live(cash).filter(expires_at__lt=until).update(expires_at=until)


def _live(cash: CashCode) -> QuerySet[Payment]:
    return Payment.objects.filter(pk=cash.payment_id, status__in=LIVE)


def _record(cash: CashCode, kind: str, *, by: User | None = None, note: str = "") -> None:
    CashEvent.objects.create(cash_code=cash, kind=kind, by=by, note=note[:300])
