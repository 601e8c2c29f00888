"""Every way an order, or one seller's part of it, can change status (but back to life: reviving.py)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from catalog import stock
from marketplace.accounts.models import User
from marketplace.background import each_alone
from marketplace.lifecycle import IllegalTransition, StaleState, advance
from marketplace.markets import MARKETS
from orders import emails
from orders.models import (
    ORDER_TRANSITIONS,
    SELLER_ORDER_TRANSITIONS,
    Allocation,
    AllocationState,
    Order,
    OrderEvent,
    OrderStatus,
    SellerOrder,
    SellerOrderStatus,
)
from sellers.models import DeliveryKind

ENDED = (SellerOrderStatus.DELIVERED, SellerOrderStatus.CANCELLED, SellerOrderStatus.REFUNDED)
AUTO_DELIVER_BATCH = 500


class BuyerMustConfirm(Exception):
    """A seller cannot say for the buyer that a parcel has arrived; the buyer or time does."""


@dataclass(frozen=True, kw_only=True)
class Tracking:
    carrier: str = ""
    number: str = ""
    url: str = ""


@transaction.atomic
def mark_paid(order: Order, now: datetime, *, hold: bool = False) -> None:
    """The whole sum has arrived: sellers may start, the stock is sold. Raises StaleState when not pending.

    With `hold` the sellers hear nothing of it until release_hold().
    """
    _lock(order)
    held = {"held_at": now} if hold else {}
    advance(order, OrderStatus.PAID, transitions=ORDER_TRANSITIONS, paid_at=now, **held)
    if not hold:
        _confirm_parts(order, now)
    stock.consume(_settle_allocations(order, AllocationState.CONSUMED), source=order.number)
    _write(order, "paid", actor="gateway")
    emails.call_back_failures(order)
    if hold:
        _write(order, "held")
        emails.send_held(order)
    else:
        emails.send_paid(order)


@transaction.atomic
def release_hold(order: Order, *, by: User, now: datetime | None = None) -> None:
    """Somebody has looked at a held order and it is fine: now the sellers may start. Raises StaleState."""
    end_hold(order)
    _confirm_parts(order, now or timezone.now())
    _write(order, "cleared", by=by, actor="staff")
    emails.send_paid(order)


def end_hold(order: Order) -> None:
    """Once for ever; what happens next is the caller's. Raises StaleState when it is not held."""
    _lock(order)
    if not Order.objects.filter(pk=order.pk, held_at__isnull=False).update(held_at=None):
        raise StaleState(f"{order.number} is not held")
    order.held_at = None


def _confirm_parts(order: Order, now: datetime) -> None:
    for seller_order in _parts(order):
        if seller_order.status == SellerOrderStatus.PENDING:
            advance(
                seller_order,
                SellerOrderStatus.CONFIRMED,
                transitions=SELLER_ORDER_TRANSITIONS,
                confirmed_at=now,
            )


@transaction.atomic
def expire(order: Order, now: datetime) -> None:
    """Nobody paid in time: the stock is free again. The caller makes sure no payment is still open."""
    _close(order, OrderStatus.EXPIRED, now)
    _write(order, "expired")
    emails.send_expired(order)


@transaction.atomic
def cancel(
    order: Order, *, by: User | None, actor: str, reason: str = "", now: datetime | None = None
) -> None:
    """Call off an order that is not paid. Paid ones are refunded, which is not done here."""
    _close(order, OrderStatus.CANCELLED, now or timezone.now())
    _write(order, "cancelled", by=by, actor=actor, note=reason)
    emails.send_cancelled(order)


@transaction.atomic
def process(seller_order: SellerOrder, *, by: User | None, actor: str = "seller") -> None:
    """The seller has seen the order and prepares it."""
    _lock(seller_order.order)
    advance(seller_order, SellerOrderStatus.PROCESSING, transitions=SELLER_ORDER_TRANSITIONS)
    _write(seller_order.order, "processing", seller_order, by=by, actor=actor)


@transaction.atomic
def ship(
    seller_order: SellerOrder,
    *,
    by: User | None,
    actor: str = "seller",
    tracking: Tracking | None = None,
    now: datetime | None = None,
) -> None:
    """The goods are on their way, or ready to be picked up."""
    tracking = tracking or Tracking()
    _lock(seller_order.order)
    advance(
        seller_order,
        SellerOrderStatus.SHIPPED,
        transitions=SELLER_ORDER_TRANSITIONS,
        shipped_at=now or timezone.now(),
        carrier=tracking.carrier,
        tracking_number=tracking.number,
        tracking_url=tracking.url,
    )
    _write(seller_order.order, "shipped", seller_order, by=by, actor=actor)
    emails.send_shipped(seller_order)


