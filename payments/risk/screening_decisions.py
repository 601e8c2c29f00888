"""What staff decide about a held order: it goes on, or all its money goes back."""

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.models import StockItem
from marketplace.accounts.models import User
from marketplace.lifecycle import StaleState
from orders import lifecycle
from orders.models import Allocation, Order, SellerOrderStatus
from payments.models import Screening, Verdict
from payments.refunds import refunding

__all__ = ["StaleState", "clear", "reject"]

log = structlog.get_logger(__name__)

# What buyer and seller read as the reason; what made us suspicious stays with us.
REASON = "We could not go on with this order."


@transaction.atomic
def clear(order: Order, *, by: User, note: str = "") -> None:
    """Nothing is wrong: the sellers hear of it now. Raises StaleState when somebody has decided already."""
    lifecycle.release_hold(order, by=by)
    _decide(order, Verdict.CLEARED, by, note)


@transaction.atomic
def reject(order: Order, *, by: User, note: str = "") -> None:
    """Do not deliver: every part is called off and its money goes back. Raises StaleState like clear()."""
    lifecycle.end_hold(order)
    _lock_goods(order)
    waiting = order.seller_orders.filter(status=SellerOrderStatus.PENDING).select_related("order", "seller")
    for part in waiting.order_by("pk"):
        refunding.cancel_paid_part(seller_order=part, by=by, actor="staff", reason=REASON)
    _decide(order, Verdict.REJECTED, by, note)


def _lock_goods(order: Order) -> None:
    """All parts, then all goods by id: part by part they could wait for a checkout that waits for them."""
    list(order.seller_orders.select_for_update(of=("self",), no_key=True).order_by("pk"))
    goods = Allocation.objects.filter(line__seller_order__order=order).values("stock_item")
    list(StockItem.objects.select_for_update().filter(pk__in=goods).order_by("pk"))


def _decide(order: Order, verdict: Verdict, by: User, note: str) -> None:
    open_ones = Screening.objects.filter(order=order, verdict=Verdict.REVIEW)
    open_ones.update(verdict=verdict, decided_by=by, decided_at=timezone.now(), note=note[:300])
    log.info("screening_decided", order=order.number, verdict=str(verdict))
