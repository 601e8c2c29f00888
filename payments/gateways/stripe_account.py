"""Stripe's balance transactions: what came in, what it cost, and in which money it was settled."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from moneyed import CurrencyDoesNotExist

from marketplace.money import Money

from .account import AccountRow
from .base import GatewayUnavailable
from .stripe_answers import from_minor

_KINDS = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "returned",
    "payout": "settlement",
    "stripe_fee": "fee",
}


def row_in(found: Mapping[str, Any]) -> AccountRow:
    """Raises GatewayUnavailable for a line that we cannot read: none is left out."""
    try:
        currency = found["currency"]
        settled = _signed(found["amount"], currency)
        return AccountRow(
            kind=_KINDS.get(found["type"], "other"),
            number=_text(found["id"]),
            reference=_reference(found.get("source")),
            settled=settled,
            fee=_signed(found["fee"], currency),
            at=datetime.fromtimestamp(found["created"], UTC),
            paid=_paid(found.get("source"), negative=settled.amount < 0),
            rate=_rate(found.get("exchange_rate")),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, CurrencyDoesNotExist):
        raise GatewayUnavailable("Stripe described a line of our account that we cannot read") from None


def _signed(amount: object, currency: str) -> Money:
    if type(amount) is not int:
        raise TypeError(amount)
    return from_minor(amount, currency)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 80:
        raise TypeError(value)
    return value


def _reference(source: object) -> str:
    """Ours, from what Stripe keeps with the payment or the refund."""
    metadata = source.get("metadata") if isinstance(source, dict) else None
    reference = metadata.get("reference") if isinstance(metadata, dict) else None
    return reference[:80] if isinstance(reference, str) else ""


def _paid(source: object, *, negative: bool) -> Money | None:
    """What the buyer paid or got back, in their own money."""
    if not isinstance(source, dict) or source.get("object") not in ("charge", "refund", "dispute"):
        return None
    money = _signed(source["amount"], source["currency"])
    return -money if negative else money


def _rate(rate: object) -> Decimal | None:
    if rate is None:
        return None
    found = Decimal(str(rate))
    if not (found.is_finite() and found > 0):
        raise ValueError(rate)
    return found
