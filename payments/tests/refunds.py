"""Refunds for tests, made the way the site makes them."""

from decimal import Decimal
from typing import Any

from catalog.models import Product
from catalog.tests.factories import make_product
from orders.models import Order, SellerOrder
from orders.tests.factories import make_order
from payments import collecting
from payments.books import ledger
from payments.models import Refund
from payments.refunds import refunding, returning
from payments.tests.factories import DESTINATIONS, make_payment, make_sale, paid

NO_SUCH_ACCOUNT = "12345678907"  # at the pretend bank, by its last two digits


def give_back(part: SellerOrder, lines: dict[int, int] | None = None, **fields: Any) -> Refund:
    """By staff, everything that is left but the delivery, unless told otherwise."""
    usual = {"with_delivery": False, "reason": "", "by": None, "actor": "staff", "restock": False}
    return refunding.refund_part(seller_order=part, lines=lines, **usual | fields)


def part_of(order: Order) -> SellerOrder:
    """The only part of an order."""
    return order.seller_orders.select_related("order", "seller").get()


def balance(account: str, currency: str = "COP", **of: Any) -> Decimal:
    return ledger.balance(account, currency=currency, **of).amount


def sell(*products: Product, **fields: Any) -> SellerOrder:
    """The part of an order of one store, paid with what cannot take money back (Nequi)."""
    payment = make_payment(make_order(*products, **fields))
    collecting.settle(payment.pk, paid(payment))
    return part_of(payment.order)


def sell_by_mpesa(*products: Product, **fields: Any) -> SellerOrder:
    """A part that M-Pesa has collected for, at the pretend company; it can give back."""
    wanted = products or (make_product(market_code="mz", price=fields.pop("price", "1000")),)
    payment = make_payment(make_order(*wanted, **fields), method="mpesa", started=False)
    collecting.start(payment.pk)
    return part_of(payment.order)


def by_account(part: SellerOrder | None = None, **account: str) -> Refund:
    """A refund whose buyer has named an account; nobody has sent it yet."""
    refund = give_back(part or part_of(make_sale()))
    name_account(refund, **account)
    return refund


def name_account(refund: Refund, **account: str) -> None:
    """What the buyer types on the signed page."""
    rail, usual = DESTINATIONS[refund.market_code]
    chosen = refund.market.payout_rail(rail)
    if chosen is None:
        raise LookupError(rail)
    returning.give_account(refund=refund, rail=chosen, account=usual | account)
    refund.refresh_from_db()
