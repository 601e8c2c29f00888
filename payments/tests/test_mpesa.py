"""M-Pesa over real HTTP: every way a payment can go, in quick motion."""

import json
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
    Outcome,
    Prompt,
    Reason,
    Refused,
    State,
    UnreadableNotice,
)
from payments.gateways.mpesa import MPesa

C2B = "POST /ipg/v1x/c2bPayment"
QUERY = "GET /ipg/v1x/queryTransactionStatus"


def make_charge(ending="10", *, reference="MZ0001A1", money="1499.50", phone=None):
    return Charge(
        reference=reference,
        money=Money(money, "MZN"),
        method="mpesa",
        email="bento@example.com",
        phone=phone or f"+2588412345{ending}",
        full_name="Bento Machel",
        document_type="",
        document_number="",
        return_url="http://mz.localhost:8000/",
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
    )


def answer_of(question):
    """What was answered; where no answer came at all, only that nobody knows."""
    try:
        return question()
    except GatewayUnavailable:
        return Outcome(state=State.UNKNOWN)


def start(mpesa, charge):
    return answer_of(lambda: mpesa.start(charge).outcome)


@pytest.fixture
def mpesa(sandbox):
    return gateways.get("mpesa")


def test_a_typed_pin_pays_at_once(mpesa, sandbox):
    started = mpesa.start(make_charge())
    assert started.step == Prompt(phone="+258841234510", seconds=60)
    assert started.outcome.state == State.PAID
    assert started.outcome.money == Money("1499.50", "MZN")
    kept = sandbox.kept("mpesa")[0]
    assert started.company_reference == kept["transaction"]
    assert (kept["reference"], kept["id"], kept["amount"]) == ("MZ0001A1", "TMZ0001A1", "1499.5")


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("80", Reason.CANCELLED_BY_BUYER),
        ("81", Reason.INSUFFICIENT_FUNDS),
        ("87", Reason.REFUSED_BY_BANK),
        ("88", Reason.ACCOUNT_PROBLEM),
        ("89", Reason.INVALID_PHONE),
    ],
)
def test_a_clear_no_is_failed_with_a_reason_for_people(mpesa, ending, reason):
    outcome = mpesa.start(make_charge(ending)).outcome
    assert (outcome.state, outcome.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("ending", "then"),
    [
        ("82", State.FAILED),
        ("83", State.PAID),
        ("84", State.PAID),
        ("85", State.FAILED),
        ("86", State.PAID),
        ("91", State.PAID),
        ("95", State.FAILED),
    ],
)
def test_an_unclear_answer_is_unknown_until_the_query_says_what_became_of_it(mpesa, ending, then):
    outcome = start(mpesa, make_charge(ending))
    assert outcome.state == State.UNKNOWN
    assert mpesa.look_up("MZ0001A1", outcome.company_reference).state == then
    assert mpesa.look_up("MZ0001A1").state == then


def test_an_expired_prompt_is_told_from_a_cancelled_one(mpesa):
    mpesa.start(make_charge("82", reference="MZEXPIRED"))
    mpesa.start(make_charge("85", reference="MZCANCELLED"))
    assert mpesa.look_up("MZEXPIRED").reason == Reason.EXPIRED
    assert mpesa.look_up("MZCANCELLED").reason == Reason.CANCELLED_BY_BUYER


def test_an_overloaded_company_is_asked_about_and_later_works(mpesa):
    for number in (1, 2):
        assert mpesa.start(make_charge("90", reference=f"MZBUSY{number}")).outcome.state == State.UNKNOWN
        assert mpesa.look_up(f"MZBUSY{number}").state == State.FAILED
    assert mpesa.start(make_charge("90", reference="MZBUSY3")).outcome.state == State.PAID


@pytest.mark.parametrize("ending", ["92", "93"])
def test_an_accepted_payment_is_not_a_paid_one(mpesa, sandbox, ending):
    sandbox.switch(speed=4)
    started = mpesa.start(make_charge(ending))
    assert started.outcome.state == State.UNKNOWN
    assert mpesa.look_up("MZ0001A1", started.company_reference).state == State.UNKNOWN
    end = datetime.now() + timedelta(seconds=20)
    while (found := mpesa.look_up("MZ0001A1")).state == State.UNKNOWN and datetime.now() < end:
        pass
    assert found.state == State.PAID


def test_a_query_may_say_it_has_nothing_yet(mpesa):
    assert mpesa.start(make_charge("94")).outcome.state == State.UNKNOWN
    assert mpesa.look_up("MZ0001A1").state == State.UNKNOWN
    assert mpesa.look_up("MZ0001A1").state == State.PAID


def test_an_unheard_reference_stays_unknown(mpesa):
    assert mpesa.look_up("NEVERSENT").state == State.UNKNOWN


def test_the_same_reference_twice_is_neither_paid_nor_failed(mpesa, sandbox):
    mpesa.start(make_charge())
    again = mpesa.start(make_charge())
    assert again.outcome.state == State.UNKNOWN
    assert "INS-10" in again.outcome.company_message
    assert len(sandbox.kept("mpesa")) == 1


@pytest.mark.parametrize(("answer", "state"), [("approve", State.PAID), ("refuse", State.FAILED)])
def test_a_person_can_answer_on_the_phone_page(mpesa, sandbox, answer, state):
    found = []
    call = Thread(target=lambda: found.append(mpesa.start(make_charge("99")).outcome.state))
    call.start()
    prompt = sandbox.wait_for("prompts", reference="MZ0001A1")
    page = requests.get(f"{sandbox.url}/phone/", timeout=5).text
    assert "M-Pesa on +258841234599" in page
    requests.post(f"{sandbox.url}/phone/mpesa/{prompt['key']}/", data={"answer": answer}, timeout=5)
    call.join(timeout=5)
    assert found == [state]


