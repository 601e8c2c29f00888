"""Which ways of paying work for one order, here and now, and which company carries each."""

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from marketplace.markets.base import PaymentMethod
from marketplace.money import Money, format_money
from orders import paying
from orders.models import Order
from orders.paying import Health, MethodOffer
from payments import gateways
from payments.health import COMPANY_FAULTS, Standing
from payments.models import Payment
from sellers.models import Seller


def offers(order: Order, language: str) -> list[MethodOffer]:
    """Every method of the market, through the first of its companies that works (MS-PAY-33).

    The ones that cannot be used now say why.
    """
    sellers = Seller.objects.filter(orders__order=order).only("business_name", "payment_methods")
    found = paying.offers(market=order.market, total=order.total, sellers=sellers, language=language)
    standing = Standing(order.market)
    return [_carried(offer, order, standing, language) for offer in found]


def allowed(order: Order, code: str) -> PaymentMethod | None:
    """The method with this code, if this order can be paid with it now."""
    usable = (offer.method for offer in offers(order, "en") if offer.is_offered)
    return next((method for method in usable if method.code == code), None)


def other(order: Order, than: str) -> PaymentMethod | None:
    """What to suggest to somebody for whom one method did not work: another that works well."""
    usable = [offer for offer in offers(order, "en") if offer.is_offered and offer.method.code != than]
    return min(usable, key=lambda offer: bool(offer.warning)).method if usable else None


def other_after(payment: Payment) -> PaymentMethod | None:
    """Another method, where the next try of the same would probably fail too: the company was at fault."""
    if payment.failure_reason in COMPANY_FAULTS:
        return other(payment.order, payment.method)
    return other_if_troubled(payment)


def other_if_troubled(payment: Payment) -> PaymentMethod | None:
    """Another method, while the one of this open attempt does not work well (BY-14)."""
    method = payment.market.payment_method(payment.method)
    if method is None or Standing(payment.market).of(method, payment.gateway) == Health.OK:
        return None
    return other(payment.order, payment.method)


def _carried(offer: MethodOffer, order: Order, standing: Standing, language: str) -> MethodOffer:
    """Our contract with a company may allow less than the market; then the next one is looked at."""
    if not offer.is_offered:
        return offer
    largest = {code: gateways.get(code).largest() for code in standing.carriers(offer.method)}
    for code, limit in largest.items():
        if limit is None or order.total <= limit:
            return replace(offer, method=replace(offer.method, gateway=code))
    return replace(
        offer, refusal=_refusal(max(filter(None, largest.values()), default=None), order, language)
    )


def _refusal(limit: Decimal | None, order: Order, language: str) -> str:
    if limit is None:
        return _("Out of order at the moment. Please try again soon.")
    return _("Up to %(amount)s") % {"amount": format_money(Money(limit, order.currency), language)}
