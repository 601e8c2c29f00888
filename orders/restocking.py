"""Goods of an order that can be sold again: each goes back on the shelf it came from, once."""

from collections import Counter
from collections.abc import Mapping

from django.db.models import Sum

from catalog import stock
from catalog.models import MovementKind, StockMovement
from orders.models import Allocation, AllocationState, SellerOrder


def put_back(seller_order: SellerOrder, quantities: Mapping[int, int], *, source: str) -> None:
    """Take back so many of each line (by its id), never more than went out.

    Call with the order locked and before any payment is. What is still only set aside is freed.
    """
    taken = Allocation.objects.filter(line_id__in=quantities, line__seller_order=seller_order)
    taken = taken.exclude(state=AllocationState.RELEASED)  # given back long ago: see orders.reviving
    rows = list(taken.select_for_update(of=("self",)).order_by("pk"))
    returned = _returned(seller_order)
    left = dict(quantities)
    back: Counter[int] = Counter()
    freed: Counter[int] = Counter()
    for row in rows:
        quantity = min(left[row.line_id], row.quantity - returned.get(row.stock_item_id, 0))
        if quantity <= 0:
            continue
        if row.state == AllocationState.CONSUMED:
            back[row.stock_item_id] += quantity
        elif row.state == AllocationState.RESERVED and quantity == row.quantity:
            freed[row.stock_item_id] += quantity
        left[row.line_id] -= quantity
    if freed:
        taken.filter(stock_item_id__in=freed).update(state=AllocationState.RELEASED)
        stock.release(freed)
    if back:
        stock.take_back(back, source=f"{seller_order.number} {source}")


def _returned(seller_order: SellerOrder) -> dict[int, int]:
    """What earlier refunds of this part have put back, by stock item."""
    movements = StockMovement.objects.filter(
        kind=MovementKind.RETURNED,
        source__startswith=f"{seller_order.number} ",
        stock_item__in=Allocation.objects.filter(line__seller_order=seller_order).values("stock_item"),
    )
    totals = movements.values_list("stock_item").annotate(total=Sum("quantity"))
    return dict(totals.values_list("stock_item_id", "total"))
