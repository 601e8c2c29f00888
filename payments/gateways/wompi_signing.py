"""What Wompi counts and signs: pesos in cents, the integrity of a charge, the checksum of an event."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marketplace.money import Money

from .base import ForgedNotice, UnreadableNotice

MAX_EVENT_BYTES = 256 * 1024


def to_cents(money: Money) -> int:
    """COP 95,000 is 9500000 on the wire."""
    cents = money.amount * 100
    if money.currency.code != "COP" or cents != cents.to_integral_value() or cents < 1:
        raise ValueError(f"Wompi cannot collect {money.amount} {money.currency.code}")
    return int(cents)


def from_cents(cents: int) -> Money:
    return Money(Decimal(cents).scaleb(-2), "COP")


def wire_time(moment: datetime) -> str:
    """2023-06-09T20:28:50.000Z, the one spelling we send and sign."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def integrity_signature(reference: str, cents: int, secret: str, *, expires: str = "") -> str:
    words = f"{reference}{cents}COP{expires}{secret}"
    return hashlib.sha256(words.encode()).hexdigest()


def read_event(
    headers: Mapping[str, str], body: bytes, *, secrets: str, now: datetime, oldest: float, unit: int = 1
) -> dict[str, Any]:
    """The event, if one of our secrets signed it and its time is believable.

    `secrets` are separated by spaces or commas while they are being changed. `unit` is how
    many ticks of `timestamp` make a second; `oldest` is in seconds.
    """
    event = _parse(body)
    signature = event.get("signature")
    if not isinstance(signature, dict) or not isinstance(signature.get("checksum"), str):
        raise ForgedNotice("The event is not signed")
    said = signature["checksum"].lower()
    told = {name.lower(): value for name, value in headers.items()}.get("x-event-checksum", said).lower()
    timestamp = event.get("timestamp")
    if type(timestamp) is not int or not 0 < timestamp < 10**15:
        raise ForgedNotice("The event has no time")
    words = "".join(signed_values(event)) + str(timestamp)
    if not _any_matches(words, secrets, said, told):
        raise ForgedNotice("The checksum is wrong")
    age = now.timestamp() - timestamp / unit
    if age > oldest or age < -900:
        raise ForgedNotice("The event is too old, or from the future")
    return event


def _parse(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_EVENT_BYTES:
        raise UnreadableNotice("The event is too large")
    try:
        event = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableNotice("The event is not JSON") from None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise UnreadableNotice("The event has no name")
    return event


def _any_matches(words: str, secrets: str, *said: str) -> bool:
    """Every secret and both places are compared, so that the time taken tells nothing."""
    found = False
    for secret in re.split(r"[\s,]+", secrets.strip()):
        right = hashlib.sha256(f"{words}{secret}".encode("utf-8", "replace")).hexdigest().encode()
        matches = [hmac.compare_digest(right, text.encode("utf-8", "replace")) for text in said]
        found |= bool(secret) and all(matches)
    return found


def signed_values(event: Mapping[str, Any]) -> Sequence[str]:
    """The values that the event itself says are signed, in its order."""
    properties = event["signature"].get("properties")
    if not isinstance(properties, list) or not properties:
        raise ForgedNotice("The event does not say what is signed")
    return [_value_at(event.get("data"), path) for path in properties]


def _value_at(value: Any, path: Any) -> str:
    for name in path.split(".") if isinstance(path, str) else ():
        if not isinstance(value, dict) or name not in value:
            raise ForgedNotice("The event signs something it does not hold")
        value = value[name]
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
        case float():
            return json.dumps(value)
    raise ForgedNotice("The event signs something that is not a plain value")
