"""What staff decide about a held order: it goes on, or all its money goes back."""

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.models import StockItem
from marketplace.accounts.models import User
from marketplace.lifecycle import StaleState
from orders import lifecycle
from orders.models import Allocation, Order, SellerOrderStatus
from orders.own_words import NOT_GOING_ON
from payments.disbursement.two_people import SamePerson, refuse_the_buyer
from payments.models import Screening, Verdict
from payments.refunds import by_staff, refunding

__all__ = ["SamePerson", "StaleState", "clear", "reject"]

log = structlog.get_logger(__name__)


@transaction.atomic
def clear(order: Order, *, by: User, note: str = "") -> None:
    """Nothing is wrong: the sellers hear of it now.

    Raises StaleState when somebody has decided already, and SamePerson for whoever bought it.
    """
    refuse_the_buyer(by, order)
    lifecycle.release_hold(order, by=by)
    _decide(order, Verdict.CLEARED, by, note)
    by_staff.hand_back(order, by=by)


@transaction.atomic
def reject(order: Order, *, by: User, note: str = "") -> None:
    """Do not deliver: every part is called off and its money goes back. Raises StaleState like clear().

    Buyer and seller read NOT_GOING_ON; what made us suspicious stays with us. The money goes back by the
    company that collected, or by the hands of staff: who used a stranger's card names no account.
    """
    lifecycle.end_hold(order)
    _decide(order, Verdict.REJECTED, by, note)
    _lock_goods(order)
    waiting = order.seller_orders.filter(status=SellerOrderStatus.PENDING).select_related("order", "seller")
    for part in waiting.order_by("pk"):
        refunding.cancel_paid_part(seller_order=part, by=by, actor="staff", reason=NOT_GOING_ON)
    by_staff.take_over(order, by=by)


def _lock_goods(order: Order) -> None:
    """All parts, then all goods by id: part by part they could wait for a checkout that waits for them."""
    list(order.seller_orders.select_for_update(of=("self",), no_key=True).order_by("pk"))
    goods = Allocation.objects.filter(line__seller_order__order=order).values("stock_item")
    list(StockItem.objects.select_for_update().filter(pk__in=goods).order_by("pk"))


def _decide(order: Order, verdict: Verdict, by: User, note: str) -> None:
    open_ones = Screening.objects.filter(order=order, verdict=Verdict.REVIEW)
    open_ones.update(verdict=verdict, decided_by=by, decided_at=timezone.now(), note=note[:300])
    log.info("screening_decided", order=order.number, verdict=str(verdict))
