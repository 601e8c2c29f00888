"""How much of a seller's part can still be given back, and what each unit of it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from marketplace.money import Money, round_amount
from orders.models import OrderLine, SellerOrder
from payments.models import Refund, RefundLine

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Shares:
    """An amount and who has it: the seller, the marketplace, and the tax on its commission."""

    amount: Decimal = ZERO
    tax: Decimal = ZERO  # contained in amount
    commission: Decimal = ZERO
    commission_tax: Decimal = ZERO

    @property
    def seller(self) -> Decimal:
        return self.amount - self.commission - self.commission_tax

    def __add__(self, other: Shares) -> Shares:
        return Shares(
            amount=self.amount + other.amount,
            tax=self.tax + other.tax,
            commission=self.commission + other.commission,
            commission_tax=self.commission_tax + other.commission_tax,
        )

    def __sub__(self, other: Shares) -> Shares:
        return Shares(
            amount=self.amount - other.amount,
            tax=self.tax - other.tax,
            commission=self.commission - other.commission,
            commission_tax=self.commission_tax - other.commission_tax,
        )


@dataclass(frozen=True, kw_only=True)
class LineLeft:
    """A line, and what is left of it to give back."""

    line: OrderLine
    quantity: int
    money: Money


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of a part to give back."""

    lines: tuple[LineLeft, ...]
    delivery: Money

    @property
    def total(self) -> Money:
        return sum((line.money for line in self.lines), self.delivery)

    @property
    def quantities(self) -> dict[int, int]:
        return {each.line.pk: each.quantity for each in self.lines if each.quantity}


def refundable(seller_order: SellerOrder) -> Left:
    """What could still be given back of each line, and of the delivery."""
    currency = seller_order.order.currency
    refunds = Refund.objects.filter(seller_order=seller_order)
    given = refunds.aggregate(total=Sum("delivery"))["total"] or ZERO
    return Left(
        lines=tuple(_line_left(line, done, currency) for line, done in _lines(seller_order)),
        delivery=Money(seller_order.delivery - given, currency),
    )


def _line_left(line: OrderLine, done: int, currency: str) -> LineLeft:
    quantity = line.quantity - done
    worth = units(line, quantity, after=done, currency=currency)
    return LineLeft(line=line, quantity=quantity, money=Money(worth.amount, currency))


def _lines(seller_order: SellerOrder) -> list[tuple[OrderLine, int]]:
    """Each line with the number of units that have been refunded."""
    given = RefundLine.objects.filter(line__seller_order=seller_order).values_list("line")
    done: Mapping[int, int] = dict(given.annotate(total=Sum("quantity")).values_list("line", "total"))
    return [(line, done.get(line.pk, 0)) for line in seller_order.lines.order_by("pk")]


def units(line: OrderLine, quantity: int, *, after: int, currency: str) -> Shares:
    """What the next units of a line are worth, after so many; all units together make the line exactly."""
    return _first(line, after + quantity, currency) - _first(line, after, currency)


def _first(line: OrderLine, quantity: int, currency: str) -> Shares:
    """What the first units are worth.

    Every share is rounded as a part of what is left by the one before it, so that no step of one
    unit takes more commission and tax than its price: nobody's share is ever negative.
    """
    amount = _part(line.total, quantity, line.quantity, currency)
    commission = _part(line.commission, amount, line.total, currency)
    without = line.total - line.commission
    return Shares(
        amount=amount,
        tax=_part(line.tax, amount, line.total, currency),
        commission=commission,
        commission_tax=_part(line.commission_tax, amount - commission, without, currency),
    )


def _part(whole: Decimal, part: Decimal | int, of: Decimal | int, currency: str) -> Decimal:
    return round_amount(whole * part / of, currency) if of else ZERO
