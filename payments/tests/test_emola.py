"""e-Mola over real HTTP: every way a payment can go, in quick motion."""

import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import (
    Charge,
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Prompt,
    Reason,
    Refused,
    State,
)
from payments.gateways.emola import EMola
from payments.gateways.emola_soap import transaction_id

CALL = "POST /BCCSGateway"


def make_charge(ending="10", *, reference="PMZ00000000001A1", money=1500, phone=None, **fields):
    return Charge(
        reference=reference,
        money=Money(money, "MZN"),
        method="emola",
        email="bento@example.com",
        phone=phone or f"+2588612345{ending}",
        full_name="Bento Machel",
        document_type="",
        document_number="",
        return_url="http://mz.localhost:8000/",
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
        **fields,
    )


@pytest.fixture
def emola(sandbox):
    return gateways.get("emola")


def follow(company, reference="PMZ00000000001A1", *, until=(State.PAID, State.FAILED), seconds=5):
    end = time.monotonic() + seconds
    while True:
        outcome = company.look_up(reference)
        if outcome.state in until or time.monotonic() > end:
            return outcome
        time.sleep(0.02)


def begin(emola, charge):
    """What start() leaves us knowing; in doubt it may raise instead."""
    try:
        return emola.start(charge).outcome.state
    except GatewayUnavailable:
        return State.UNKNOWN


def test_a_typed_pin_pays_at_once(emola, sandbox):
    started = emola.start(make_charge(description="Encomenda nº 7: maçãs", language="pt"))
    assert started.step == Prompt(phone="+258861234510", seconds=60)
    assert (started.outcome.state, started.outcome.money) == (State.PAID, Money(1500, "MZN"))
    kept = sandbox.kept("emola")[0]
    assert started.company_reference == kept["request"]
    assert kept["id"] == "E000PMZ00000000001A1"
    assert (kept["reference"], kept["phone"], kept["amount"]) == ("PMZ00000000001A1", "861234510", "1500")
    assert kept["text"] == "Encomenda no 7: macas"


@pytest.mark.parametrize(
    ("ending", "at_first", "at_last"),
    [
        ("70", State.PENDING, State.PAID),
        ("71", State.PENDING, State.PAID),
        ("72", State.PENDING, State.FAILED),
        ("74", State.UNKNOWN, State.FAILED),
        ("75", State.UNKNOWN, State.PAID),
        ("76", State.FAILED, State.FAILED),
        ("77", State.FAILED, State.FAILED),
        ("78", State.FAILED, State.FAILED),
        ("79", State.FAILED, State.FAILED),
        ("80", State.UNKNOWN, State.PAID),
        ("81", State.UNKNOWN, State.PAID),
        ("82", State.UNKNOWN, State.FAILED),
        ("84", State.UNKNOWN, State.FAILED),
        ("85", State.UNKNOWN, State.PAID),
        ("86", State.UNKNOWN, State.PAID),
        ("87", State.PENDING, State.PAID),
    ],
)
def test_every_number_of_the_table_begins_and_ends_as_documented(emola, sandbox, ending, at_first, at_last):
    assert begin(emola, make_charge(ending)) == at_first
    assert follow(emola).state == at_last
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize("ending", ["73", "83"])
def test_what_the_company_never_finds_stays_unknown(emola, ending):
    begin(emola, make_charge(ending))
    outcome = follow(emola, until=(State.UNKNOWN,))
    assert (outcome.state, outcome.company_message[:2]) == (State.UNKNOWN, "15")


@pytest.mark.parametrize("original", ["escaped", "cdata"])
@pytest.mark.parametrize("prefix", ["S", "soapenv"])
def test_the_envelope_is_read_as_each_integration_has_seen_it(emola, sandbox, original, prefix):
    sandbox.switch(emola_original=original, emola_prefix=prefix)
    assert emola.start(make_charge()).outcome.state == State.PAID
    assert emola.look_up("PMZ00000000001A1").state == State.PAID


def test_the_same_push_twice_is_asked_about_and_neither_paid_nor_failed(emola, sandbox):
    emola.start(make_charge())
    again = emola.start(make_charge())
    assert (again.outcome.state, again.outcome.company_message[:2]) == (State.UNKNOWN, "14")
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize(("answer", "state"), [("approve", State.PAID), ("refuse", State.FAILED)])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_person_can_answer_on_the_phone_page(emola, sandbox, answer, state, asynchronous):
    sandbox.switch(emola_asynchronous=asynchronous)
    call = Thread(target=lambda: emola.start(make_charge("99")))
    call.start()
    prompt = sandbox.wait_for("prompts", reference="PMZ00000000001A1")
    page = requests.get(f"{sandbox.url}/phone/", timeout=5).text
    assert "e-Mola on +258861234599" in page
    assert "Type the PIN" in page
    requests.post(f"{sandbox.url}/phone/emola/{prompt['key']}/", data={"answer": answer}, timeout=5)
    call.join(timeout=5)
    assert emola.look_up("PMZ00000000001A1").state == state
    assert len(sandbox.kept("events")) == asynchronous


