"""Refund requests for tests, made the way buyers make them."""

from typing import Any

from django.utils import timezone

from catalog.tests.factories import make_product
from orders import lifecycle
from orders.models import SellerOrder
from orders.tests.factories import make_order
from payments.models import RefundRequest
from payments.refunds import requesting
from payments.settling import settle
from payments.tests.factories import make_payment, paid
from sellers.models import Seller
from sellers.tests.factories import make_seller


def make_part(
    status: str = "delivered",
    *,
    seller: Seller | None = None,
    prices: tuple[int, ...] = (50_000,),
    **fields: Any,
) -> SellerOrder:
    """One seller's part, paid and in the books, brought to a status by the domain's own steps."""
    seller = seller or make_seller()
    products = [make_product(seller=seller, price=price) for price in prices]
    order = make_order(*products, **fields)
    payment = make_payment(order)
    settle(payment.pk, paid(payment))
    part = SellerOrder.objects.select_related("order", "seller").get(order=order)
    if status in ("processing", "shipped", "delivered"):
        lifecycle.process(part, by=None)
    if status in ("shipped", "delivered"):
        lifecycle.ship(part, by=None)
    if status == "delivered":
        lifecycle.deliver(part, by=None, actor="buyer")
    return part


def make_request(part: SellerOrder | None = None, **fields: Any) -> RefundRequest:
    """By default for everything but the delivery."""
    part = part or make_part()
    usual: dict[str, Any] = {
        "cause": "damaged",
        "words": "The bottle is broken.",
        "lines": {line.pk: line.quantity for line in part.lines.all()},
        "with_delivery": False,
        "by": part.order.user,
        "now": timezone.now(),
    }
    return requesting.ask(seller_order=part, **usual | fields)
