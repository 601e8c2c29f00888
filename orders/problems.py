"""What stands between a cart and an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.markets.base import Market
from marketplace.money import Money, format_money
from orders import carts
from orders.models import CartLine
from orders.quoting import Quote


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something the shopper should know; a blocking one must be solved before ordering."""

    code: str
    message: str
    line: CartLine | None = None
    blocks: bool = True


def of_line(line: CartLine, *, market: Market, language: str) -> Problem | None:
    """What is wrong with one line (from carts.contents), worst first."""
    name, free = line.variant.product.name, line.available  # type: ignore[attr-defined]
    if not carts.is_on_sale(line) or line.variant.product.market_code != market.code:
        return Problem(code="gone", line=line, message=_("%(name)s is no longer sold.") % {"name": name})
    if free < 1:
        return Problem(code="sold_out", line=line, message=_("%(name)s is sold out.") % {"name": name})
    if free < line.quantity:
        message = ngettext(
            "Only %(count)d of %(name)s is left.", "Only %(count)d of %(name)s are left.", free
        )
        return Problem(code="less_stock", line=line, message=message % {"count": free, "name": name})
    if line.seen_price != line.variant.price:
        now, before = (
            format_money(Money(price, market.currency), language)
            for price in (line.variant.price, line.seen_price)
        )
        message = _("%(name)s now costs %(now)s instead of %(before)s.")
        values: dict[str, Any] = {"name": name, "now": now, "before": before}
        return Problem(code="price_changed", line=line, message=message % values, blocks=False)
    return None


def of_lines(lines: Iterable[CartLine], *, market: Market, language: str) -> list[Problem]:
    found = (of_line(line, market=market, language=language) for line in lines)
    return [problem for problem in found if problem]


def of_quote(quote: Quote, *, language: str) -> list[Problem]:
    """What is wrong with the basket as a whole."""
    market = quote.market
    found = [
        Problem(
            code="no_delivery",
            message=_("%(store)s does not deliver to your city in the chosen way.")
            % {"store": parcel.seller.business_name},
        )
        for parcel in quote.parcels
        if parcel.chosen is None
    ]
    if quote.goods < market.order_minimum:
        minimum = format_money(Money(market.order_minimum, market.currency), language)
        message = _("The smallest order is %(minimum)s.") % {"minimum": minimum}
        found.append(Problem(code="below_minimum", message=message))
    return found


def buyable(lines: Iterable[CartLine], found: Iterable[Problem]) -> list[CartLine]:
    """The lines that can be counted on: all but those that are gone or sold out."""
    out = {problem.line.pk for problem in found if problem.line and problem.code in ("gone", "sold_out")}
    return [line for line in lines if line.pk not in out]
