"""What the Stripe adapter makes of answers that are lost, spoilt, or about something else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Redirect, State
from payments.gateways.http import Answer, Line
from payments.gateways.stripe import Stripe, session_request
from payments.gateways.stripe_answers import from_minor, outcome_of, session_in, to_minor
from payments.gateways.stripe_line import StripeLine
from payments.tests.test_stripe import SESSIONS, charge

CREATE = f"POST {SESSIONS}"


@pytest.fixture
def stripe(sandbox):
    return gateways.get("stripe")


@pytest.mark.parametrize("kind", ["swallow", "html_after", "drop", "html", "truncated", "huge", "latin1"])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(stripe, sandbox, kind):
    sandbox.fault(CREATE, kind)
    started = stripe.start(charge())
    assert isinstance(started.step, Redirect)
    assert [started.company_reference] == [each["id"] for each in sandbox.kept("sessions")]


def test_an_answer_that_comes_too_late_is_not_waited_for(sandbox):
    sandbox.fault(CREATE, "stall", seconds=100)
    impatient = Stripe(sandbox.credentials("stripe", read_seconds="0.5"))
    assert isinstance(impatient.start(charge()).step, Redirect)
    assert len(sandbox.kept("sessions")) == 1


@pytest.mark.parametrize("kind", ["drop", "html", "redirect", "truncated", "latin1", "huge"])
def test_a_page_that_may_have_been_opened_is_never_taken_for_refused(stripe, sandbox, kind):
    sandbox.fault(CREATE, kind, times=2)
    with pytest.raises(GatewayUnavailable):
        stripe.start(charge())
    assert stripe.look_up("MZ0001A1").state == State.NOT_FOUND
    assert sandbox.calls("GET /control/trap") == 0


def test_a_page_opened_twice_over_lost_answers_is_found_in_the_list(stripe, sandbox):
    sandbox.fault(CREATE, "swallow", times=2)
    started = stripe.start(charge())
    assert isinstance(started.step, Redirect)
    assert [started.company_reference] == [each["id"] for each in sandbox.kept("sessions")]


def test_starting_again_opens_no_second_page(stripe, sandbox):
    same = charge()
    assert stripe.start(same) == stripe.start(same)
    assert len(sandbox.kept("sessions")) == 1


def test_the_same_reference_with_other_words_adopts_the_first_page(stripe, sandbox):
    first = stripe.start(charge())
    again = stripe.start(charge(money=Money("999.00", "MZN")))
    assert again.company_reference == first.company_reference
    assert len(sandbox.kept("sessions")) == 1


def test_a_500_that_stripe_remembers_is_never_taken_for_refused(stripe, sandbox):
    sandbox.switch(stripe_fails=True)
    with pytest.raises(GatewayUnavailable):
        stripe.start(charge())
    sandbox.switch(stripe_fails=False)
    with pytest.raises(GatewayUnavailable):
        stripe.start(charge())
    assert sandbox.kept("sessions") == []


def test_a_page_that_drips_is_given_up(sandbox):
    quick = Stripe(sandbox.credentials("stripe", read_seconds="0.5", connect_seconds="0.5"))
    sandbox.fault("POST /stripe/v1/checkout", "drip", times=2)
    sandbox.fault("GET /stripe/v1/checkout", "drip_headers", times=2)
    with pytest.raises(GatewayUnavailable):
        quick.start(charge())


@pytest.mark.parametrize("change", [{"secret_key": "sk_test_somebody_else"}, {"secret_key": "nonsense"}])
def test_wrong_keys_are_our_fault(sandbox, change):
    with pytest.raises(Misconfigured):
        Stripe(sandbox.credentials("stripe", **change)).start(charge())


def test_a_word_stripe_does_not_know_is_our_fault(sandbox):
    params = session_request(charge(), datetime.now(UTC)) | {"unheard_of": "1"}
    with pytest.raises(Misconfigured, match="parameter_unknown"):
        StripeLine(sandbox.credentials("stripe")).create_session(params, "key")


def test_too_busy_or_out_of_reach_was_not_asked(stripe, sandbox):
    sandbox.fault(CREATE, "busy")
    with pytest.raises(NotSent):
        stripe.start(charge())
    with pytest.raises(NotSent):
        Stripe(sandbox.credentials("stripe", api_url="http://127.0.0.1:1")).start(charge())


def test_a_second_try_that_cannot_be_sent_leaves_the_first_in_doubt(stripe, sandbox):
    sandbox.fault(CREATE, "swallow")
    sandbox.fault(CREATE, "busy")
    sandbox.fault(f"GET {SESSIONS}", "busy")
    with pytest.raises(GatewayUnavailable):
        stripe.start(charge())


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "latin1"])
def test_a_spoilt_answer_to_a_question_is_only_a_question_to_repeat(stripe, sandbox, kind):
    started = stripe.start(charge())
    sandbox.pay_by_card(started.step.url)
    sandbox.fault(f"GET {SESSIONS}", kind)
    with pytest.raises(GatewayUnavailable):
        stripe.look_up("MZ0001A1", started.company_reference)
    assert stripe.look_up("MZ0001A1", started.company_reference).state == State.PAID


ODD = [
    (404, {"detail": "no such route"}),
    (500, {"error": "invalid_client"}),
    (400, {"error": ["a"]}),
    (200, {"error": {"type": "card_error"}}),
    (200, {"id": 5, "object": "checkout.session", "payment_intent": [], "url": {"object": "x"}}),
    (200, {"object": "list", "data": {"a": 1}}),
]


@pytest.mark.parametrize(("status", "found"), ODD)
def test_an_answer_that_is_not_stripes_is_never_taken_for_one(stripe, monkeypatch, status, found):
    """A proxy between us may answer in JSON of its own."""
    answer = Answer(status=status, body=json.dumps(found).encode())
    monkeypatch.setattr(Line, "send", lambda *args, **kwargs: answer)
    with pytest.raises(GatewayUnavailable):
        stripe.start(charge())
    with pytest.raises(GatewayUnavailable):
        stripe.look_up("MZ0001A1", "cs_test_1")


# Asking


def test_an_unknown_reference_is_not_found(stripe):
    assert stripe.look_up("NEVERSENT").state == State.NOT_FOUND
    assert stripe.look_up("NEVERSENT", "cs_test_nobody").state == State.NOT_FOUND


def test_somebody_elses_page_is_not_taken_for_this_one(stripe, sandbox):
    other = stripe.start(charge(reference="OTHER1"))
    mine = stripe.start(charge())
    sandbox.pay_by_card(other.step.url)
    outcome = stripe.look_up("MZ0001A1", other.company_reference)
    assert (outcome.state, outcome.company_reference) == (State.PENDING, mine.company_reference)


@pytest.mark.parametrize("nonsense", ["../x", "cs_a b", "cs_?x=1", "cs_" + "x" * 90, "pi_123"])
def test_an_id_that_is_none_is_not_asked_about(stripe, sandbox, nonsense):
    assert stripe.look_up("MZ0001A1", nonsense).state == State.NOT_FOUND
    assert sandbox.calls("GET") == 1


def test_one_session_is_found_among_hundreds(stripe, sandbox, monkeypatch):
    monkeypatch.setattr("payments.gateways.stripe_line.PAGE", 2)
    for number in range(5):
        stripe.start(charge(reference=f"MZ0001B{number}"))
    assert stripe.look_up("MZ0001B0").state == State.PENDING
    monkeypatch.setattr("payments.gateways.stripe_line.MOST_PAGES", 2)
    with pytest.raises(GatewayUnavailable):
        stripe.look_up("MZ0001B0")


# Amounts


@given(st.integers(min_value=1, max_value=99_999_999), st.sampled_from(["mzn", "cop", "jpy"]))
def test_minor_units_and_money_are_the_same_both_ways(amount, currency):
    assert to_minor(from_minor(amount, currency)) == amount


def test_documented_amounts():
    assert to_minor(Money("149.99", "MZN")) == 14999
    assert to_minor(Money("95000", "COP")) == 9500000
    assert to_minor(Money("500", "JPY")) == 500


@pytest.mark.parametrize("amount", ["0", "-1", "0.005", "1000000"])
def test_what_stripe_cannot_move_is_not_sent(amount):
    with pytest.raises(ValueError, match="cannot move"):
        to_minor(Money(amount, "MZN"))


SESSION = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "status": "open",
    "payment_status": "unpaid",
    "amount_total": 14999,
    "currency": "mzn",
}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*SESSION, "payment_intent", "url"]), JUNK, max_size=3))
def test_whatever_a_session_says_it_is_read_or_refused(changes):
    """Nothing but GatewayUnavailable may come out of an answer that makes no sense."""
    try:
        outcome = outcome_of(session_in(SESSION | changes))
    except GatewayUnavailable:
        return
    assert outcome.state in (State.PENDING, State.PAID, State.FAILED)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "complete", "payment_status": "unpaid"}, State.PENDING),
        (
            {
                "status": "complete",
                "payment_status": "unpaid",
                "payment_intent": {"status": "requires_payment_method"},
            },
            State.FAILED,
        ),
        ({"status": "complete", "payment_status": "paid"}, State.PAID),
    ],
)
def test_a_finished_page_is_paid_only_when_it_says_so(changes, state):
    assert outcome_of(session_in(SESSION | changes)).state == state


def test_what_came_in_counts_and_not_what_was_asked():
    intent = {"amount_received": 5000, "currency": "usd"}
    session = SESSION | {"status": "complete", "payment_status": "paid", "payment_intent": intent}
    assert outcome_of(session_in(session)).money == Money("50.00", "USD")
