"""Which ways of paying work for one order, here and now."""

from django.utils.translation import gettext as _

from marketplace.markets.base import PaymentMethod
from marketplace.money import Money, format_money
from orders import paying
from orders.models import Order
from orders.paying import MethodOffer
from payments import availability, gateways
from sellers.models import Seller


def offers(order: Order, language: str) -> list[MethodOffer]:
    """Every method of the market; the ones that cannot be used now say why."""
    sellers = Seller.objects.filter(orders__order=order).only("business_name", "payment_methods")
    found = paying.offers(market=order.market, total=order.total, sellers=sellers, language=language)
    within = [_unless_too_much(offer, order, language) for offer in found]
    return [_unless_down(offer) for offer in within]


def allowed(order: Order, code: str) -> PaymentMethod | None:
    """The method with this code, if this order can be paid with it now."""
    usable = (offer.method for offer in offers(order, "en") if offer.is_offered)
    return next((method for method in usable if method.code == code), None)


def _unless_too_much(offer: MethodOffer, order: Order, language: str) -> MethodOffer:
    """Our contract with the company may allow less than the market."""
    largest = gateways.get(offer.method.gateway).largest() if offer.is_offered else None
    if largest is None or order.total <= largest:
        return offer
    shown = format_money(Money(largest, order.currency), language)
    return MethodOffer(method=offer.method, refusal=_("Up to %(amount)s") % {"amount": shown})


def _unless_down(offer: MethodOffer) -> MethodOffer:
    if offer.is_offered and not availability.is_up(offer.method.gateway):
        return MethodOffer(
            method=offer.method, refusal=_("Out of order at the moment. Please try again soon.")
        )
    return offer
