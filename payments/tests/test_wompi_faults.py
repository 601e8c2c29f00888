"""What the Wompi adapter makes of answers that are lost, spoilt, or about something else."""

import pytest

from payments import gateways
from payments.gateways.base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Prompt,
    State,
)
from payments.gateways.wompi import Wompi
from payments.tests.charges import follow, make_charge

TRANSACTIONS = "POST /wompi/v1/transactions"
MERCHANT = "GET /wompi/v1/merchants"


@pytest.fixture
def wompi(sandbox):
    return gateways.get("wompi")


# Lost and spoilt answers


@pytest.mark.parametrize("kind", ["swallow", "stall", "html_after"])
def test_a_lost_answer_is_found_again_by_reference(sandbox, kind):
    sandbox.fault(TRANSACTIONS, kind, seconds=100)
    impatient = Wompi(sandbox.credentials("wompi", read_seconds="0.5"))
    started = impatient.start(make_charge())
    assert isinstance(started.step, Prompt)
    assert [started.company_reference] == [kept["id"] for kept in sandbox.kept("transactions")]


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "latin1", "drip"])
def test_an_unheard_charge_is_never_taken_for_refused(sandbox, kind):
    sandbox.fault(TRANSACTIONS, kind)
    impatient = Wompi(sandbox.credentials("wompi", read_seconds="1", connect_seconds="1"))
    with pytest.raises(GatewayUnavailable):
        impatient.start(make_charge())
    assert impatient.look_up("CO0001A1").state == State.NOT_FOUND
    assert sandbox.calls("GET /control/trap") == 0


def test_starting_again_after_a_lost_answer_opens_no_second_payment(wompi, sandbox):
    first = wompi.start(make_charge())
    again = wompi.start(make_charge())
    assert again.company_reference == first.company_reference
    assert len(sandbox.kept("transactions")) == 1


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "busy"])
def test_without_acceptance_tokens_nothing_was_sent(wompi, sandbox, kind):
    sandbox.fault(MERCHANT, kind)
    with pytest.raises(NotSent):
        wompi.start(make_charge())
    assert sandbox.calls(TRANSACTIONS) == 0


def test_a_company_too_busy_to_listen_was_not_asked(wompi, sandbox):
    sandbox.fault(TRANSACTIONS, "busy")
    with pytest.raises(NotSent):
        wompi.start(make_charge())


def test_a_company_that_cannot_be_reached_was_not_asked(sandbox):
    with pytest.raises(NotSent):
        Wompi(sandbox.credentials("wompi", api_url="http://127.0.0.1:1/v1")).start(make_charge())


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "latin1"])
def test_a_spoilt_answer_to_a_question_is_only_a_question_to_repeat(wompi, sandbox, kind):
    started = wompi.start(make_charge(phone="+573991111111"))
    sandbox.fault("GET /wompi/v1/transactions", kind)
    with pytest.raises(GatewayUnavailable):
        wompi.look_up("CO0001A1", started.company_reference)
    assert follow(wompi).state == State.PAID


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": "pub_test_somebody_else"},
        {"public_key": "nonsense"},
        {"public_key": "pub_prod_development0000"},
        {"integrity_secret": "test_integrity_wrong"},
    ],
)
def test_wrong_keys_are_our_fault(sandbox, change):
    with pytest.raises(Misconfigured):
        Wompi(sandbox.credentials("wompi", **change)).start(make_charge())
    assert sandbox.kept("transactions") == []


def test_a_wrong_private_key_is_our_fault(sandbox):
    with pytest.raises(Misconfigured):
        Wompi(sandbox.credentials("wompi", private_key="prv_test_wrong")).look_up("CO0001A1")


# Asking


def test_an_unknown_reference_is_not_found(wompi):
    assert wompi.look_up("NEVERSENT").state == State.NOT_FOUND
    assert wompi.look_up("NEVERSENT", "1292-1-1").state == State.NOT_FOUND


def test_somebody_elses_payment_is_not_taken_for_this_one(wompi):
    """The buyer's browser brings the id back; a foreign one pays nothing."""
    other = wompi.start(make_charge(reference="OTHER1", phone="+573991111111"))
    mine = wompi.start(make_charge())
    assert follow(wompi, "OTHER1").state == State.PAID
    assert wompi.look_up("CO0001A1", other.company_reference).state == State.PENDING
    assert wompi.look_up("CO0001A1", other.company_reference).company_reference == mine.company_reference


@pytest.mark.parametrize("nonsense", ["../merchants/x", "a b", "?x=1", "x" * 65, "%2e%2e"])
def test_an_id_that_is_none_is_not_asked_about(wompi, sandbox, nonsense):
    assert wompi.look_up("CO0001A1", nonsense).state == State.NOT_FOUND
    assert sandbox.calls("GET") == 1
