"""Stripe over real HTTP: the page, the card, what is asked and given back."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import CardDetails, NotSent, Reason, Redirect, RefundOrder, Refused, State
from payments.gateways.stripe import Stripe, session_request
from payments.gateways.stripe_line import API_VERSION
from payments.tests.charges import make_charge

BACK = "http://mz.localhost:8000/pay/MZ-1/MZ0001A1/back/"
SESSIONS = "/stripe/v1/checkout/sessions"
PRICE = Money("149.99", "MZN")


@pytest.fixture
def stripe(sandbox):
    return gateways.get("stripe")


def charge(**changes):
    usual = {"money": PRICE, "return_url": BACK, "language": "pt", "description": "Txova ORD-1"}
    return make_charge("card", **{"reference": "MZ0001A1", "phone": "+258841234567"} | usual | changes)


@pytest.fixture
def opened(stripe):
    return stripe.start(charge()).step.url


def test_a_card_is_paid_on_the_company_page(stripe, sandbox):
    started = stripe.start(charge())
    assert isinstance(started.step, Redirect)
    assert stripe.look_up("MZ0001A1", started.company_reference).state == State.PENDING
    assert "MZN 149.99" in requests.get(started.step.url, timeout=5).text
    back = sandbox.pay_by_card(started.step.url)
    assert (back.status_code, back.headers["Location"]) == (302, BACK)
    outcome = stripe.look_up("MZ0001A1", started.company_reference)
    assert (outcome.state, outcome.money, outcome.step) == (State.PAID, PRICE, None)
    assert outcome.company_reference == started.company_reference
    assert outcome.card == CardDetails(brand="VISA", last_four="4242", exp_month=8, exp_year=2040)


def test_what_is_asked_is_what_stripe_documents(stripe, sandbox, opened):
    (session,) = sandbox.kept("sessions")
    assert (session["amount_total"], session["currency"]) == (14999, "mzn")
    assert (session["success_url"], session["cancel_url"]) == (BACK, BACK)
    assert (session["client_reference_id"], session["locale"]) == ("MZ0001A1", "pt")
    assert session["metadata"] == session["_intent"]["metadata"] == {"reference": "MZ0001A1"}
    assert session["payment_method_types"] == ["card"]
    assert API_VERSION == "2026-06-24.dahlia"


@pytest.mark.parametrize(("minutes", "expected"), [(1, 31), (45, 45), (60 * 48, 24 * 60 - 1)])
def test_a_page_is_open_between_half_an_hour_and_a_day(minutes, expected):
    now = datetime.now(UTC)
    asked = session_request(charge(expires_at=now + timedelta(minutes=minutes)), now)
    assert asked["expires_at"] == int((now + timedelta(minutes=expected)).timestamp())


def test_a_language_stripe_is_not_asked_for_is_left_to_the_browser():
    assert session_request(charge(language="zu"), datetime.now(UTC))["locale"] == "auto"


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000009995", "4000000000009987"])
def test_after_a_declined_card_the_page_stays_open_for_another(stripe, sandbox, opened, number):
    assert sandbox.pay_by_card(opened, number).status_code == 402
    assert stripe.look_up("MZ0001A1").state == State.PENDING
    sandbox.pay_by_card(opened)
    assert stripe.look_up("MZ0001A1").state == State.PAID


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", Reason.EXPIRED),
        ("4000000000000002", Reason.REFUSED_BY_BANK),
        ("4000000000009995", Reason.INSUFFICIENT_FUNDS),
        ("4000000000000069", Reason.ACCOUNT_PROBLEM),
        ("4000000000000127", Reason.REFUSED_BY_BANK),
        ("4000000000000119", Reason.COMPANY_ERROR),
        # Whoever holds such a card is told no more than "refused".
        ("4000000000009987", Reason.REFUSED_BY_BANK),
        ("4000000000009979", Reason.REFUSED_BY_BANK),
        ("4100000000000019", Reason.REFUSED_BY_BANK),
    ],
)
def test_an_expired_page_has_failed_for_the_reason_of_the_last_card(stripe, sandbox, opened, number, reason):
    if number:
        sandbox.pay_by_card(opened, number)
    sandbox.decide("MZ0001A1", "expire")
    outcome = stripe.look_up("MZ0001A1")
    assert (outcome.state, outcome.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("number", "answer", "state"),
    [
        ("4000002760003184", "pass", State.PAID),
        ("4000002760003184", "fail", State.PENDING),
        ("4000008260003178", "pass", State.PENDING),
    ],
)
def test_a_bank_may_ask_its_customer_first(stripe, sandbox, opened, number, answer, state):
    assert "Is it you" in sandbox.pay_by_card(opened, number).text
    assert stripe.look_up("MZ0001A1").state == State.PENDING
    sandbox.pay_by_card(opened, number, answer=answer)
    assert stripe.look_up("MZ0001A1").state == state


@pytest.mark.parametrize("number", ["4242424242424241", "12", "4242 4242 4242 424x"])
def test_a_number_that_is_none_is_not_tried(stripe, sandbox, opened, number):
    assert sandbox.pay_by_card(opened, number).status_code == 422
    assert sandbox.kept("sessions")[0]["payment_intent"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"money": Money("5.00", "MZN")}, Reason.LIMIT_EXCEEDED),
        ({"money": Money("1000000.00", "MZN")}, Reason.LIMIT_EXCEEDED),
        ({"email": "no address"}, Reason.COMPANY_ERROR),
    ],
)
def test_what_stripe_will_not_take_is_a_definite_no(stripe, sandbox, changes, reason):
    with pytest.raises(Refused) as refusal:
        stripe.start(charge(**changes))
    assert refusal.value.reason == reason
    assert sandbox.kept("sessions") == []


# Called off


def test_a_page_called_off_cannot_be_paid_any_more(stripe, sandbox):
    started = stripe.start(charge())
    stripe.cancel("MZ0001A1", started.company_reference)
    assert sandbox.pay_by_card(started.step.url).status_code == 410
    assert stripe.look_up("MZ0001A1").state == State.FAILED


def test_calling_off_what_is_paid_or_unknown_changes_nothing(stripe, sandbox, opened):
    sandbox.pay_by_card(opened)
    stripe.cancel("MZ0001A1")
    stripe.cancel("NEVERSENT")
    assert stripe.look_up("MZ0001A1").state == State.PAID
    assert sandbox.calls(f"POST {SESSIONS}/") == 0


# Giving back


def order(reference="R1R1R1", amount="149.99", **changes):
    fields = {
        "reference": reference,
        "money": Money(amount, "MZN"),
        "method": "card",
        "charge_reference": "MZ0001A1",
        "charge_company_reference": "",
        "charged": PRICE,
        "paid_at": datetime.now(UTC),
    }
    return RefundOrder(**fields | changes)


def paid_with(sandbox, opened, number="4242424242424242"):
    sandbox.pay_by_card(opened, number)


def test_parts_of_a_payment_go_back_until_all_is_gone(stripe, sandbox, opened):
    paid_with(sandbox, opened)
    for number, amount in enumerate(("100.00", "49.99")):
        outcome = stripe.refund(order(f"R1R1R{number}", amount))
        assert (outcome.state, outcome.money) == (State.PAID, Money(amount, "MZN"))
        assert stripe.look_up_refund(order(f"R1R1R{number}", amount)) == outcome
    with pytest.raises(Refused):
        stripe.refund(order("R1R1R2", "0.01"))
    assert [each["metadata"]["reference"] for each in sandbox.kept("stripe_refunds")] == ["R1R1R1", "R1R1R0"]


def test_the_same_refund_twice_gives_back_once(stripe, sandbox, opened):
    paid_with(sandbox, opened)
    first = stripe.refund(order(amount="50.00"))
    assert stripe.refund(order(amount="50.00")) == first
    assert len(sandbox.kept("stripe_refunds")) == 1


def test_no_more_goes_back_than_came(stripe, sandbox, opened):
    paid_with(sandbox, opened)
    with pytest.raises(Refused):
        stripe.refund(order(amount="150.00"))
    assert not stripe.can_refund(order(amount="150.00"), datetime.now(UTC))
    assert stripe.can_refund(order(amount="149.99"), datetime.now(UTC))


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [
        ("4000000000007726", State.PENDING, State.PAID),
        ("4000000000005126", State.PAID, State.FAILED),
    ],
)
def test_a_refund_may_end_otherwise_than_it_began(stripe, sandbox, opened, number, first, last):
    paid_with(sandbox, opened, number)
    began = stripe.refund(order())
    assert began.state == first
    sandbox.wait_for("stripe_refunds", _later=None)
    ended = stripe.look_up_refund(order(company_reference=began.company_reference))
    assert (ended.state, ended.reason) == (last, Reason.ACCOUNT_PROBLEM if last == State.FAILED else None)


def test_an_unpaid_or_unknown_charge_is_not_given_back(stripe, sandbox, opened):
    with pytest.raises(Refused):
        stripe.refund(order())
    with pytest.raises(Refused):
        stripe.refund(order(charge_reference="NEVERSENT"))


def test_a_disputed_charge_is_not_given_back(stripe, sandbox, opened):
    paid_with(sandbox, opened, "4000000000000259")
    with pytest.raises(Refused):
        stripe.refund(order())


def test_a_refund_nobody_asked_for_is_not_found(stripe, sandbox, opened):
    paid_with(sandbox, opened)
    stripe.refund(order("R1R1R9", "10.00"))
    assert stripe.look_up_refund(order()).state == State.NOT_FOUND
    foreign = sandbox.kept("stripe_refunds")[0]["id"]
    assert stripe.look_up_refund(order(company_reference=foreign)).state == State.NOT_FOUND


# Lost and spoilt refunds


@pytest.mark.parametrize("kind", ["swallow", "html_after", "drop", "html", "truncated"])
def test_a_lost_refund_is_asked_for_again_under_the_same_key(stripe, sandbox, opened, kind):
    paid_with(sandbox, opened)
    sandbox.fault("POST /stripe/v1/refunds", kind)
    assert stripe.refund(order()).state == State.PAID
    assert len(sandbox.kept("stripe_refunds")) == 1


def test_a_refund_that_could_not_even_be_prepared_was_not_sent(stripe, sandbox, opened):
    paid_with(sandbox, opened)
    sandbox.fault(f"GET {SESSIONS}", "html")
    with pytest.raises(NotSent):
        stripe.refund(order())
    assert sandbox.calls("POST /stripe/v1/refunds") == 0


def test_a_key_of_another_shop_finds_nothing(sandbox, opened):
    with pytest.raises(gateways.base.Misconfigured):
        Stripe(sandbox.credentials("stripe", secret_key="sk_test_other")).look_up("MZ0001A1")
