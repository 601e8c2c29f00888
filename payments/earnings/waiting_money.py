"""Held money that a person decides about first, order by order: asked back, or its payment looked at."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, F, Min, Q, QuerySet, Sum, Value, When

from payments.models import UNDECIDED, Account, LedgerEntry, RefundRequest
from sellers.models import Seller

NOTHING = Decimal(0)
ASKED_BACK, CHECKED = "asked_back", "checked"
# A page shows so many, those that wait longest first; the sums count all.
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class WaitingOrder:
    """One seller's part whose money is held until somebody has decided."""

    part_id: int
    number: str
    why: str
    request_number: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class WaitingMoney:
    asked_back: Decimal
    checked: Decimal
    orders: list[WaitingOrder]
    more: int  # orders that are not shown

    @property
    def total(self) -> Decimal:
        return self.asked_back + self.checked


def waiting_money(seller: Seller) -> WaitingMoney:
    """One query, and one more where something waits. Of an order that is checked, no reason is told."""
    rows = _by_part(seller)
    sums = dict.fromkeys((ASKED_BACK, CHECKED), NOTHING)
    for row in rows:
        sums[row["why"]] += row["left"]
    shown = rows[:SHOWN]
    requests = RefundRequest.objects.filter(
        seller_order__in=[row["seller_order"] for row in shown], status__in=UNDECIDED
    )
    numbers = dict(requests.values_list("seller_order", "number")) if shown else {}
    orders = [
        WaitingOrder(
            part_id=row["seller_order"],
            number=row["number"],
            why=row["why"],
            request_number=numbers.get(row["seller_order"], ""),
            amount=row["left"],
        )
        for row in shown
    ]
    return WaitingMoney(**sums, orders=orders, more=len(rows) - len(orders))


def _by_part(seller: Seller) -> list[dict[str, Any]]:
    """What is left held of each part that waits; parts of which nothing is left are no matter."""
    asked = RefundRequest.objects.filter(status__in=UNDECIDED, seller_order__seller=seller)
    held: QuerySet[LedgerEntry] = LedgerEntry.objects.filter(
        Q(seller_order__in=asked.values("seller_order")) | Q(seller_order__order__held_at__isnull=False),
        seller=seller,
        account=Account.SELLER_HELD,
    )
    why = Case(
        When(seller_order__order__held_at__isnull=False, then=Value(CHECKED)),
        default=Value(ASKED_BACK),
        output_field=CharField(),
    )
    rows = held.order_by().values("seller_order", number=F("seller_order__number"), why=why)
    rows = rows.annotate(left=-Sum("amount"), since=Min("posted_at")).filter(left__gt=0)
    return [dict(row) for row in rows.order_by("since")]
