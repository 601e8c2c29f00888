"""What we keep of an event of Wompi: which transaction to look up, and nothing personal."""

from collections.abc import Mapping
from typing import Any

from .base import REFERENCE, GatewayUnavailable, Notice, UnreadableNotice
from .wompi_answers import transaction_in

_KEPT = ("id", "reference", "status", "amount_in_cents", "currency", "payment_method_type", "created_at")


def notice_of(event: Mapping[str, Any], name: str) -> Notice:
    try:
        transaction = transaction_in(event["data"]["transaction"])
    except (GatewayUnavailable, KeyError, TypeError):
        raise UnreadableNotice("The event holds no transaction") from None
    reference = transaction["reference"]
    # A refused try on the hosted page may be followed by a better one under the same reference.
    is_refused = transaction["status"] in ("DECLINED", "ERROR")
    kept = {
        key: str(transaction[key])[:80].replace("\x00", "")
        for key in _KEPT
        if transaction.get(key) is not None
    }
    return Notice(
        event_id=f"{transaction['id']}:{transaction['status']}:{event['timestamp']}",
        reference=reference if REFERENCE.fullmatch(reference) else "",
        company_reference="" if is_refused else transaction["id"],
        name=name,
        body={"event": name, "timestamp": event["timestamp"], "transaction": kept},
    )
