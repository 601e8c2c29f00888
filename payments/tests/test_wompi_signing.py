"""What Wompi counts and signs."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from payments.gateways.base import ForgedNotice, UnreadableNotice
from payments.gateways.wompi_signing import (
    from_cents,
    integrity_signature,
    read_event,
    signed_values,
    to_cents,
    wire_time,
)

SECRET = "test_events_secret"  # noqa: S105
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY_AND_HALF = 36 * 3600


def make_event(*, secret=SECRET, timestamp=None, properties=None, **changes):
    transaction = {"id": "1292-1-2", "status": "APPROVED", "amount_in_cents": 4490000, "reference": "CO1"}
    event = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "environment": "test",
        "timestamp": int(NOW.timestamp()) if timestamp is None else timestamp,
        "sent_at": "2026-11-21T12:00:00.000Z",
    } | changes
    names = properties or ["transaction.id", "transaction.status", "transaction.amount_in_cents"]
    event["signature"] = {"properties": names, "checksum": ""}
    words = "".join(signed_values(event)) + f"{event['timestamp']}{secret}"
    event["signature"]["checksum"] = hashlib.sha256(words.encode()).hexdigest()
    return event


def read(event, headers=None, *, secrets=SECRET, unit=1):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return read_event(headers or {}, body, secrets=secrets, now=NOW, oldest=DAY_AND_HALF, unit=unit)


def test_the_documented_integrity_signature_comes_out():
    signature = integrity_signature(
        "sk8-438k4-xmxm392-sn2m", 2490000, "prod_integrity_Z5mMke9x0k8gpErbDqwrJXMqsI6SFli6"
    )
    assert signature == "37c8407747e595535433ef8f6a811d853cd943046624a0ec04662b17bbf33bf5"


def test_an_expiry_enters_the_signature_as_it_is_sent():
    words = "R2490000COP2023-06-09T20:28:50.000Zs"
    assert (
        integrity_signature("R", 2490000, "s", expires="2023-06-09T20:28:50.000Z")
        == hashlib.sha256(words.encode()).hexdigest()
    )
    assert wire_time(datetime(2023, 6, 9, 20, 28, 50, tzinfo=UTC)) == "2023-06-09T20:28:50.000Z"


def test_the_documented_event_has_the_checksum_that_its_words_have():
    """The page prints another one, which no secret explains; this is the SHA-256 of its own words."""
    secret = "prod_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"  # noqa: S105
    transaction = {"id": "1234-1610641025-49201", "status": "APPROVED", "amount_in_cents": 4490000}
    event = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "signature": {
            "properties": ["transaction.id", "transaction.status", "transaction.amount_in_cents"],
            "checksum": "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe",
        },
        "timestamp": 1530291411,
    }
    then = datetime.fromtimestamp(1530291411, UTC)
    body = json.dumps(event).encode()
    assert read_event({}, body, secrets=secret, now=then, oldest=60)["timestamp"] == 1530291411


@given(st.integers(min_value=1, max_value=10**12))
def test_cents_and_pesos_are_the_same_money_both_ways(cents):
    assert to_cents(from_cents(cents)) == cents


@given(st.decimals(min_value="0.01", max_value="9999999999", places=2))
def test_no_amount_is_rounded_on_the_way(amount):
    assert from_cents(to_cents(Money(amount, "COP"))).amount == amount


def test_ninety_five_thousand_pesos_are_9500000_on_the_wire():
    assert to_cents(Money(Decimal(95000), "COP")) == 9500000


@pytest.mark.parametrize(
    "money", [Money("10", "MZN"), Money("0.005", "COP"), Money(0, "COP"), Money(-5, "COP")]
)
def test_what_wompi_cannot_collect_is_not_sent(money):
    with pytest.raises(ValueError, match="cannot collect"):
        to_cents(money)


def test_a_signed_event_is_read():
    event = make_event()
    assert read(event, {"X-Event-Checksum": event["signature"]["checksum"]}) == event


def test_an_upper_case_checksum_is_as_good():
    event = make_event()
    event["signature"]["checksum"] = event["signature"]["checksum"].upper()
    assert read(event, {"x-event-checksum": event["signature"]["checksum"]})


def test_the_list_of_signed_fields_is_the_events_own():
    assert read(make_event(properties=["transaction.reference", "transaction.status", "transaction.id"]))


def test_a_missing_value_is_signed_as_nothing():
    transaction = {"id": "1", "status": "APPROVED", "note": None}
    assert read(make_event(data={"transaction": transaction}, properties=["transaction.note"]))


@pytest.mark.parametrize("secrets", ["new_secret " + SECRET, f"{SECRET},new_secret", f" {SECRET}  other "])
def test_while_the_secret_is_changed_both_serve(secrets):
    assert read(make_event(), secrets=secrets)


def test_timestamps_of_payout_events_are_milliseconds():
    event = make_event(timestamp=int(NOW.timestamp() * 1000))
    assert read(event, unit=1000)
    with pytest.raises(ForgedNotice):
        read(event)


def changed(**changes):
    return make_event() | changes


def unsigned(**signature):
    event = make_event()
    event["signature"] = {k: v for k, v in (event["signature"] | signature).items() if v is not None}
    return event


@pytest.mark.parametrize(
    "event",
    [
        make_event(secret="someone elses"),  # noqa: S106
        make_event(secret=""),
        {name: value for name, value in make_event().items() if name != "signature"},
        changed(signature=None),
        changed(signature="x"),
        unsigned(checksum=None),
        unsigned(checksum=5),
        unsigned(checksum=""),
        unsigned(properties=None),
        unsigned(properties=[]),
        unsigned(properties="transaction.id"),
        unsigned(properties=["transaction.nothing"]),
        unsigned(properties=[5]),
        unsigned(properties=["transaction"]),
        changed(timestamp="1530291411"),
        changed(timestamp=None),
        changed(timestamp=True),
        changed(timestamp=10**400),
        changed(timestamp=int(NOW.timestamp()) + 1),
        changed(data={"transaction": {"id": "1292-1-2", "status": "APPROVED", "amount_in_cents": 1}}),
        changed(data=None),
        changed(data=[]),
    ],
)
def test_what_the_company_did_not_sign_is_forged(event):
    with pytest.raises(ForgedNotice):
        read(event)


def test_the_header_must_agree_with_the_body():
    with pytest.raises(ForgedNotice):
        read(make_event(), {"X-Event-Checksum": "0" * 64})


@pytest.mark.parametrize("age_in_hours", [-1, 37, 24 * 365])
def test_an_event_of_another_time_is_refused_though_it_is_signed(age_in_hours):
    with pytest.raises(ForgedNotice):
        read(make_event(timestamp=int(NOW.timestamp()) - age_in_hours * 3600))


@pytest.mark.parametrize("age_in_hours", [0, 0.5, 3.5, 27.6])
def test_every_honest_repetition_is_young_enough(age_in_hours):
    assert read(make_event(timestamp=int(NOW.timestamp() - age_in_hours * 3600)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"event": 5}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"event": "x", "timestamp": ' + b"9" * 5000 + b"}",
        b" " * 300_000,
    ],
)
def test_what_is_no_event_is_unreadable(body):
    with pytest.raises(UnreadableNotice):
        read(body)
