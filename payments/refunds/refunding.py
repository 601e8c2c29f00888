"""Give money back: how much, out of whose share, exactly once (docs/money.md)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.background import each_alone
from orders import lifecycle, numbering, restocking
from orders.models import PAID_FOR, Order, SellerOrder, SellerOrderStatus
from payments.books import ledger
from payments.disbursement.two_people import refuse_the_buyer
from payments.models import (
    Account,
    Attention,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Refund,
    RefundKind,
    RefundLine,
    RefundRequest,
)
from payments.refunds import refund_emails, returned, returning
from payments.refunds.refundable import ZERO, Left, Shares, refundable, units
from sellers.models import Seller

__all__ = [
    "Left",
    "MoreThanPaid",
    "NotRefundable",
    "cancel_paid_part",
    "refund_part",
    "refundable",
    "return_surplus",
]

log = structlog.get_logger(__name__)

_S = SellerOrderStatus
BATCH = 100
NOT_SENT = (_S.PENDING, _S.CONFIRMED, _S.PROCESSING)
# Until when each may call off a part that is paid.
MAY_CANCEL: Mapping[str, tuple[SellerOrderStatus, ...]] = {
    "buyer": (_S.CONFIRMED,),
    "seller": (_S.CONFIRMED, _S.PROCESSING),
    "staff": NOT_SENT,
    "system": NOT_SENT,
}


@dataclass(frozen=True, kw_only=True)
class _Decision:
    """Who gives money back, why, and what becomes of a part whose whole money goes back."""

    by: User | None
    actor: str
    reason: str
    ends_as: SellerOrderStatus
    request: RefundRequest | None
    now: datetime


class NotRefundable(Exception):
    """Nothing was paid for this, it belongs to another part, or it is too late to call it off."""


class MoreThanPaid(Exception):
    """More was to be given back than is left of what was paid (I-08)."""


@transaction.atomic
def refund_part(
    *,
    seller_order: SellerOrder,
    lines: Mapping[int, int] | None,
    with_delivery: bool,
    reason: str,
    by: User | None,
    actor: str,
    restock: bool,
    request: RefundRequest | None = None,
    now: datetime | None = None,
) -> Refund:
    """Give back units of lines (by line id; None: all that is left) and, if wanted, the delivery.

    Raises NotRefundable or MoreThanPaid, and SamePerson for staff whose own money it would be; then
    nothing has happened. With the last coin the part is refunded. Where nothing was sent and no goods are
    left to send, the delivery goes back too.
    """
    part = _lock(seller_order)
    if by and actor == "staff":
        refuse_the_buyer(by, part.order)
    left = refundable(part)
    chosen = _chosen(left, lines)
    nothing_to_deliver = part.status in NOT_SENT and chosen == left.quantities
    ends_as = _S.CANCELLED if part.status == _S.PENDING else _S.REFUNDED
    decision = _Decision(
        by=by, actor=actor, reason=reason, ends_as=ends_as, request=request, now=now or timezone.now()
    )
    delivery = left.delivery.amount if with_delivery or nothing_to_deliver else ZERO
    return _refund(part, left, chosen, delivery, decision, restock=restock)


@transaction.atomic
def cancel_paid_part(
    *, seller_order: SellerOrder, by: User | None, actor: str, reason: str, now: datetime | None = None
) -> Refund:
    """Call off a part that is paid and not sent: all that is left of its money goes back.

    The buyer may until the seller prepares it, the seller ("I cannot deliver this") and staff until
    it is sent. Raises NotRefundable.
    """
    part = _lock(seller_order)
    if part.status not in MAY_CANCEL[actor]:
        raise NotRefundable(f"{part.number} is {part.status}")
    left = refundable(part)
    decision = _Decision(
        by=by, actor=actor, reason=reason, ends_as=_S.CANCELLED, request=None, now=now or timezone.now()
    )
    return _refund(part, left, left.quantities, left.delivery.amount, decision, restock=True)


@transaction.atomic
def return_surplus(payment: Payment) -> Refund:
    """Money that came twice, too late or in a wrong amount goes back by itself, once: all that was booked."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.order_id)
    refund = Refund.objects.filter(payment=payment, kind=RefundKind.SURPLUS).first()
    if refund:
        return refund
    booked = LedgerEntry.objects.filter(
        source=f"surplus:{payment.reference}", account=Account.SURPLUS
    ).first()
    if booked is None:
        raise NotRefundable(payment.reference)
    refund = Refund.objects.create(
        payment=payment,
        order=order,
        market_code=order.market_code,
        kind=RefundKind.SURPLUS,
        number=_new_number(),
        reference=returned.new_reference(),
        amount=-booked.amount,
        currency=booked.currency,
    )
    Payment.objects.filter(pk=payment.pk, attention=Attention.REFUND).update(attention="")
    ledger.record_surplus_due(refund)
    returning.begin(refund)
    refund_emails.send_surplus(refund)
    log.info("surplus_returned", refund=refund.number, payment=payment.reference)
    return refund


