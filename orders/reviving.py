"""An order that time gave up goes on when its money comes after all and the goods are still there."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from catalog import stock
from catalog.models import Variant
from marketplace.lifecycle import IllegalTransition, advance
from orders import delivery, emails
from orders.models import (
    ORDER_TRANSITIONS,
    REVIVED_TRANSITIONS,
    Allocation,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    SellerOrder,
    SellerOrderStatus,
)
from sellers.models import DeliveryKind


class NoLongerSold(Exception):
    """Something that was ordered is not on sale any more."""


@transaction.atomic
def revive(order: Order, now: datetime, *, is_held: bool = False) -> None:
    """Let an expired order wait for its money again, so that it can be paid like any other.

    Prices, taxes and commissions stay as they were agreed; the goods are set aside anew, and the days
    of delivery count from now. What a person called off stays so. `is_held`: staff look before the sellers
    start. Raises NoLongerSold, catalog.stock.OutOfStock or IllegalTransition, and then nothing has happened.
    """
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(no_key=True))
    if order.status != OrderStatus.EXPIRED:
        raise IllegalTransition(f"{order.number} is {order.status}")
    parts = order.seller_orders.select_for_update(of=("self",), no_key=True).order_by("pk")
    rows = list(parts)
    _set_aside(order)
    advance(order, OrderStatus.PENDING, transitions=ORDER_TRANSITIONS, cancelled_at=None)
    today = now.astimezone(ZoneInfo(order.market.time_zone)).date()
    for seller_order in rows:
        _reopen(seller_order, today)
    OrderEvent.objects.create(order=order, kind="revived", actor="gateway")
    emails.send_revived(order, is_held=is_held)


def _set_aside(order: Order) -> None:
    """What expiry gave back stays given back; this is a reservation of its own (I-02)."""
    lines = {line.variant_id: line for line in OrderLine.objects.filter(seller_order__order=order)}
    if Variant.objects.on_sale(order.market).filter(pk__in=lines.keys() - {None}).count() < len(lines):
        raise NoLongerSold(order.number)
    reserved = stock.reserve({line.variant_id: line.quantity for line in lines.values() if line.variant_id})
    Allocation.objects.bulk_create(
        Allocation(line=lines[part.variant_id], stock_item_id=part.stock_item_id, quantity=part.quantity)
        for part in reserved
    )


def _reopen(seller_order: SellerOrder, today: date) -> None:
    first, last = delivery.window(seller_order.market, DeliveryKind(seller_order.delivery_kind), today)
    advance(
        seller_order,
        SellerOrderStatus.PENDING,
        transitions=REVIVED_TRANSITIONS,
        cancelled_at=None,
        estimated_from=first,
        estimated_to=last,
    )
