"""What consumption tax a line holds, in whole coins that always add up (CF-09, BY-12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from marketplace.markets.base import Market, Text
from marketplace.money import share, split_tax


@dataclass(frozen=True, kw_only=True)
class TaxedAmount:
    """An amount in its parts: net + tax = total."""

    tax_class: str
    rate: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class TaxGroup:
    """What all lines of one tax class and rate come to, for the totals block and the invoice."""

    label: Text
    rate: Decimal
    net: Decimal
    tax: Decimal
    excluded: bool


def tax_line(*, market: Market, tax_class: str, charges_tax: bool, amount: Decimal, day: date) -> TaxedAmount:
    """Split a line at shown prices into net and tax at the rate of a day.

    `charges_tax` is the seller's: one under a simplified regime charges none, whatever the goods.
    Where the market's prices come without tax, it is added on top.
    """
    rate = market.tax_rate(tax_class, day) if charges_tax else Decimal(0)
    if market.prices_include_tax:
        net, tax = split_tax(amount, rate, market.currency)
    else:
        net, tax = amount, share(amount, rate, market.currency)
    return TaxedAmount(tax_class=tax_class, rate=rate, net=net, tax=tax, total=net + tax)


def group(market: Market, amounts: Iterable[TaxedAmount]) -> list[TaxGroup]:
    """The amounts by tax class and rate, highest rate first; their sums are the sums of the lines."""
    sums: dict[tuple[Decimal, str], tuple[Decimal, Decimal]] = {}
    for amount in amounts:
        net, tax = sums.get((amount.rate, amount.tax_class), (Decimal(0), Decimal(0)))
        sums[amount.rate, amount.tax_class] = net + amount.net, tax + amount.tax
    return [
        TaxGroup(
            label=market.tax_classes[code].label,
            rate=rate,
            net=net,
            tax=tax,
            excluded=market.tax_classes[code].excluded,
        )
        for (rate, code), (net, tax) in sorted(sums.items(), reverse=True)
    ]
