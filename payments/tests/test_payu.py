"""PayU's API over real HTTP: PSE, Efecty and Nequi, with every outcome."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import (
    GatewayUnavailable,
    Prompt,
    Reason,
    Redirect,
    Refused,
    State,
    Voucher,
    Waiting,
)
from payments.tests.charges import RETURN, follow
from payments.tests.payu_buyer import REFERENCE, charge, counter


@pytest.fixture
def payu(sandbox):
    return gateways.get("payu")


# PSE


def test_the_banks_of_pse_are_listed_without_the_placeholder(payu):
    codes = [each.code for each in payu.choices("pse")]
    assert "1022" in codes and "0" not in codes
    assert list(payu.choices("card")) == []


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("OK", State.PAID, None),
        ("NOT_AUTHORIZED", State.FAILED, Reason.REFUSED_BY_BANK),
        ("FAIL", State.FAILED, Reason.BANK_UNREACHABLE),
        ("PENDING", State.PENDING, None),
    ],
)
def test_a_pse_buyer_is_led_to_the_bank_and_back(payu, sandbox, answer, state, reason):
    asked = charge("pse")
    assert payu.expected_step(asked) == Waiting()
    started = payu.start(asked)
    assert isinstance(started.step, Redirect)
    assert "BANCO UNION" in requests.get(started.step.url, timeout=5).text
    back = requests.post(started.step.url, data={"answer": answer}, allow_redirects=False, timeout=5)
    assert back.headers["Location"].startswith(f"{RETURN}?")
    outcome = payu.look_up(REFERENCE, started.company_reference)
    assert (outcome.state, outcome.reason, outcome.money) == (state, reason, Money(119000, "COP"))
    if state == State.PENDING:
        assert outcome.step == started.step


def test_what_is_asked_of_pse_is_what_it_documents(payu, sandbox):
    inputs = {"bank": "1022", "user_type": "1"}
    payu.start(charge("pse", inputs=inputs, document_type="NIT", document_number="900.123.456-8"))
    kept, order = sandbox.kept("payu")[0], sandbox.kept("payu_orders")[0]
    assert (kept["bank"], kept["user_type"], kept["return_url"]) == ("1022", "J", RETURN)
    assert (order["document"], order["tax"], order["base"]) == ("9001234568", "19000", "100000")


# Efecty


def test_efecty_gives_a_number_to_pay_with(payu, sandbox):
    asked = charge("efecty", expires_at=datetime.now(UTC) + timedelta(hours=72))
    started = payu.start(asked)
    assert isinstance(started.step, Voucher)
    assert started.company_reference == f"{started.step.code}-{sandbox.kept('payu')[0]['id']}"
    assert started.step.network == "Efecty"
    assert abs(started.step.expires_at - asked.expires_at) < timedelta(seconds=2)
    assert started.step.code in requests.get(started.step.receipt_url, timeout=5).text
    pdf = requests.get(f"{started.step.receipt_url}pdf/", timeout=5)
    assert pdf.content.startswith(b"%PDF") and started.step.code.encode() in pdf.content

    outcome = payu.look_up(REFERENCE, started.company_reference)
    assert (outcome.state, outcome.step) == (State.PENDING, started.step)


@pytest.mark.parametrize(
    ("answers", "state", "reason"),
    [
        (["now"], State.PAID, None),
        (["expire"], State.FAILED, Reason.EXPIRED),
        (["expire", "now"], State.PAID, None),
    ],
    ids=["paid", "expired", "paid late"],
)
def test_cash_is_paid_expires_or_comes_late(payu, sandbox, answers, state, reason):
    started = payu.start(charge("efecty"))
    for answer in answers:
        counter(sandbox, started.step.code, answer)
        follow(payu)
    end = follow(payu) if state == State.FAILED else _until(payu, state)
    assert (end.state, end.reason) == (state, reason)


def _until(payu, state):
    for _ in range(200):
        if (outcome := payu.look_up(REFERENCE)).state == state:
            return outcome
    raise AssertionError(outcome)


def test_a_time_later_than_seven_days_is_replaced_by_payus_own(payu):
    started = payu.start(charge("efecty", expires_at=datetime.now(UTC) + timedelta(days=30)))
    assert started.step.expires_at < datetime.now(UTC) + timedelta(days=7, minutes=1)


@pytest.mark.parametrize("answer", ["error", "declined"])
def test_outside_efectys_limits_nothing_can_be_paid(payu, sandbox, answer):
    sandbox.switch(payu_limits=answer)
    small = charge("efecty", money=Money(15000, "COP"), tax=None, tax_base=None)
    if answer == "error":
        with pytest.raises(GatewayUnavailable):
            payu.start(small)
    else:
        assert payu.start(small).outcome.state == State.FAILED


# Nequi


@pytest.mark.parametrize(
    ("phone", "state", "reason"),
    [
        ("3006666666", State.FAILED, Reason.REFUSED_BY_BANK),
        ("3007777777", State.PAID, None),
        ("3007777776", State.FAILED, Reason.REFUSED_BY_BANK),
        ("3007777775", State.PENDING, None),
        ("3007777774", State.FAILED, Reason.BANK_UNREACHABLE),
        ("3007777772", State.FAILED, Reason.EXPIRED),
    ],
)
def test_nequis_test_numbers_do_what_payu_says(payu, sandbox, phone, state, reason):
    sandbox.switch(speed=1000)
    started = payu.start(charge("nequi", phone=f"+57{phone}"))
    assert started.step == Prompt(phone=phone)
    if phone == "3006666666":
        assert started.outcome.state == State.FAILED
    outcome = follow(payu, seconds=0.3 if state == State.PENDING else 5)
    assert (outcome.state, outcome.reason) == (state, reason)


def test_an_ordinary_number_is_asked_on_the_phone_page(payu, sandbox):
    payu.start(charge("nequi"))
    (prompt,) = sandbox.kept("prompts")
    requests.post(f"{sandbox.url}/phone/payu/{prompt['key']}/", data={"answer": "approve"}, timeout=5)
    assert payu.look_up(REFERENCE).state == State.PAID


# What is not sent


@pytest.mark.parametrize(
    "wrong",
    [
        charge("mpesa"),
        charge("pse", inputs={"bank": "0"}),
        charge("pse", inputs={"bank": "<x>"}),
        charge("pse", inputs={"bank": "1022", "user_type": "2"}),
        charge("pse", document_number=""),
        charge("pse", document_type="??"),
        charge("efecty", document_number=""),
        charge("nequi", phone="+258841234567"),
        charge("nequi", phone="12345"),
    ],
)
def test_what_could_only_be_refused_is_not_sent(payu, sandbox, wrong):
    with pytest.raises(Refused):
        payu.expected_step(wrong)
    with pytest.raises(Refused):
        payu.start(wrong)
    assert sandbox.calls("") == 0


def test_other_money_than_whole_pesos_is_a_fault_of_ours(payu):
    with pytest.raises(ValueError, match="cannot collect"):
        payu.start(charge("efecty", money=Money("119000.50", "COP")))
