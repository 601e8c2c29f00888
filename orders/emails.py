"""The messages an order sends: written inside the transaction that owes them, sent after it (I-14)."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from marketplace import mail
from orders.models import Order, OrderLine, SellerOrder
from sellers.models import DeliveryKind, Member, MemberRole

Parcels = Iterable[tuple[SellerOrder, list[OrderLine]]]


def send_placed(order: Order, parcels: Parcels) -> None:
    """We have your order and wait for your payment; the way there leads over the secret link."""
    _to_buyer("placed", order, parcels)


def send_paid(order: Order) -> None:
    """The receipt for the buyer, and "new order" for everybody who packs."""
    parcels = parcels_of(order)
    _to_buyer("receipt", order, parcels)
    for seller_order, lines in parcels:
        _to_seller("new_order", seller_order, lines)


def send_held(order: Order) -> None:
    """The money is here; the sellers start once we have looked at the order."""
    _to_buyer("held", order, parcels_of(order))


def send_shipped(seller_order: SellerOrder) -> None:
    """On its way, or ready at the store."""
    _to_buyer(
        "shipped",
        seller_order.order,
        [(seller_order, list(seller_order.lines.all()))],
        seller_order=seller_order,
        is_pickup=seller_order.delivery_kind == DeliveryKind.PICKUP,
    )


def send_delivered(seller_order: SellerOrder) -> None:
    lines = list(seller_order.lines.all())
    _to_buyer("delivered", seller_order.order, [(seller_order, lines)], seller_order=seller_order)


def send_cancelled(order: Order) -> None:
    _to_buyer("cancelled", order, parcels_of(order))


def send_expired(order: Order) -> None:
    _to_buyer("expired", order, parcels_of(order))


def send_revived(order: Order, *, is_held: bool) -> None:
    """We wrote that the order was given up; now its money is here and it goes on."""
    _to_buyer("revived", order, parcels_of(order), is_held=is_held)


def send_link(order: Order) -> None:
    """The way back to an order somebody bought as a guest."""
    _to_buyer("link", order, parcels_of(order))


def call_back_failures(order: Order) -> None:
    """How the order went on makes what was to be said of attempts that failed untrue."""
    mail.call_back(order.payments.values_list("reference", flat=True))


def parcels_of(order: Order) -> list[tuple[SellerOrder, list[OrderLine]]]:
    rows = order.seller_orders.select_related("seller").prefetch_related("lines").order_by("pk")
    return [(seller_order, list(seller_order.lines.all())) for seller_order in rows]


def _to_buyer(name: str, order: Order, parcels: Parcels, **more: Any) -> None:
    region = order.market.region(order.shipping_address.get("region", ""))
    mail.send(
        template=f"orders/{name}",
        to=order.email,
        language=order.language,
        market=order.market,
        about=order.number,
        context={
            "order": order,
            "parcels": parcels,
            "region": region.name if region else "",
            "order_url": mail.site_url(order.market) + order.get_absolute_url(),
            **more,
        },
    )


def _to_seller(name: str, seller_order: SellerOrder, lines: list[OrderLine]) -> None:
    """To owners and managers in their own language; to the store's address where nobody is."""
    market = seller_order.market
    members = Member.objects.filter(
        seller=seller_order.seller_id, role__in=(MemberRole.OWNER, MemberRole.MANAGER)
    ).select_related("user")
    readers = [(member.user.email, member.user.language) for member in members if member.user.is_active]
    for email, language in readers or [(seller_order.seller.email, market.language)]:
        mail.send(
            template=f"orders/{name}",
            to=email,
            language=language,
            market=market,
            about=seller_order.number,
            context={
                "seller_order": seller_order,
                "order": seller_order.order,
                "lines": lines,
                "order_url": _absolute(seller_order.order, "orders_seller:show_order", seller_order.pk),
            },
        )


def _absolute(order: Order, name: str, *args: Any) -> str:
    return mail.site_url(order.market) + reverse(name, args=args)