@transaction.atomic
def deliver(seller_order: SellerOrder, *, by: User | None, actor: str, now: datetime | None = None) -> None:
    """The buyer has the goods; with the last part, the order is complete. Raises BuyerMustConfirm."""
    if actor == "seller" and seller_order.delivery_kind == DeliveryKind.SHIPPING:
        raise BuyerMustConfirm
    order = seller_order.order
    now = now or timezone.now()
    _lock(order)
    advance(seller_order, SellerOrderStatus.DELIVERED, transitions=SELLER_ORDER_TRANSITIONS, delivered_at=now)
    _write(order, "delivered", seller_order, by=by, actor=actor)
    emails.send_delivered(seller_order)
    complete_if_ended(order)


@transaction.atomic
def refund(
    seller_order: SellerOrder,
    *,
    to: SellerOrderStatus,
    by: User | None,
    actor: str,
    reason: str = "",
    now: datetime | None = None,
) -> None:
    """All money of a part goes back: it is called off (CANCELLED) or REFUNDED; with the last, the order.

    The caller books the money and puts the goods back.
    """
    order = seller_order.order
    _lock(order)
    ends = {"cancelled_at": now or timezone.now()} if to == SellerOrderStatus.CANCELLED else {}
    advance(seller_order, to, transitions=SELLER_ORDER_TRANSITIONS, **ends)
    _write(order, to, seller_order, by=by, actor=actor, note=reason)
    statuses = set(order.seller_orders.values_list("status", flat=True))
    if statuses <= {SellerOrderStatus.CANCELLED, SellerOrderStatus.REFUNDED}:
        advance(order, OrderStatus.REFUNDED, transitions=ORDER_TRANSITIONS)
        _write(order, "refunded", by=by, actor=actor)
    else:
        complete_if_ended(order)


def note_refund(seller_order: SellerOrder, *, by: User | None, actor: str, reason: str = "") -> None:
    """Some of a part's money goes back; what is left of it goes on."""
    _write(seller_order.order, "partly_refunded", seller_order, by=by, actor=actor, note=reason)


def complete_if_ended(order: Order) -> None:
    """Derive "completed": every part has ended and something was delivered. Call with the order locked."""
    statuses = set(order.seller_orders.values_list("status", flat=True))
    if (
        order.status == OrderStatus.PAID
        and statuses <= set(ENDED)
        and SellerOrderStatus.DELIVERED in statuses
    ):
        advance(order, OrderStatus.COMPLETED, transitions=ORDER_TRANSITIONS)
        _write(order, "completed")


@shared_task
def deliver_overdue(now: datetime | None = None) -> int:
    """Take parcels as delivered that were sent long ago and nobody complained about."""
    now = now or timezone.now()
    done = 0
    for market in MARKETS.values():
        due = SellerOrder.objects.filter(
            market_code=market.code,
            status=SellerOrderStatus.SHIPPED,
            shipped_at__lte=now - timedelta(days=market.auto_deliver_days),
        ).exclude(delivery_kind=DeliveryKind.PICKUP)  # who has not come has not got it
        numbers = list(due.order_by("pk").values_list("pk", flat=True))
        done += each_alone(
            "deliver", numbers, lambda number: _deliver_overdue(number, now), enough=AUTO_DELIVER_BATCH
        )
    return done


def _deliver_overdue(seller_order_id: int, now: datetime) -> bool:
    seller_order = SellerOrder.objects.select_related("order", "seller").get(pk=seller_order_id)
    try:
        deliver(seller_order, by=None, actor="system", now=now)
    except (StaleState, IllegalTransition):
        return False  # the buyer was faster
    return True


def _lock(order: Order) -> None:
    """Wait for whoever works on this order, then look again."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(no_key=True))


def _parts(order: Order) -> list[SellerOrder]:
    parts = order.seller_orders.select_for_update(of=("self",), no_key=True)
    return list(parts.select_related("seller").order_by("pk"))


def _close(order: Order, status: OrderStatus, now: datetime) -> None:
    _lock(order)
    advance(order, status, transitions=ORDER_TRANSITIONS, cancelled_at=now)
    for seller_order in _parts(order):
        advance(
            seller_order,
            SellerOrderStatus.CANCELLED,
            transitions=SELLER_ORDER_TRANSITIONS,
            cancelled_at=now,
        )
    stock.release(_settle_allocations(order, AllocationState.RELEASED))
    emails.call_back_failures(order)


def _settle_allocations(order: Order, state: AllocationState) -> dict[int, int]:
    """Mark what is still set aside for an order as used or given back, once; by stock item (I-02)."""
    held = Allocation.objects.filter(
        line__seller_order__order=order, state=AllocationState.RESERVED
    ).select_for_update(of=("self",))
    rows = list(held.order_by("stock_item_id"))
    Allocation.objects.filter(pk__in=[row.pk for row in rows]).update(state=state)
    quantities: Counter[int] = Counter()
    for row in rows:
        quantities[row.stock_item_id] += row.quantity
    return dict(quantities)


def _write(
    order: Order,
    kind: str,
    seller_order: SellerOrder | None = None,
    *,
    by: User | None = None,
    actor: str = "system",
    note: str = "",
) -> None:
    OrderEvent.objects.create(
        order=order, seller_order=seller_order, kind=kind, by=by, actor=actor, note=note
    )