def test_our_read_time_out_leaves_the_prompt_alive_and_the_query_decides(sandbox):
    """The line is shut before the customer has typed: the money moves afterwards."""
    sandbox.switch(speed=20)
    impatient = MPesa(sandbox.credentials("mpesa", read_seconds="0.2"))
    with pytest.raises(GatewayUnavailable):
        impatient.start(make_charge("83"))
    assert impatient.look_up("MZ0001A1").state == State.UNKNOWN
    sandbox.switch(speed=1000)
    end = datetime.now() + timedelta(seconds=6)
    while (found := impatient.look_up("MZ0001A1")).state == State.UNKNOWN and datetime.now() < end:
        pass
    assert found.state == State.PAID
    assert sandbox.calls(C2B) == 1


@pytest.mark.parametrize(
    "kind",
    [
        "html",
        "html_after",
        "error",
        "busy",
        "huge",
        "redirect",
        "truncated",
        "drop",
        "swallow",
        "stall",
        "drip",
    ],
)
def test_every_spoilt_answer_to_a_charge_is_unknown(sandbox, kind):
    sandbox.fault(C2B, kind, seconds=200)
    quick = MPesa(sandbox.credentials("mpesa", read_seconds="1", connect_seconds="1"))
    assert start(quick, make_charge()).state == State.UNKNOWN
    assert sandbox.calls("GET /control/trap") == 0


@pytest.mark.parametrize(
    "kind",
    ["html", "html_after", "error", "busy", "huge", "redirect", "truncated", "latin1", "drop", "drip"],
)
def test_a_spoilt_answer_to_a_query_tells_nothing(mpesa, sandbox, kind):
    mpesa.start(make_charge())
    sandbox.fault(QUERY, kind, times=5)
    quick = MPesa(sandbox.credentials("mpesa", query_read_seconds="0.5", connect_seconds="0.5"))
    assert answer_of(lambda: quick.look_up("MZ0001A1")).state == State.UNKNOWN


def test_a_company_that_cannot_be_reached_was_not_asked(sandbox):
    nowhere = MPesa(sandbox.credentials("mpesa", c2b_port="1"))
    with pytest.raises(NotSent):
        nowhere.start(make_charge())


def test_a_host_without_an_address_was_not_asked(sandbox):
    nowhere = MPesa(sandbox.credentials("mpesa", host="http://no-such-host.invalid"))
    with pytest.raises(NotSent):
        nowhere.start(make_charge())


def test_a_wrong_api_key_is_our_fault(sandbox):
    with pytest.raises(Misconfigured):
        MPesa(sandbox.credentials("mpesa", api_key="another")).start(make_charge())
    assert sandbox.kept("mpesa") == []


def test_a_foreign_number_is_refused_before_anything_is_sent(mpesa, sandbox):
    with pytest.raises(Refused):
        mpesa.start(make_charge(phone="+258861234567"))
    with pytest.raises(Refused):
        mpesa.expected_step(make_charge(phone="+258861234567"))
    assert sandbox.calls(C2B) == 0


@pytest.mark.parametrize("reference", ["mz0001", "MZ-0001", "MZ1", "M" * 19, ""])
def test_a_reference_that_mpesa_could_not_carry_is_never_made(reference):
    with pytest.raises(ValueError, match="reference"):
        make_charge(reference=reference)


def callback(**changes):
    result = {
        "input_OriginalConversationID": "c0ffee",
        "input_ThirdPartyReference": "TMZ0001A1",
        "input_TransactionID": "abc123",
        "input_ResultCode": "0",
        "input_ResultDesc": "Success",
    } | changes
    return json.dumps(result).encode()


def test_a_callback_is_a_hint_about_one_reference_and_nothing_more(mpesa):
    notice = mpesa.read_notice({}, callback())
    assert notice.reference == "MZ0001A1"
    assert notice.company_reference == ""
    assert notice.reply == {
        "output_OriginalConversationID": "c0ffee",
        "output_ResponseCode": "0",
        "output_ResponseDesc": "Successfully Accepted Result",
        "output_ThirdPartyConversationID": "TMZ0001A1",
    }


def test_the_same_callback_has_the_same_event_id(mpesa):
    assert mpesa.read_notice({}, callback()).event_id == mpesa.read_notice({}, callback()).event_id


def test_a_callback_about_something_else_is_answered_but_names_no_payment_of_ours(mpesa):
    assert mpesa.read_notice({}, callback(input_ThirdPartyReference="other-thing")).reference == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        callback(input_ThirdPartyReference=""),
        callback(input_ThirdPartyReference=5),
        callback(input_ThirdPartyReference="T' OR 1=1"),
        callback(input_ThirdPartyReference="T\x00"),
        callback(input_OriginalConversationID=["c"]),
        callback(input_ResultCode="x" * 51),
        b"[" * 10_000,
        b" " * 20_000,
    ],
)
def test_a_broken_callback_is_unreadable(mpesa, body):
    with pytest.raises(UnreadableNotice):
        mpesa.read_notice({}, body)


def test_the_sandbox_posts_the_callback_of_an_asynchronous_payment(mpesa, sandbox):
    mpesa.start(make_charge("92"))
    (_headers, body), *_ = sandbox.events(product="mpesa")
    assert mpesa.read_notice({}, body).reference == "MZ0001A1"
