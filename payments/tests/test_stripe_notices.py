"""Stripe's events: which are believed, and what is kept of them."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import pytest

from payments import gateways
from payments.gateways.base import ForgedNotice, UnreadableNotice
from payments.gateways.stripe import Stripe
from payments.gateways.stripe_notices import check_signature
from payments.tests.test_stripe import charge, order

SECRET = "whsec_development"
# Made with openssl dgst -sha256 -hmac, not with our code: the bodies of the documented vectors are lost.
VECTORS = [
    ("webhook_secret", 1533204620, b"{}", "ce7c8ae9028c255f3569f6bc3149d2ee7025705423b340b062ceba8081df3f7f"),
    (
        "whsec_test",
        1492774577,
        '{"name": "Ana Gómez", "id": "evt_1"}\n'.encode(),
        "5e18e6b5ed9b0313b65bc0439de65a2edcb9bda93cae504f20cd0ac6a0b184f3",
    ),
]


def header(body, *, secret=SECRET, moment=None):
    """As Stripe writes it; the moment is now unless said otherwise."""
    moment = int(time.time()) if moment is None else moment
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def signed(event, **changes):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return {"Stripe-Signature": header(body, **changes)}, body


@pytest.fixture
def stripe(sandbox):
    return gateways.get("stripe")


@pytest.fixture
def events(stripe, sandbox):
    """What is told of a paid checkout: charge, payment and session."""
    sandbox.pay_by_card(stripe.start(charge()).step.url)
    return sandbox.events(product="stripe", at_least=3)


@pytest.mark.parametrize(("secret", "moment", "body", "digest"), VECTORS)
def test_independent_vectors_come_out(secret, moment, body, digest):
    then = datetime.fromtimestamp(moment, UTC)
    check_signature({"Stripe-Signature": f"t={moment},v1={digest}"}, body, secrets=secret, now=then)


def test_every_event_of_a_payment_names_it(stripe, sandbox, events):
    notices = [stripe.read_notice(*event) for event in events]
    assert [notice.name for notice in notices] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert {notice.reference for notice in notices} == {"MZ0001A1"}
    assert notices[2].company_reference == sandbox.kept("sessions")[0]["id"]
    assert len({notice.event_id for notice in notices}) == 3


def test_nothing_personal_is_kept_of_an_event(stripe, events):
    assert b"ana@example.com" in events[2][1]
    assert b"4242" in events[0][1]
    kept = json.dumps([stripe.read_notice(*event).body for event in events])
    assert "ana@example.com" not in kept
    assert '"4242"' not in kept


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000005126"])
def test_events_of_a_refund_name_the_refund(stripe, sandbox, number):
    sandbox.pay_by_card(stripe.start(charge()).step.url, number)
    stripe.refund(order())
    if number.endswith("5126"):
        sandbox.wait_for("events", name="refund.failed")
    notices = [stripe.read_notice(*event) for event in sandbox.events(product="stripe", at_least=5)]
    refunds = [notice for notice in notices if notice.name.startswith("refund.")]
    assert {(each.reference, each.refund_reference) for each in refunds} == {("", "R1R1R1")}
    assert {each.company_reference for each in refunds} == {sandbox.kept("stripe_refunds")[0]["id"]}
    (changed,) = [notice for notice in notices if notice.name == "charge.refunded"]
    assert (changed.reference, changed.refund_reference) == ("MZ0001A1", "")


def test_a_dispute_is_told_by_its_name(stripe, sandbox):
    sandbox.pay_by_card(stripe.start(charge()).step.url, "4000000000000259")
    notices = [stripe.read_notice(*event) for event in sandbox.events(product="stripe", at_least=5)]
    (dispute,) = [notice for notice in notices if notice.name == "charge.dispute.created"]
    assert (dispute.reference, dispute.refund_reference) == ("", "")
    assert dispute.company_reference == sandbox.kept("disputes")[0]["payment_intent"]
    assert dispute.body["object"]["reason"] == "fraudulent"


def test_duplicates_have_one_event_id(stripe, sandbox):
    sandbox.switch(duplicate_events=True)
    sandbox.pay_by_card(stripe.start(charge()).step.url)
    ids = [stripe.read_notice(*each).event_id for each in sandbox.events(product="stripe", at_least=6)]
    assert (len(ids), len(set(ids))) == (6, 3)


@pytest.mark.parametrize(
    "switch", [{"stripe_two_signatures": True}, {"stripe_clock": -290}, {"stripe_clock": 290}]
)
def test_what_stripe_signed_lately_is_believed(stripe, sandbox, switch):
    sandbox.switch(**switch)
    sandbox.pay_by_card(stripe.start(charge()).step.url)
    assert stripe.read_notice(*sandbox.events(product="stripe")[0]).reference == "MZ0001A1"


@pytest.mark.parametrize(
    "switch",
    [{"wrong_checksum": True}, {"unsigned_events": True}, {"stripe_clock": -320}, {"stripe_clock": 320}],
)
def test_events_that_stripe_did_not_sign_lately_are_forged(stripe, sandbox, switch):
    sandbox.switch(**switch)
    sandbox.pay_by_card(stripe.start(charge()).step.url)
    with pytest.raises(ForgedNotice):
        stripe.read_notice(*sandbox.events(product="stripe")[0])


def test_an_unheard_of_event_is_accepted_and_only_makes_us_ask(stripe, sandbox):
    sandbox.switch(unknown_event=True)
    sandbox.pay_by_card(stripe.start(charge()).step.url)
    notice = stripe.read_notice(*sandbox.events(product="stripe")[0])
    assert notice.name == "something.unheard_of"


@pytest.mark.parametrize("secrets", [f"whsec_new,{SECRET}", f"{SECRET} whsec_new", f" {SECRET} , whsec_new"])
def test_while_the_secret_is_rolled_both_are_believed(sandbox, events, secrets):
    both = Stripe(sandbox.credentials("stripe", webhook_secrets=secrets))
    only_new = Stripe(sandbox.credentials("stripe", webhook_secrets="whsec_new"))
    assert both.read_notice(*events[0]).reference == "MZ0001A1"
    with pytest.raises(ForgedNotice):
        only_new.read_notice(*events[0])


EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "livemode": False,
    "data": {"object": {"object": "checkout.session", "id": "cs_1", "client_reference_id": "MZ0001A1"}},
}


def test_an_event_of_production_is_no_business_of_a_test_shop(stripe, sandbox):
    assert stripe.read_notice(*signed(EVENT)).reference == "MZ0001A1"
    with pytest.raises(ForgedNotice):
        stripe.read_notice(*signed(EVENT | {"livemode": True}))
    live = Stripe(sandbox.credentials("stripe", secret_key="sk_live_1"))
    assert live.read_notice(*signed(EVENT | {"livemode": True})).reference == "MZ0001A1"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "nonsense",
        "t=1",
        "v1=" + "0" * 64,
        "t=,v1={digest}",
        "t=now,v1={digest}",
        "t={moment},t={moment},v1={digest}",
        "t={moment},v0={digest}",
        "t={moment},v1={digest}x",
        "t={moment},v1=é",
        "t=99999999999999,v1={digest}",
    ],
)
def test_a_header_that_proves_nothing_is_forged(stripe, given):
    body = json.dumps(EVENT).encode()
    moment, digest = (part.partition("=")[2] for part in header(body).split(","))
    headers = {"stripe-signature": given.format(moment=moment, digest=digest)} if given is not None else {}
    with pytest.raises(ForgedNotice):
        stripe.read_notice(headers, body)


def test_the_signature_covers_the_very_bytes(stripe):
    headers, body = signed(EVENT)
    with pytest.raises(ForgedNotice):
        stripe.read_notice(headers, body + b" ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        json.dumps(EVENT, ensure_ascii=False).encode("utf-16"),
        json.dumps(EVENT | {"type": "é"}, ensure_ascii=False).encode("latin-1"),
        json.dumps(EVENT).encode()[:-9],
        json.dumps(EVENT | {"id": 5}).encode(),
        json.dumps(EVENT | {"id": ""}).encode(),
        json.dumps(EVENT | {"type": None}).encode(),
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_what_is_no_event_is_unreadable_though_it_is_signed(stripe, body):
    with pytest.raises(UnreadableNotice):
        stripe.read_notice(*signed(body))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"object": None},
        {"object": {"object": "checkout.session", "client_reference_id": None}},
        {"object": {"object": "checkout.session", "client_reference_id": "made at the dashboard, é"}},
        {"object": {"object": "refund", "metadata": []}},
        {"object": {"object": "payment_intent", "metadata": {"reference": {"a": 1}}}},
        {"object": {"object": "dispute"}},
    ],
)
def test_what_is_not_ours_is_accepted_and_names_nothing(stripe, data):
    notice = stripe.read_notice(*signed(EVENT | {"data": data}))
    assert (notice.reference, notice.refund_reference) == ("", "")
