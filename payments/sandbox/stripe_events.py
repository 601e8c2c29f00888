"""What the pretend Stripe tells the shop, and keeps for those who ask what they missed."""

import json
import secrets
import time
import uuid
from typing import Any

from .memory import STORE, switch
from .stripe_signing import headers_for
from .stripe_wire import API_VERSION


def announce(*told: tuple[str, dict[str, Any]]) -> None:
    """Queue events of one change, oldest first, as the switches say: lost, twice, in reverse, late."""
    due = time.time() + switch("event_delay")
    in_order = list(reversed(told)) if switch("reverse_events") else list(told)
    for number, (name, subject) in enumerate(in_order):
        event = _event("something.unheard_of" if switch("unknown_event") else name, subject)
        STORE.put("stripe_event", event["id"], event)
        for again in range(2 if switch("duplicate_events") else 1):
            _queue(event, due + (number + again / 2) / 100)


def _event(name: str, subject: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_1{secrets.token_hex(12)}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": name,
    }


def _queue(event: dict[str, Any], due: float) -> None:
    url, body = switch("stripe_events_url"), json.dumps(event, ensure_ascii=False)
    state = "lost" if switch("drop_events") else "waiting" if url else "kept"
    document = {
        "id": uuid.uuid4().hex,
        "product": "stripe",
        "url": url,
        "name": event["type"],
        "headers": headers_for(body),
        "body": body,
        "state": state,
        "tries": 0,
        "answers": [],
        "event": event["id"],
    }
    STORE.put("event", document["id"], document, due=due if state == "waiting" else None)


def missed() -> set[str]:
    """Ids of events that the shop has not taken."""
    return {each["event"] for each in STORE.find("event", product="stripe") if each["state"] != "answered"}
