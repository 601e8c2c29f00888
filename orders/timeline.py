"""What an order's page tells: where each part stands and what has happened so far."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.markets.base import Text
from orders.models import Order, OrderEvent, OrderStatus, SellerOrder, SellerOrderStatus
from orders.own_words import in_words
from orders.tax import TaxedAmount, group
from sellers.models import DeliveryKind

KINDS: dict[str, Text] = {
    "placed": _("Order placed"),
    "paid": _("Payment received"),
    "held": _("We are checking your order"),
    "cleared": _("Checked: all is well"),
    "processing": _("The seller prepares your order"),
    "shipped": _("Sent"),
    "delivered": pgettext_lazy("an order", "Delivered"),
    "completed": _("Order completed"),
    "cancelled": _("Order cancelled"),
    "expired": _("Not paid in time"),
    "revived": _("The payment came late: the order goes on"),
    "refunded": pgettext_lazy("an order", "Refunded"),
    "partly_refunded": _("Part of the money goes back"),
    "refund_asked": _("Money back asked for"),
    "refund_agreed": _("The store agrees to give money back"),
    "refund_contested": _("The store disagrees"),
    "refund_with_staff": _("We look at the refund request"),
    "refund_approved": _("Refund request approved"),
    "refund_declined": _("Refund request declined"),
    "refund_withdrawn": _("Refund request withdrawn"),
    "released": "",
}
_S = SellerOrderStatus
_PATH = (_S.PENDING, _S.CONFIRMED, _S.PROCESSING, _S.SHIPPED, _S.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A line of the timeline; `state` is done, now, later or bad."""

    label: Text
    state: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One seller's part as its buyer sees it."""

    seller_order: SellerOrder
    steps: list[Step]
    can_confirm: bool
    can_call_off: bool
    can_ask_refund: bool
    is_pickup: bool
    refund_requests: list[Any]  # of the app above, which knows what they are


def order_page(order: Order) -> dict[str, Any]:
    """The context of every page about one order: five queries, and three more once it is paid."""
    rows = order.seller_orders.select_related("seller").prefetch_related("lines").order_by("pk")
    if order.paid_at:
        rows = rows.prefetch_related("refund_requests", "lines__refund_lines")
    parts = [_part(order, seller_order) for seller_order in rows]
    lines = [line for part in parts for line in part.seller_order.lines.all()]
    amounts = [
        TaxedAmount(
            tax_class=line.tax_class, rate=line.tax_rate, net=line.net, tax=line.tax, total=line.total
        )
        for line in lines
    ]
    region = order.market.region(order.shipping_address.get("region", ""))
    method = order.market.payment_method(order.preferred_method)
    refunds = list(order.refunds.select_related("request", "payment").order_by("pk"))
    given_back = sum((each.amount for each in refunds if each.seller_order_id), Decimal(0))
    return {
        "order": order,
        "parts": parts,
        "events": [event for event in map(_event, order.events.all()) if event.label],
        "taxes": group(order.market, amounts),
        "region": region.name if region else "",
        "method": method,
        "card": _card(order),
        "refunds": refunds,
        "given_back": given_back,
        "left_of_total": order.total - given_back,
        "can_cancel": order.status == OrderStatus.PENDING,
        "can_pay": order.status == OrderStatus.PENDING,
        "all_picked_up": all(part.is_pickup for part in parts),
    }


def _card(order: Order) -> dict[str, Any]:
    """Which card paid it, as far as it may be shown: brand, last four digits, instalments."""
    if not order.paid_at:
        return {}
    return order.payments.filter(status="succeeded").values_list("card", flat=True).first() or {}


def _part(order: Order, seller_order: SellerOrder) -> Part:
    requests = list(seller_order.refund_requests.all()) if order.paid_at else []
    is_asked = any(request.is_undecided for request in requests)
    return Part(
        seller_order=seller_order,
        steps=steps(order, seller_order),
        can_confirm=seller_order.status == _S.SHIPPED,
        can_call_off=seller_order.status == _S.CONFIRMED,
        can_ask_refund=not is_asked and seller_order.takes_refund_requests(timezone.now()),
        refund_requests=requests,
        is_pickup=seller_order.delivery_kind == DeliveryKind.PICKUP,
    )


def steps(order: Order, seller_order: SellerOrder) -> list[Step]:
    """Ordered, paid, in preparation, sent, delivered: with the times of what has been."""
    pickup = seller_order.delivery_kind == DeliveryKind.PICKUP
    labels: list[tuple[Text, datetime | None]] = [
        (_("Ordered"), order.placed_at),
        (_payment_label(order), order.paid_at),
        (_("In preparation"), None),
        (_("Ready at the store") if pickup else _("Sent"), seller_order.shipped_at),
        (_("Picked up") if pickup else pgettext_lazy("an order", "Delivered"), seller_order.delivered_at),
    ]
    if seller_order.status in (_S.CANCELLED, _S.REFUNDED):
        done = [Step(label=label, at=at, state="done") for label, at in labels if at]
        ended = seller_order.cancelled_at
        return [*done, Step(label=seller_order.get_status_display(), at=ended, state="bad")]
    reached = _PATH.index(_S(seller_order.status))
    now = reached if seller_order.status == _S.DELIVERED else reached + 1
    return [
        Step(label=label, at=at, state="done" if rank <= reached else "now" if rank == now else "later")
        for rank, (label, at) in enumerate(labels)
    ]


def _payment_label(order: Order) -> Text:
    if order.held_at:
        return _("Paid, being checked")
    return pgettext_lazy("an order", "Paid") if order.paid_at else _("Payment")


def _event(event: OrderEvent) -> Step:
    return Step(label=KINDS.get(event.kind, event.kind), state="done", at=event.at, note=in_words(event.note))
