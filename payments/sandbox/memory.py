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
    "emola_callback_url": (
        settings.EMOLA_CALLBACK_URL,
        "Where e-Mola posts the results of asynchronous pushes",
    ),
    "payu_events_url": (settings.PAYU_EVENTS_URL, "Where PayU posts its confirmations"),
    "efecty_confirmations_url": (
        settings.EFECTY_CONFIRMATIONS_URL,
        "Where the counters report cash for the shop's own codes",
    ),
    "payu_digest": ("md5", "How PayU signs what it tells"),
    "payu_delay": (2.0, "Seconds until Nequi has decided at PayU"),
    "payu_amount_off": (0, "Pesos by which the amount is wrong that PayU tells"),
    "payu_currency": ("COP", "The currency PayU tells"),
    "payu_limits": ("error", "What PayU does with Efecty below 20,000 or above 6,000,000"),
    "payu_refunds": ("approve", "How PayU decides about refunds"),
    "payu_refund_delay": (20.0, "Seconds until it has decided (in life: one to three working days)"),
    "payu_refund_wait": (10.0, "Seconds after the payment before a refund is taken (in life: 600)"),
    "stripe_events_url": (settings.STRIPE_EVENTS_URL, "Where Stripe's events are posted"),
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
    "wompi_pays_twice": (False, "Wompi's own page takes a second payment under a paid reference"),
    "wompi_without": ("", "A method (such as CARD) that Wompi has not enabled for the shop"),
    "stripe_two_signatures": (False, "Stripe signs with two secrets, as while one is being rolled"),
    "stripe_clock": (0, "Seconds by which the time in Stripe's signatures is wrong"),
    "stripe_fails": (False, "Stripe answers POSTs with a 500, and remembers it under the key"),
    "stripe_thinks": (0.0, "Seconds that Stripe works on a POST"),
    "stripe_short": (0, "Hundredths by which Stripe collects less than was asked"),
    "stripe_currency": ("", "The currency that Stripe collects instead"),
    "mpesa_ask": (False, "Ask on the phone page for M-Pesa numbers that would answer by themselves"),
    "mpesa_trouble": ("", "What M-Pesa numbers 00-79 do instead"),
    "mpesa_refuses_reversals": (False, "M-Pesa answers INS-6 to every reversal"),
    "emola_ask": (False, "Ask on the phone page for e-Mola numbers that would answer by themselves"),
    "emola_asynchronous": (False, "e-Mola answers 22 while the phone page asks, and calls back"),
    "emola_trouble": ("", "What e-Mola numbers 00-69 do instead"),
    "emola_wrong_ip": ("", "e-Mola's allow-list"),
    "emola_original": ("escaped", "How e-Mola packs its answer into the envelope"),
    "emola_prefix": ("S", "How e-Mola abbreviates the SOAP namespace"),
    "statement_trouble": ("", "What is wrong with the statements that companies give out"),
    "emola_callback_form": ("json", "In which form e-Mola calls back"),
}
# Switches with a closed list of values.
CHOICES: dict[str, dict[str, str]] = {
    "statement_trouble": {
        "": "nothing",
        "lose_last": "the last line is missing",
        "double_last": "the last line is there twice",
    },
    "mpesa_trouble": {
        "": "as the table says",
        "firewall": "the firewall answers an HTML 403",
        "gateway": "HTML 504 after 31 s, paid nevertheless",
        "close": "the line is cut, paid nevertheless",
        "late": "time-out, but the PIN comes late",
        "async": "accepted at once, the result is posted later",
        "lost": "accepted at once, the result gets lost",
    },
    "emola_trouble": {
        "": "as the table says",
        "async": "22, the result is posted later",
        "lost": "22, the result gets lost",
        "forged": "22, a forged result is posted; nothing was paid",
        "late": "11, but the PIN comes late",
        "timeout": "the gateway's time-out, paid nevertheless",
        "failed": "the gateway's time-out, not paid",
        "error": "HTTP 500",
        "broken": "the inner XML is broken, paid nevertheless",
        "close": "the line is cut, paid nevertheless",
    },
    "emola_wrong_ip": {
        "": "we are on it",
        "gateway": "the gateway turns us away (8000)",
        "business": "the business turns us away (02)",
    },
    "payu_digest": {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256"},
    "payu_limits": {"error": "an error", "declined": "declined", "": "takes it"},
    "payu_refunds": {"approve": "approves", "refuse": "declines", "ask": "waits for the console"},
    "emola_original": {"escaped": "escaped", "cdata": "in CDATA"},
    "emola_prefix": {"S": "S:", "soapenv": "soapenv:"},
    "emola_callback_form": {"json": "JSON", "form": "form", "xml": "XML"},
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
