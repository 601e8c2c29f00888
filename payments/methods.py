"""Which ways of paying work for one order, here and now."""

from django.utils.translation import gettext as _

from marketplace.markets.base import PaymentMethod
from orders import paying
from orders.models import Order
from orders.paying import MethodOffer
from payments import availability
from sellers.models import Seller


def offers(order: Order, language: str) -> list[MethodOffer]:
    """Every method of the market; the ones that cannot be used now say why."""
    sellers = Seller.objects.filter(orders__order=order).only("business_name", "payment_methods")
    found = paying.offers(market=order.market, total=order.total, sellers=sellers, language=language)
    return [_unless_down(offer) for offer in found]


def allowed(order: Order, code: str) -> PaymentMethod | None:
    """The method with this code, if this order can be paid with it now."""
    usable = (offer.method for offer in offers(order, "en") if offer.is_offered)
    return next((method for method in usable if method.code == code), None)


def _unless_down(offer: MethodOffer) -> MethodOffer:
    if offer.is_offered and not availability.is_up(offer.method.gateway):
        return MethodOffer(
            method=offer.method, refusal=_("Out of order at the moment. Please try again soon.")
        )
    return offer
