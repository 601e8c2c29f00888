"""What a shopper typed to pay an order, kept for the next try: encrypted, in the browser's own session."""

import json
from collections.abc import Mapping

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase

from marketplace.encryption import decrypt, encrypt
from orders.models import Order

Typed = Mapping[str, Mapping[str, str]]  # by method, by field

_KEPT = "typed_to_pay"
_SERVES_ONCE = ("token",)


def remember(session: SessionBase, order: Order, method: str, inputs: Mapping[str, str]) -> None:
    """Of one order at a time: who buys next at the same computer finds nothing of this."""
    kept = {name: value for name, value in inputs.items() if value and name not in _SERVES_ONCE}
    known = {code: dict(fields) for code, fields in recall(session, order).items()}
    session[_KEPT] = encrypt(json.dumps({"order": order.number, "typed": known | {method: kept}}))


def recall(session: SessionBase, order: Order) -> Typed:
    try:
        kept = json.loads(decrypt(session.get(_KEPT, "")))
    except (InvalidToken, ValueError):  # nothing yet, or its key is gone
        return {}
    return kept["typed"] if kept["order"] == order.number else {}


def forget(session: SessionBase) -> None:
    """The order is paid."""
    session.pop(_KEPT, None)
