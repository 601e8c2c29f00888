"""Charges as the shop would ask Wompi for them."""

import time
from datetime import UTC, datetime, timedelta

from marketplace.money import Money
from payments.gateways.base import Charge, State

RETURN = "http://co.localhost:8000/pay/CO-1/CO0001A1/"


def make_charge(method="nequi", *, reference="CO0001A1", phone="+573001234567", **changes):
    fields = {
        "reference": reference,
        "money": Money(119000, "COP"),
        "method": method,
        "email": "ana@example.com",
        "phone": phone,
        "full_name": "Ana Gómez",
        "document_type": "CC",
        "document_number": "1.020.304.050",
        "return_url": RETURN,
        "expires_at": datetime.now(UTC) + timedelta(minutes=30),
        "tax": Money(19000, "COP"),
        "ip": "203.0.113.9",
    }
    return Charge(**fields | changes)


def card(sandbox, number="4242424242424242", **inputs):
    return make_charge("card", inputs={"token": sandbox.card_token(number), "installments": "3"} | inputs)


def pse(bank="1007", **changes):
    return make_charge("pse", inputs={"bank": bank}, **changes)


def follow(wompi, reference="CO0001A1", company_reference="", seconds=5):
    """Ask until it is over, as the poller does."""
    end = time.monotonic() + seconds
    while True:
        outcome = wompi.look_up(reference, company_reference)
        if outcome.state not in (State.PENDING, State.NOT_FOUND) or time.monotonic() > end:
            return outcome
        time.sleep(0.02)
