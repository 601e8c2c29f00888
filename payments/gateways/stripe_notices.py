"""Which webhooks Stripe has signed, and the little we keep of them."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .base import REFERENCE, ForgedNotice, Notice, UnreadableNotice

MAX_BYTES = 256 * 1024
TOLERANCE = 300  # seconds, both ways; every repetition is signed anew

_KEPT = (
    "id",
    "object",
    "status",
    "payment_status",
    "amount",
    "amount_total",
    "amount_received",
    "amount_refunded",
    "currency",
    "charge",
    "payment_intent",
    "reason",
    "failure_reason",
)


def check_signature(headers: Mapping[str, str], body: bytes, *, secrets: str, now: datetime) -> None:
    """Raises ForgedNotice unless one of our secrets signed this body within the last minutes."""
    given = {name.lower(): value for name, value in headers.items()}.get("stripe-signature", "")
    parts = [part.partition("=")[::2] for part in given.split(",")]
    times = [value for name, value in parts if name.strip() == "t"]
    signatures = [value.strip() for name, value in parts if name.strip() == "v1"]
    if len(times) != 1 or not re.fullmatch(r"[0-9]{1,12}", times[0], re.ASCII) or not signatures:
        raise ForgedNotice("The event is not signed")
    if not _any_matches(times[0].encode() + b"." + body, secrets, signatures):
        raise ForgedNotice("The signature is wrong")
    if abs(now.timestamp() - int(times[0])) > TOLERANCE:
        raise ForgedNotice("The event is too old, or from the future")


def _any_matches(signed: bytes, secrets: str, given: list[str]) -> bool:
    """Every secret and every signature is compared, so that the time taken tells nothing."""
    found = False
    for secret in filter(None, re.split(r"[\s,]+", secrets)):
        right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for signature in given[:8]:
            found |= hmac.compare_digest(right, signature.encode("utf-8", "replace"))
    return found


def event_in(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise UnreadableNotice("The event is not JSON in UTF-8") from None
    return event_of(event)


def event_of(event: object) -> Mapping[str, Any]:
    """An event with a name and a number of its own. Raises UnreadableNotice."""
    if (
        isinstance(event, dict)
        and event.get("object") == "event"
        and isinstance(event.get("type"), str)
        and isinstance(event.get("id"), str)
        and re.fullmatch(r"\w{1,100}", event["id"], re.ASCII)
    ):
        return event
    raise UnreadableNotice("The event has no name")


def notice_of(event: Mapping[str, Any]) -> Notice:
    """The charge or refund to look up. A dispute names only Stripe's own number of the payment."""
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    subject = subject if isinstance(subject, dict) else {}
    reference, refund_reference, company_reference = _named(subject)
    kept = {name: str(subject[name])[:80] for name in _KEPT if isinstance(subject.get(name), str | int)}
    return Notice(
        event_id=event["id"],
        reference=reference,
        refund_reference=refund_reference,
        company_reference=company_reference,
        name=event["type"][:60],
        body={"event": event["type"][:60], "created": str(event.get("created"))[:20], "object": kept},
    )


def _named(subject: Mapping[str, Any]) -> tuple[str, str, str]:
    """Our reference of the charge, our reference of the refund, and Stripe's id."""
    metadata = subject.get("metadata")
    ours = _reference(metadata.get("reference") if isinstance(metadata, dict) else None)
    match subject.get("object"):
        case "checkout.session":
            return _reference(subject.get("client_reference_id")), "", str(subject.get("id", ""))[:80]
        case "payment_intent" | "charge":
            return ours, "", ""
        case "refund":
            return "", ours, str(subject.get("id", ""))[:80]
        case "dispute":
            return "", "", str(subject.get("payment_intent") or "")[:80]
    return "", "", ""


def _reference(found: object) -> str:
    """Only what can be ours: payments made by hand at the dashboard carry anything."""
    return found if isinstance(found, str) and REFERENCE.fullmatch(found) else ""
