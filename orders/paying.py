"""Which of the market's payment methods a basket can be paid with."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from marketplace.markets.base import Market, PaymentMethod
from marketplace.money import Money, format_money
from sellers.models import Seller


@dataclass(frozen=True, kw_only=True)
class MethodOffer:
    """A payment method; where `refusal` says why not, it cannot be chosen."""

    method: PaymentMethod
    refusal: str = ""

    @property
    def is_offered(self) -> bool:
        return not self.refusal


def offers(*, market: Market, total: Decimal, sellers: Iterable[Seller], language: str) -> list[MethodOffer]:
    """All methods of the market, the ones that cannot pay this total or these sellers with the reason."""
    sellers = list(sellers)
    return [
        MethodOffer(method=method, refusal=_refusal(market, method, total, sellers, language))
        for method in market.payment_methods
    ]


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