@shared_task
def return_forgotten() -> int:
    """Surplus that was booked before refunds went by themselves."""
    waiting = Payment.objects.filter(status=PaymentStatus.SURPLUS, attention=Attention.REFUND)
    return each_alone("old_surplus", list(waiting.order_by("pk")), return_surplus, enough=BATCH)


def _lock(seller_order: SellerOrder) -> SellerOrder:
    """The part as it is now, with its order, both ours until the end of the transaction."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=seller_order.order_id)
    parts = SellerOrder.objects.select_for_update(of=("self",), no_key=True).select_related("seller")
    part = parts.get(pk=seller_order.pk)
    part.order = order
    if order.status not in PAID_FOR:
        raise NotRefundable(f"{order.number} is {order.status}")
    return part


def _chosen(left: Left, lines: Mapping[int, int] | None) -> dict[int, int]:
    """The units wanted, by line."""
    if lines is None:
        return left.quantities
    known = {each.line.pk: each.quantity for each in left.lines}
    for line_id, quantity in lines.items():
        if line_id not in known or quantity < 0:
            raise NotRefundable(f"{quantity} of line {line_id}")
        if quantity > known[line_id]:
            raise MoreThanPaid(f"{quantity} of line {line_id}: {known[line_id]} left")
    return {line_id: quantity for line_id, quantity in lines.items() if quantity}


def _refund(
    part: SellerOrder,
    left: Left,
    chosen: Mapping[int, int],
    delivery: Decimal,
    decision: _Decision,
    *,
    restock: bool,
) -> Refund:
    """Goods first, then the part, then the payment, then the books: the order of all locks."""
    shares = _shares(left, chosen, part.order.currency)
    total = sum(shares.values(), Shares(amount=delivery))
    if not total.amount:
        raise MoreThanPaid(part.number) if not left.total.amount else NotRefundable("nothing chosen")
    number = _new_number()
    if restock:
        restocking.put_back(part, chosen, source=number)
    _move_part(part, decision, is_whole=total.amount == left.total.amount)
    refund = _write(part, number, total, delivery, decision)
    _write_lines(refund, chosen, shares)
    if part.released_at:  # a payout may be made from the same money right now
        Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=part.seller_id)
    ledger.record_refund(refund)
    returning.begin(refund, decision.by, now=decision.now)
    refund_emails.send_approved(refund)
    if part.confirmed_at:  # of an order that was held until now, the store has not heard
        refund_emails.send_to_seller(refund)
    log.info("refund_approved", refund=refund.number, part=part.number)
    return refund


def _shares(left: Left, chosen: Mapping[int, int], currency: str) -> dict[int, Shares]:
    """What the chosen units of each line are worth, after those that went back before."""
    wanted = [each for each in left.lines if each.line.pk in chosen]
    return {
        each.line.pk: units(
            each.line, chosen[each.line.pk], after=each.line.quantity - each.quantity, currency=currency
        )
        for each in wanted
    }


def _write_lines(refund: Refund, chosen: Mapping[int, int], shares: Mapping[int, Shares]) -> None:
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            line_id=line_id,
            quantity=chosen[line_id],
            amount=share.amount,
            tax=share.tax,
            commission=share.commission,
            commission_tax=share.commission_tax,
        )
        for line_id, share in shares.items()
    )


def _move_part(part: SellerOrder, decision: _Decision, *, is_whole: bool) -> None:
    told: dict[str, Any] = {"by": decision.by, "actor": decision.actor, "reason": decision.reason}
    if is_whole:
        lifecycle.refund(part, to=decision.ends_as, now=decision.now, **told)
    else:
        lifecycle.note_refund(part, **told)


def _write(part: SellerOrder, number: str, total: Shares, delivery: Decimal, decision: _Decision) -> Refund:
    order = part.order
    return Refund.objects.create(
        payment=order.payments.get(status=PaymentStatus.SUCCEEDED),
        order=order,
        seller_order=part,
        request=decision.request,
        market_code=order.market_code,
        kind=RefundKind.ORDER,
        number=number,
        reference=returned.new_reference(),
        amount=total.amount,
        currency=order.currency,
        delivery=delivery,
        seller_amount=total.seller,
        commission=total.commission,
        commission_tax=total.commission_tax,
        reason=decision.reason[:300],
        by=decision.by,
        actor=decision.actor,
    )


def _new_number() -> str:
    """`REF-7K2MX9QF4T`: for people to read out."""
    return "REF-" + "".join(secrets.choice(numbering.ALPHABET) for _ in range(10))
