"""The one store of this server, and the switches a tester sets on the console."""

import time
from typing import Any

from django.conf import settings

from .store import Store

STORE = Store(settings.STATE)

# name: (what it starts as, what it does)
SWITCHES: dict[str, tuple[Any, str]] = {
    "speed": (settings.SPEED, "Divides every waiting time; 1 is as slow as life"),
    "events_url": (settings.EVENTS_URL, "Where Wompi's events are posted; empty keeps them here"),
    "payouts_events_url": (settings.PAYOUTS_EVENTS_URL, "Where the events of Wompi payouts are posted"),
    "mpesa_response_url": (settings.MPESA_RESPONSE_URL, "Where M-Pesa posts asynchronous results"),
    "retry_factor": (
        360.0,
        "Events not answered with 200 are posted again after 30 min, 3 h, 24 h, divided by this",
    ),
    "drop_events": (False, "Events get lost on the way"),
    "duplicate_events": (False, "Every event is posted twice"),
    "reverse_events": (False, "After the final event comes an older one that says PENDING"),
    "wrong_checksum": (False, "Events are signed with a wrong secret"),
    "upper_case_checksum": (False, "The checksum is written in upper case"),
    "other_properties": (False, "Events sign other fields, in another order"),
    "unsigned_events": (False, "Events carry no signature"),
    "unknown_event": (False, "Events have a name nobody has heard of"),
    "event_delay": (0.0, "Seconds before an event is posted"),
    "wompi_delay": (1.5, "Seconds until a card, a bank or Nequi has decided"),
    "pse_at_once": (False, "PSE gives its page together with the final status, as the real sandbox does"),
    "mpesa_ask": (False, "Ask on the phone page for M-Pesa numbers that would answer by themselves"),
    "mpesa_trouble": ("", "What M-Pesa numbers 00-79 do instead"),
}
# Switches with a closed list of values.
CHOICES: dict[str, dict[str, str]] = {
    "mpesa_trouble": {
        "": "as the table says",
        "firewall": "the firewall answers an HTML 403",
        "gateway": "HTML 504 after 31 s, paid nevertheless",
        "close": "the line is cut, paid nevertheless",
        "late": "time-out, but the PIN comes late",
        "async": "accepted at once, the result is posted later",
        "lost": "accepted at once, the result gets lost",
    }
}


def switch(name: str) -> Any:
    stored = STORE.get("switch", name)
    return SWITCHES[name][0] if stored is None else stored["value"]


def turn(name: str, value: Any) -> None:
    """Set a switch; the value takes the type of what it starts as."""
    kind = type(SWITCHES[name][0])
    if value not in CHOICES.get(name, [value]):
        raise ValueError(f"{name} cannot be {value}")
    if kind is bool and isinstance(value, str):
        value = value in ("on", "true", "1")
    STORE.put("switch", name, {"value": kind(value)})


def after(seconds: float) -> float:
    """The moment that many seconds of pretend time from now."""
    return time.time() + seconds / max(switch("speed"), 0.001)
