"""Amounts of money: rounding to the market's smallest coin, shares, taxes and how they are shown."""

from decimal import ROUND_HALF_UP, Decimal

from babel.core import Locale
from babel.numbers import format_currency
from moneyed import Money

__all__ = ["COINS", "Money", "format_money", "round_amount", "round_money", "share", "split_tax"]

# The smallest coin a price may be a multiple of (CF-04). Centavos of peso no longer circulate.
COINS = {"COP": Decimal("1"), "MZN": Decimal("0.01")}
# ISO and CLDR give the peso two decimals nobody writes, and the metical a sign nobody knows.
_PATTERNS = {"COP": "$ #,##0", "MZN": "#,##0.00 MT"}


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the smallest coin of the currency."""
    coin = COINS[currency]
    return (amount / coin).quantize(Decimal(1), rounding=ROUND_HALF_UP) * coin


def round_money(money: Money) -> Money:
    return Money(round_amount(money.amount, money.currency.code), money.currency)


def share(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """`rate` (0.10 for ten percent) of an amount, in whole coins."""
    return round_amount(amount * rate, currency)


def split_tax(gross: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Split a price that includes tax into (net, tax); the two always add up to the price."""
    net = round_amount(gross / (1 + rate), currency)
    return net, gross - net


def format_money(money: Money, language: str) -> str:
    """`$ 119.000` and `1 499,50 MT`; in English `$ 119,000` and `1,499.50 MT`.

    Spaces inside are non-breaking, so that a price never wraps.
    """
    code = money.currency.code
    locale = Locale.parse({"es": "es_CO", "pt": "pt_MZ"}.get(language, "en"))
    shown = format_currency(
        money.amount, code, _PATTERNS[code], locale=locale, currency_digits=False, group_separator=True
    )
    return shown.replace(" ", "\N{NO-BREAK SPACE}")
