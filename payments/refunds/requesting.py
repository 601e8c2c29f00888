"""A shopper asks for money back, the seller answers, staff decide; until then the money is held (MA-17)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.background import each_alone
from marketplace.lifecycle import advance
from marketplace.money import Money
from orders.models import Order, OrderEvent, SellerOrder, SellerOrderStatus
from orders.numbering import ALPHABET
from payments.disbursement.two_people import refuse_the_buyer, refuse_the_paid
from payments.models import (
    REQUEST_TRANSITIONS,
    UNDECIDED,
    Refund,
    RefundRequest,
    RefundRequestLine,
    RequestStatus,
)
from payments.refunds import request_messages
from payments.refunds.refundable import Left, refundable, units
from payments.refunds.refunding import NOT_SENT, MoreThanPaid, NotRefundable, cancel_paid_part, refund_part

_S = RequestStatus
ALL_GIVEN_BACK = (SellerOrderStatus.CANCELLED, SellerOrderStatus.REFUNDED)


class NotAskable(Exception):
    """It is not paid, has been called off, or came too long ago."""


class NothingChosen(Exception):
    """Neither goods nor the delivery."""


class WordsMissing(Exception):
    """Who says no says why."""


class AlreadyAsked(Exception):
    """One request about a part is decided before the next."""

    def __init__(self, request: RefundRequest) -> None:
        super().__init__(request.number)
        self.request = request


def worth(*, seller_order: SellerOrder, left: Left, lines: Mapping[int, int], with_delivery: bool) -> Money:
    """What comes back for these units, to the coin. Raises NotRefundable, MoreThanPaid or NothingChosen."""
    known = {each.line.pk: each for each in left.lines}
    currency = seller_order.order.currency
    total = left.delivery if takes_delivery(seller_order, left, lines, with_delivery) else Money(0, currency)
    for line_id, quantity in lines.items():
        if line_id not in known or quantity < 0:
            raise NotRefundable(f"{quantity} of line {line_id}")
        each = known[line_id]
        if quantity > each.quantity:
            raise MoreThanPaid(f"{quantity} of line {line_id}: {each.quantity} left")
        done = each.line.quantity - each.quantity
        total += Money(units(each.line, quantity, after=done, currency=currency).amount, currency)
    if total.amount <= 0:
        raise NothingChosen
    return total


def takes_delivery(
    seller_order: SellerOrder, left: Left, lines: Mapping[int, int], with_delivery: bool
) -> bool:
    """The delivery goes back too if wanted, or where nothing is left to send."""
    chosen = {line_id: quantity for line_id, quantity in lines.items() if quantity}
    is_all = seller_order.status in NOT_SENT and chosen == left.quantities
    return with_delivery or is_all


@transaction.atomic
def ask(
    *,
    seller_order: SellerOrder,
    cause: str,
    words: str,
    lines: Mapping[int, int],
    with_delivery: bool,
    by: User | None,
    now: datetime | None = None,
) -> RefundRequest:
    """The buyer wants money back for units of lines (by line id), or for the delivery.

    Raises AlreadyAsked, NotAskable, NothingChosen, NotRefundable or MoreThanPaid, and then nothing has
    happened.
    """
    now = now or timezone.now()
    part = _lock(seller_order.pk)
    if undecided := part.refund_requests.filter(status__in=UNDECIDED).first():
        raise AlreadyAsked(undecided)
    if not part.takes_refund_requests(now):
        raise NotAskable(f"{part.number} is {part.status}")
    left = refundable(part)
    amount = worth(seller_order=part, left=left, lines=lines, with_delivery=with_delivery)
    request = RefundRequest.objects.create(
        seller_order=part,
        market_code=part.market_code,
        number="RR-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        cause=cause,
        words=words.strip(),
        with_delivery=takes_delivery(part, left, lines, with_delivery),
        amount=amount.amount,
        answer_by=now + timedelta(days=part.market.refund_answer_days),
    )
    RefundRequestLine.objects.bulk_create(
        RefundRequestLine(request=request, line_id=line_id, quantity=quantity)
        for line_id, quantity in sorted(lines.items())
        if quantity
    )
    _write(request, "refund_asked", by, "buyer")
    request_messages.send_asked(request)
    return request


@transaction.atomic
def answer(request: RefundRequest, *, accept: bool, words: str, by: User | None) -> RefundRequest:
    """The seller agrees, and the refund is made at once unless it is large; or disagrees and says why.

    Raises WordsMissing, IllegalTransition when it has been answered or decided, and what refunds raise.
    """
    words = words.strip()
    if not accept and not words:
        raise WordsMissing
    row = _lock_request(request.pk)
    is_large = row.amount > row.market.refund_staff_above
    _advance(
        row,
        _S.ACCEPTED if accept else _S.CONTESTED,
        seller_words=words,
        answered_at=timezone.now(),
        answered_by=by,
        needs_staff=is_large or not accept,
    )
    _write(row, "refund_agreed" if accept else "refund_contested", by, "seller")
    if accept and not is_large:
        _approve(row, row.quantities, row.with_delivery, by, "seller")
    elif accept:
        request_messages.send_agreed(row)
    else:
        request_messages.send_contested(row)
    return row


@transaction.atomic
def decide(
    request: RefundRequest,
    *,
    approve: bool,
    words: str,
    by: User | None,
    lines: Mapping[int, int] | None = None,
    with_delivery: bool | None = None,
) -> RefundRequest:
    """Staff have the last word, and may grant other units than were asked for. Both sides read the words.

    Raises WordsMissing, IllegalTransition when it has been decided, SamePerson for either side of it, and
    what refunds raise.
    """
    words = words.strip()
    if not approve and not words:
        raise WordsMissing
    row = _lock_request(request.pk)
    if by:
        refuse_the_buyer(by, row.seller_order.order)
        refuse_the_paid(by, seller=row.seller_order.seller_id)
    row.staff_words = words
    RefundRequest.objects.filter(pk=row.pk).update(staff_words=words)
    if approve:
        chosen = row.quantities if lines is None else lines
        delivery = row.with_delivery if with_delivery is None else with_delivery
        _approve(row, chosen, delivery, by, "staff")
        request_messages.send_approved(row)
    else:
        _advance(row, _S.DECLINED, decided_at=timezone.now(), decided_by=by)
        _write(row, "refund_declined", by, "staff")
        request_messages.send_declined(row)
    return row


@transaction.atomic
def withdraw(request: RefundRequest, *, by: User | None) -> RefundRequest:
    """The buyer no longer asks. Raises IllegalTransition once the seller agrees or it is decided."""
    row = _lock_request(request.pk)
    _advance(row, _S.WITHDRAWN, decided_at=timezone.now(), decided_by=by)
    _write(row, "refund_withdrawn", by, "buyer")
    request_messages.send_withdrawn(row)
    return row


@transaction.atomic
def call_off(*, seller_order: SellerOrder, by: User | None, actor: str, reason: str) -> Refund:
    """Cancel a part that is paid and not sent; who had asked for its money has it. Raises NotRefundable."""
    refund = cancel_paid_part(seller_order=seller_order, by=by, actor=actor, reason=reason)
    _close_settled(seller_order.pk)
    return refund


@shared_task
def escalate_overdue(now: datetime | None = None) -> int:
    """Hand to staff what sellers have not answered in time; end what was settled on other ways.

    Silence is no yes and no no: it costs the seller the first word, nothing else. An answer still counts
    until staff have decided.
    """
    now = now or timezone.now()
    settled = RefundRequest.objects.filter(status__in=UNDECIDED, seller_order__status__in=ALL_GIVEN_BACK)
    each_alone("settled_requests", list(settled.values_list("seller_order_id", flat=True)), _close_settled)
    late = RefundRequest.objects.filter(status=_S.OPEN, needs_staff=False, answer_by__lte=now)
    numbers = list(late.order_by("answer_by").values_list("pk", flat=True))
    return each_alone("overdue_requests", numbers, lambda number: _escalate(number, now))


@transaction.atomic
def _escalate(request_id: int, now: datetime) -> bool:
    row = _lock_request(request_id)
    if row.status != _S.OPEN or row.needs_staff or row.answer_by > now:
        return False
    RefundRequest.objects.filter(pk=row.pk).update(needs_staff=True)
    row.needs_staff = True
    _write(row, "refund_with_staff", None, "system")
    request_messages.send_overdue(row)
    return True


@transaction.atomic
def _close_settled(seller_order_id: int) -> None:
    """All money of the part is on its way back: nothing is left to decide."""
    part = _lock(seller_order_id)
    request = part.refund_requests.filter(status__in=UNDECIDED).first()
    if request and part.status in ALL_GIVEN_BACK:
        row = _lock_request(request.pk)
        _advance(row, _S.APPROVED, decided_at=timezone.now())
        _write(row, "refund_approved", None, "system")


def _approve(
    row: RefundRequest, lines: Mapping[int, int], with_delivery: bool, by: User | None, actor: str
) -> Refund:
    part = row.seller_order
    _advance(row, _S.APPROVED, decided_at=timezone.now(), decided_by=by)
    _write(row, "refund_approved", by, actor)
    worth(seller_order=part, left=refundable(part), lines=lines, with_delivery=with_delivery)  # not nothing
    return refund_part(
        seller_order=part,
        lines=lines,
        with_delivery=with_delivery,
        reason=row.number,
        by=by,
        actor=actor,
        restock=part.status in NOT_SENT,
        request=row,
    )


def _lock(seller_order_id: int) -> SellerOrder:
    """The order, then the part: a release of its money waits, or is seen."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(seller_orders=seller_order_id)
    parts = SellerOrder.objects.select_for_update(of=("self",), no_key=True).select_related("seller")
    part = parts.get(pk=seller_order_id)
    part.order = order
    return part


def _lock_request(request_id: int) -> RefundRequest:
    """The request as it is now; whoever else works on it waits at the order."""
    part = _lock(RefundRequest.objects.values_list("seller_order_id", flat=True).get(pk=request_id))
    row = RefundRequest.objects.get(pk=request_id)
    row.seller_order = part
    return row


def _advance(row: RefundRequest, to: RequestStatus, **changes: object) -> None:
    """Decided or withdrawn, it needs nobody any more."""
    if to not in UNDECIDED:
        changes["needs_staff"] = False
    advance(row, to, transitions=REQUEST_TRANSITIONS, **changes)


def _write(row: RefundRequest, kind: str, by: User | None, actor: str) -> None:
    """A line in the order's timeline, with the number by which both sides know the request."""
    part = row.seller_order
    OrderEvent.objects.create(
        order=part.order, seller_order=part, kind=kind, by=by, actor=actor, note=row.number
    )
