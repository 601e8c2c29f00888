"""Which of the market's payment methods a basket can be paid with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from marketplace.markets.base import Market, PaymentMethod
from marketplace.money import Money, format_money
from orders.models import Order
from sellers.models import Seller


class Health(StrEnum):
    """How a method works right now (BY-14)."""

    OK = "ok"
    SHAKY = "shaky"
    DOWN = "down"


_RANKS = {Health.OK: 0, Health.SHAKY: 1, Health.DOWN: 2}


@dataclass(frozen=True, kw_only=True)
class MethodOffer:
    """A payment method; where `refusal` says why not, it cannot be chosen. `warning`: it may not work."""

    method: PaymentMethod
    refusal: str = ""
    warning: str = ""

    @property
    def is_offered(self) -> bool:
        return not self.refusal


def offers(*, market: Market, total: Decimal, sellers: Iterable[Seller], language: str) -> list[MethodOffer]:
    """All methods of the market, the ones that cannot pay this total or these sellers with the reason.

    What does not work well right now comes later.
    """
    sellers = list(sellers)
    health = import_string(settings.METHOD_HEALTH)(market)
    offered = [
        MethodOffer(method=method, refusal=_refusal(market, method, total, sellers, language))
        for method in sorted(market.payment_methods, key=lambda method: _RANKS[health[method.code]])
    ]
    working = [_as_it_works(offer, health[offer.method.code]) for offer in offered]
    # While nothing works an order can be placed all the same: its payment page shows what works again.
    return working if any(offer.is_offered for offer in working) else offered


def _as_it_works(offer: MethodOffer, health: Health) -> MethodOffer:
    if offer.is_offered and health == Health.DOWN:
        return replace(offer, refusal=_("Out of order at the moment. Please try again soon."))
    if offer.is_offered and health == Health.SHAKY:
        return replace(offer, warning=_("Some payments do not get through this way right now."))
    return offer


def _refusal(
    market: Market, method: PaymentMethod, total: Decimal, sellers: list[Seller], language: str
) -> str:
    def shown(amount: Decimal) -> str:
        return format_money(Money(amount, market.currency), language)

    if total < method.minimum:
        return _("From %(amount)s") % {"amount": shown(method.minimum)}
    if total > method.maximum:
        return _("Up to %(amount)s") % {"amount": shown(method.maximum)}
    if method.whole_amounts and total != total.to_integral_value():
        return _("%(method)s takes whole amounts only, and this total has centavos") % {
            "method": method.label
        }
    against = [seller.business_name for seller in sellers if not seller.accepts(method.code)]
    if against:
        return _("%(store)s does not accept this") % {"store": ", ".join(against)}
    return ""


def remember_method(order: Order, code: str) -> None:
    """At checkout the method is a wish; pages and papers name the one that was really taken."""
    if order.preferred_method != code:
        Order.objects.filter(pk=order.pk).update(preferred_method=code)
        order.preferred_method = code
