"""Turn a cart into an order: all of it, or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db import transaction

from catalog import stock
from marketplace.accounts.models import User
from marketplace.markets.base import PaymentMethod
from orders import carts, emails, numbering, paying, problems
from orders.models import Allocation, Cart, CartLine, Order, OrderEvent, OrderLine, SellerOrder
from orders.problems import Problem
from orders.quoting import Parcel, Quote, QuotedLine, quote


class EmptyCart(Exception):
    """Nothing to order."""


class AlreadyPlaced(Exception):
    """This very checkout page has made an order before: a double click, or the back button (I-04)."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.number)
        self.order = order


class PriceChanged(Exception):
    """The shopper agreed to a total that is no longer true."""

    def __init__(self, total: Decimal) -> None:
        super().__init__(total)
        self.total = total


class NotOrderable(Exception):
    """The cart has problems that only the shopper can solve."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__([problem.code for problem in found])
        self.problems = found


class MethodRefused(Exception):
    """The payment method cannot pay this total, or a seller does not accept it."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    email: str
    full_name: str
    phone: str


@transaction.atomic
def place_order(
    *,
    cart: Cart,
    agreed_total: Decimal | None,
    contact: Contact,
    address: Mapping[str, str],
    deliveries: Mapping[int, str],
    method: PaymentMethod,
    language: str,
    now: datetime,
    user: User | None = None,
    ip: str | None = None,
    user_agent: str = "",
    notes: str = "",
    token: UUID | None = None,
) -> Order:
    """Reserve stock, freeze prices, taxes and commissions, and empty the cart.

    Raises AlreadyPlaced, EmptyCart, NotOrderable, PriceChanged, MethodRefused or catalog.stock.OutOfStock,
    and then nothing has happened. The cart row is locked first: a double click waits here and finds
    the order made.
    """
    locked = Cart.objects.select_for_update().filter(pk=cart.pk).first()
    if token and (placed := find_placed(cart.pk, token)):
        raise AlreadyPlaced(placed)
    lines = carts.contents(locked)
    if not lines:
        raise EmptyCart
    market = cart.market
    today = now.astimezone(ZoneInfo(market.time_zone)).date()
    city = market.city(address["region"], address["city"])
    quoted = quote(market=market, lines=lines, day=today, city=city, wanted=deliveries)
    _refuse(quoted, lines, agreed_total=agreed_total, method=method, language=language)

    reserved = stock.reserve(carts.variants_in(lines))
    known: dict[str, Any] = {"user": user, "language": language, "notes": notes, "ip": ip or None}
    known |= {"user_agent": user_agent[:300], "checkout_token": token and uuid5(cart.pk, str(token))}
    order = _write_order(quoted, contact, address, method, now, number=numbering.new_number(today), **known)
    frozen = _write_parcels(order, quoted)
    _allocate(frozen, reserved)
    OrderEvent.objects.create(order=order, kind="placed", by=user, actor="buyer")
    CartLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    emails.send_placed(order, frozen)
    return order


def find_placed(cart_id: UUID, token: UUID) -> Order | None:
    """The order that this checkout page of this cart has made."""
    return Order.objects.filter(checkout_token=uuid5(cart_id, str(token))).first()


def _refuse(
    quoted: Quote,
    lines: list[CartLine],
    *,
    agreed_total: Decimal | None,
    method: PaymentMethod,
    language: str,
) -> None:
    """Raise what stands against this order, if anything does."""
    market = quoted.market
    found = problems.of_lines(lines, market=market, language=language)
    found += problems.of_quote(quoted, language=language)
    if blocking := [problem for problem in found if problem.blocks]:
        raise NotOrderable(blocking)
    if quoted.total != agreed_total:
        raise PriceChanged(quoted.total)
    offers = paying.offers(market=market, total=quoted.total, sellers=quoted.sellers, language=language)
    if not any(offer.method == method and offer.is_offered for offer in offers):
        raise MethodRefused


def _write_order(
    quoted: Quote,
    contact: Contact,
    address: Mapping[str, str],
    method: PaymentMethod,
    now: datetime,
    **known: Any,
) -> Order:
    return Order.objects.create(
        market_code=quoted.market.code,
        currency=quoted.market.currency,
        email=contact.email,
        full_name=contact.full_name,
        phone=contact.phone,
        shipping_address=dict(address),
        items_net=quoted.net,
        tax=quoted.tax,
        delivery=quoted.delivery,
        total=quoted.total,
        preferred_method=method.code,
        placed_at=now,
        expires_at=now + timedelta(minutes=method.minutes_to_pay),
        **known,
    )


def _write_parcels(order: Order, quoted: Quote) -> list[tuple[SellerOrder, list[OrderLine]]]:
    """One SellerOrder per seller with its lines, in seller id order."""
    parcels = sorted(quoted.parcels, key=lambda parcel: parcel.seller.pk)
    seller_orders = [_seller_order(order, parcel, rank) for rank, parcel in enumerate(parcels, start=1)]
    SellerOrder.objects.bulk_create(seller_orders)
    pairs = [
        (seller_order, [_frozen(seller_order, line) for line in parcel.lines])
        for seller_order, parcel in zip(seller_orders, parcels, strict=True)
    ]
    OrderLine.objects.bulk_create(line for _, lines in pairs for line in lines)
    return pairs


def _seller_order(order: Order, parcel: Parcel, rank: int) -> SellerOrder:
    chosen = parcel.chosen
    if chosen is None:
        raise NotOrderable([])  # problems.of_quote has refused it before
    return SellerOrder(
        order=order,
        market_code=order.market_code,
        seller=parcel.seller,
        number=f"{order.number}-{rank}",
        delivery_kind=chosen.kind,
        items_net=parcel.net,
        tax=parcel.tax,
        delivery=parcel.delivery,
        total=parcel.total,
        commission=parcel.commission,
        commission_tax=parcel.commission_tax,
        estimated_from=chosen.earliest,
        estimated_to=chosen.latest,
    )


def _frozen(seller_order: SellerOrder, quoted: QuotedLine) -> OrderLine:
    """Copy what the shopper agreed to, so that later edits of the product cannot reach it."""
    line, amounts, commission = quoted.line, quoted.amounts, quoted.commission
    product = line.variant.product
    return OrderLine(
        seller_order=seller_order,
        variant=line.variant,
        product_name=product.name,
        variant_label=line.variant.label[:160],
        sku=line.variant.sku,
        photo=product.photo,
        quantity=line.quantity,
        unit_price=line.variant.price,
        tax_class=amounts.tax_class,
        tax_rate=amounts.rate,
        net=amounts.net,
        tax=amounts.tax,
        total=amounts.total,
        commission_rule=commission.terms.rule,
        commission_name=commission.terms.name,
        commission_rate=commission.terms.rate,
        commission_flat=commission.terms.flat,
        commission=commission.amount,
        commission_tax=commission.tax,
        from_cart_line=line.pk,
    )


def _allocate(
    frozen: Iterable[tuple[SellerOrder, list[OrderLine]]], reserved: Iterable[stock.Allocated]
) -> None:
    """Note which stock is set aside for which line, so that it is given back or used exactly once."""
    lines = {line.variant_id: line for _, lines in frozen for line in lines}
    Allocation.objects.bulk_create(
        Allocation(line=lines[part.variant_id], stock_item_id=part.stock_item_id, quantity=part.quantity)
        for part in reserved
    )
