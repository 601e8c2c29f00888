"""What contracts allow in one payment, where it is not what the country's file says (PAYMENT_LIMITS)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from marketplace.markets.base import Market


class WrongLimits(Exception):
    """The setting names no method of ours, or no two amounts in order."""


def limited(markets: Mapping[str, Market], limits: Mapping[str, str]) -> dict[str, Market]:
    """`limits` say {"co-efecty": "20000..6000000"}: market and method, least and most. Raises WrongLimits."""
    found = dict(markets)
    for name, words in limits.items():
        code, _, method = name.partition("-")
        chosen = found[code].payment_method(method) if code in found else None
        if chosen is None:
            raise WrongLimits(f"PAYMENT_LIMITS: no such method: {name}")
        least, most = _amounts(name, words)
        changed = replace(chosen, minimum=least, maximum=most)
        methods = tuple(changed if each.code == method else each for each in found[code].payment_methods)
        found[code] = replace(found[code], payment_methods=methods)
    return found


def _amounts(name: str, words: str) -> tuple[Decimal, Decimal]:
    try:
        least, most = (Decimal(part) for part in words.split(".."))
    except (ValueError, InvalidOperation):
        raise WrongLimits(f"PAYMENT_LIMITS: {name} needs two amounts, as 20000..6000000") from None
    if not (least.is_finite() and most.is_finite() and 0 < least <= most):
        raise WrongLimits(f"PAYMENT_LIMITS: {name}: {least} to {most} cannot be")
    return least, most
