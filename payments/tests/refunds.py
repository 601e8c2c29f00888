"""Refunds for tests, made the way the site makes them."""

from decimal import Decimal
from typing import Any

from orders.models import Order, SellerOrder
from payments import ledger, refunding
from payments.models import Refund


def give_back(part: SellerOrder, lines: dict[int, int] | None = None, **fields: Any) -> Refund:
    """By staff, everything that is left but the delivery, unless told otherwise."""
    usual = {"with_delivery": False, "reason": "", "by": None, "actor": "staff", "restock": False}
    return refunding.refund_part(seller_order=part, lines=lines, **usual | fields)


def part_of(order: Order) -> SellerOrder:
    """The only part of an order."""
    return order.seller_orders.select_related("order", "seller").get()


def balance(account: str, currency: str = "COP", **of: Any) -> Decimal:
    return ledger.balance(account, currency=currency, **of).amount