def test_our_read_time_out_leaves_the_prompt_alive_and_the_query_decides(sandbox):
    """The line is shut before the customer has typed: the money moves afterwards."""
    sandbox.switch(speed=20)
    impatient = EMola(sandbox.credentials("emola", read_seconds="0.2"))
    with pytest.raises(GatewayUnavailable):
        impatient.start(make_charge("75"))
    assert impatient.look_up("PMZ00000000001A1").state == State.PENDING
    sandbox.switch(speed=1000)
    assert follow(impatient).state == State.PAID
    assert len(sandbox.kept("emola")) == 1


FAULTS = ["html", "html_after", "huge", "redirect", "truncated", "latin1", "drop", "swallow", "busy"]


@pytest.mark.parametrize("kind", [*FAULTS, "drip"])
def test_every_spoilt_answer_to_a_push_leaves_doubt(sandbox, kind):
    sandbox.fault(CALL, kind)
    quick = EMola(sandbox.credentials("emola", read_seconds="1", connect_seconds="1"))
    with pytest.raises(GatewayUnavailable):
        quick.start(make_charge())
    assert sandbox.calls("GET /control/trap") == 0


@pytest.mark.parametrize("kind", FAULTS)
def test_a_spoilt_answer_to_a_query_tells_nothing(sandbox, kind):
    quick = EMola(sandbox.credentials("emola", query_read_seconds="1", connect_seconds="1"))
    quick.start(make_charge())
    sandbox.fault(CALL, kind)
    with pytest.raises(GatewayUnavailable):
        quick.look_up("PMZ00000000001A1")
    assert quick.look_up("PMZ00000000001A1").state == State.PAID


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/BCCSGateway", "http://no-such-host.invalid/BCCSGateway"])
def test_a_company_that_cannot_be_reached_was_not_asked(sandbox, url):
    with pytest.raises(NotSent):
        EMola(sandbox.credentials("emola", url=url)).start(make_charge())


@pytest.mark.parametrize(
    "change",
    [{"username": "wrong"}, {"password": "wrong"}, {"partner_code": "wrong"}, {"key": "wrong"}],
)
def test_wrong_keys_are_our_fault(sandbox, change):
    stranger = EMola(sandbox.credentials("emola", **change))
    with pytest.raises(Misconfigured):
        stranger.start(make_charge())
    with pytest.raises(Misconfigured):
        stranger.look_up("PMZ00000000001A1")
    assert sandbox.kept("emola") == []


@pytest.mark.parametrize("layer", ["gateway", "business"])
def test_an_address_that_is_not_on_the_list_is_our_fault(emola, sandbox, layer):
    sandbox.switch(emola_wrong_ip=layer)
    with pytest.raises(Misconfigured):
        emola.start(make_charge())


def test_secrets_with_signs_of_xml_arrive_as_they_are(sandbox):
    """Were they not escaped, the envelope would be broken and the answer another one."""
    with pytest.raises(Misconfigured, match="98"):
        EMola(sandbox.credentials("emola", key="""a<b>&"c'</key>""")).start(make_charge())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"money": "1500.50"}, Reason.WHOLE_AMOUNTS),
        ({"money": "0.01"}, Reason.WHOLE_AMOUNTS),
        ({"money": 100_000}, Reason.LIMIT_EXCEEDED),
        ({"phone": "+258841234567"}, Reason.INVALID_PHONE),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(emola, sandbox, change, reason):
    for attempt in (emola.start, emola.expected_step):
        with pytest.raises(Refused) as refusal:
            attempt(make_charge(**change))
        assert refusal.value.reason == reason
    assert sandbox.calls(CALL) == 0


def test_emola_gives_nothing_back_by_itself(emola):
    assert not emola.can_refund(None, datetime.now(UTC))


def test_a_transaction_id_is_ours_to_rebuild(emola, sandbox):
    emola.start(make_charge(reference="PAB1"))
    assert sandbox.kept("emola")[0]["id"] == transaction_id("PAB1") == "E" + "0" * 15 + "PAB1"
