"""A store's orders as work to do: the tabs with their counts, and what its people may know of a buyer."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.markets.base import Text
from orders.models import OrderLine, SellerOrder, SellerOrderStatus
from orders.timeline import Step, steps
from sellers.models import DeliveryKind, Seller

_S = SellerOrderStatus
TO_SEND = "to-send"


@dataclass(frozen=True, kw_only=True)
class Tab:
    code: str
    label: Text
    statuses: tuple[str, ...]


TABS = (
    Tab(code=TO_SEND, label=_("To send"), statuses=(_S.CONFIRMED, _S.PROCESSING)),
    Tab(code="sent", label=pgettext_lazy("orders", "On their way"), statuses=(_S.SHIPPED,)),
    Tab(code="delivered", label=pgettext_lazy("orders", "Delivered"), statuses=(_S.DELIVERED,)),
    Tab(code="unpaid", label=pgettext_lazy("orders", "Awaiting payment"), statuses=(_S.PENDING,)),
    Tab(
        code="ended",
        label=pgettext_lazy("orders", "Cancelled or refunded"),
        statuses=(_S.CANCELLED, _S.REFUNDED),
    ),
)


def counts(seller: Seller) -> list[tuple[Tab, int]]:
    """Every tab with the number of orders in it: one query."""
    rows = seller.orders.order_by().values_list("status").annotate(count=Count("pk"))
    by_status = dict(rows)
    return [(tab, sum(by_status.get(status, 0) for status in tab.statuses)) for tab in TABS]


class Sheet:
    """One seller order as the seller's people see it.

    They learn who buys once it is paid, where to only while they have to bring it there,
    and never the e-mail address.
    """

    def __init__(self, seller_order: SellerOrder) -> None:
        self.seller_order = seller_order
        self.order = seller_order.order

    @property
    def _is_open(self) -> bool:
        return self.seller_order.status in (_S.CONFIRMED, _S.PROCESSING, _S.SHIPPED)

    @property
    def is_pickup(self) -> bool:
        return self.seller_order.delivery_kind == DeliveryKind.PICKUP

    @property
    def buyer(self) -> str:
        return self.order.full_name if self.seller_order.status != _S.PENDING else ""

    @property
    def phone(self) -> str:
        return self.order.phone if self._is_open else ""

    @property
    def address(self) -> dict[str, str]:
        """The whole address to send to; only the town before and after, nothing for what is fetched."""
        told = self.order.shipping_address
        if self.is_pickup:
            return {}
        if not self._is_open:
            return {"city": told.get("city", "")}
        region = self.order.market.region(told.get("region", ""))
        return told | {"region_name": region.name if region else ""}

    @cached_property
    def lines(self) -> list[OrderLine]:
        return list(self.seller_order.lines.all())

    @property
    def pieces(self) -> int:
        return sum(line.left() for line in self.lines)

    @cached_property
    def given_back(self) -> Decimal:
        """The seller's share of what was refunded."""
        total = self.seller_order.refunds.aggregate(total=Sum("seller_amount"))["total"]
        return total or Decimal(0)

    @property
    def earnings(self) -> Decimal:
        return self.seller_order.earnings - self.given_back

    @property
    def steps(self) -> list[Step]:
        return steps(self.order, self.seller_order)

    @property
    def can_confirm(self) -> bool:
        return self.seller_order.status == _S.CONFIRMED

    @property
    def can_ship(self) -> bool:
        return self.seller_order.status in (_S.CONFIRMED, _S.PROCESSING)

    @property
    def can_deliver(self) -> bool:
        """Pick-up and own delivery are confirmed by the seller; parcels by the buyer or by time."""
        shipped = self.seller_order.status == _S.SHIPPED
        return shipped and self.seller_order.delivery_kind != DeliveryKind.SHIPPING
