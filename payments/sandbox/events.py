"""Signs events as Wompi does, posts them, and posts them again when the shop does not answer 200."""

import hashlib
import json
import re
import time
import uuid
from typing import Any

import requests

from . import stripe_signing
from .keys import EVENTS_SECRET, PAYOUTS_EVENTS_SECRET
from .memory import STORE, after, switch

RETRIES = (30 * 60, 3 * 3600, 24 * 3600)


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(moment)) + f"{int(moment * 1000) % 1000:03d}Z"


def announce(product: str, name: str, holder: str, subject: dict[str, Any], signed: list[str]) -> None:
    """Queue an event of "wompi" or "payouts" about `subject`, as the switches say."""
    now = time.time()
    due = time.time() + switch("event_delay") if switch("event_delay") else now
    _queue(product, name, {holder: subject}, signed, now, due)
    if switch("duplicate_events"):
        _queue(product, name, {holder: subject}, signed, now, due + 0.01)
    if switch("reverse_events") and product == "wompi":
        older = subject | {"status": "PENDING", "finalized_at": None}
        _queue(product, name, {holder: older}, signed, now - 5, due + 0.02)


def _queue(
    product: str, name: str, content: dict[str, Any], signed: list[str], at: float, due: float
) -> None:
    key = uuid.uuid4().hex
    subject = next(iter(content))
    if switch("other_properties"):
        extra = [f"{subject}.{field}" for field in ("reference", "created_at") if field in content[subject]]
        signed = [*extra, *reversed(signed)]
    event: dict[str, Any] = {
        "event": "something.unheard_of" if switch("unknown_event") else name,
        "data": content,
    }
    if product == "wompi":
        event |= {"environment": "test", "timestamp": int(at), "sent_at": iso(at)}
    else:
        event |= {"timestamp": int(at * 1000), "sentAt": iso(at)}
    secret = EVENTS_SECRET if product == "wompi" else PAYOUTS_EVENTS_SECRET
    headers = _sign(event, signed, secret)
    state = "lost" if switch("drop_events") else "waiting"
    url = switch("events_url") if product == "wompi" else switch("payouts_events_url")
    document = {
        "id": key,
        "product": product,
        "url": url,
        "name": event["event"],
        "headers": headers,
        "body": json.dumps(event, ensure_ascii=False),
        "state": state if url or state == "lost" else "kept",
        "tries": 0,
        "answers": [],
    }
    STORE.put("event", key, document, due=due if document["state"] == "waiting" else None)


def _sign(event: dict[str, Any], properties: list[str], secret: str) -> dict[str, str]:
    """Write the signature into the event; answers the headers that go with it."""
    headers = {"Content-Type": "application/json"}
    if switch("unsigned_events"):
        return headers
    if switch("wrong_checksum"):
        secret += "-wrong"
    words = "".join(_text(event["data"], path) for path in properties) + f"{event['timestamp']}{secret}"
    checksum = hashlib.sha256(words.encode()).hexdigest()
    if switch("upper_case_checksum"):
        checksum = checksum.upper()
    event["signature"] = {"properties": properties, "checksum": checksum}
    return headers | {"X-Event-Checksum": checksum}


def _text(value: Any, path: str) -> str:
    for name in path.split("."):
        value = value[name]
    return "" if value is None else str(value)


def queue_unsigned(
    product: str,
    url: str,
    body: str,
    *,
    seconds: float,
    older: str = "",
    content_type: str = "application/json",
) -> None:
    """The result of an asynchronous payment: M-Pesa and e-Mola sign nothing, and nobody saw them repeat.

    `older` is what comes after it where the switches turn the order of events around.
    """
    bodies = [body, *([body] if switch("duplicate_events") else [])]
    bodies += [older] if older and switch("reverse_events") else []
    due = after(seconds) + switch("event_delay")
    for place, each in enumerate(bodies):
        _queue_unsigned(product, url, each, content_type, due + place / 100)


def _queue_unsigned(product: str, url: str, body: str, content_type: str, due: float) -> None:
    key = uuid.uuid4().hex
    state = "lost" if switch("drop_events") else "waiting" if url else "kept"
    document = {
        "id": key,
        "product": product,
        "url": url,
        "name": "result",
        "headers": {"Content-Type": content_type},
        "body": body,
        "state": state,
        "tries": len(RETRIES),
        "answers": [],
    }
    STORE.put("event", key, document, due=due if state == "waiting" else None)


def post_due(now: float) -> None:
    for event in STORE.due("event", now):
        _post(event)


def _counted(event: dict[str, Any]) -> str:
    """PayU counts its tries in the confirmation itself."""
    return re.sub(r"(?<=&attempts=)[0-9]+", str(event["tries"] + 1), event["body"])


def _post(event: dict[str, Any]) -> None:
    if event["product"] == "stripe":
        event["headers"] = stripe_signing.headers_for(event["body"])
    try:
        response = requests.post(
            event["url"],
            data=_counted(event).encode(),
            headers=event["headers"] | {"User-Agent": "Sandbox companies"},
            timeout=10,
            allow_redirects=False,
        )
        answer = str(response.status_code)
    except requests.RequestException as error:
        answer = type(error).__name__
    event["answers"].append(answer)
    if answer == "200":
        event["state"], due = "answered", None
    elif event["tries"] >= len(gaps := event.get("gaps", RETRIES)):
        event["state"], due = "given up", None
    else:
        due = time.time() + gaps[event["tries"]] / max(switch("retry_factor"), 0.001)
    event["tries"] += 1
    if STORE.get("event", event["id"]):  # Forgotten meanwhile: leave it so.
        STORE.put("event", event["id"], event, due=due)
