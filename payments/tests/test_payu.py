"""PayU over real HTTP: cards on its page, PSE, Efecty and Nequi, with every outcome."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import (
    CardDetails,
    GatewayUnavailable,
    PostForm,
    Prompt,
    Reason,
    Redirect,
    Refused,
    State,
    Voucher,
    Waiting,
)
from payments.gateways.payu import PayU
from payments.gateways.payu_signing import digest, response_value
from payments.tests.charges import RETURN, follow, make_charge

REFERENCE = "CO0001A1"
PLACE = {
    "city": "Bogotá",
    "region": "Bogotá D.C.",
    "street": "Calle 72 # 10-34",
    "language": "es",
    "description": "MeStore ORD-1",
    "notify_url": "http://co.localhost:8000/webhooks/payu/",
    "user_agent": "Mozilla/5.0",
    "tax_base": Money(100000, "COP"),
}


def charge(method="card", **changes):
    usual = {"inputs": {"bank": "1022", "user_type": "0"}} if method == "pse" else {}
    return make_charge(method, **PLACE | usual | changes)


@pytest.fixture
def payu(sandbox):
    return gateways.get("payu")


def open_page(payu, **changes):
    """The buyer's browser sends the form; answers the address of PayU's page."""
    asked = charge(**changes)
    started = payu.start(asked)
    answer = requests.post(started.step.url, data=payu.form_fields(asked), allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return started.step.url.removesuffix("/payu/checkout/") + answer.headers["Location"]


def pay(page, answer, **typed):
    data = {"card": "4097440000000004", "answer": answer} | typed
    return requests.post(page, data=data, allow_redirects=False, timeout=5)


# Cards


def test_a_card_is_taken_on_payus_page(payu, sandbox):
    asked = charge()
    assert payu.start(asked).step == PostForm(url=f"{sandbox.url}/payu/checkout/")
    assert sandbox.calls("") == 0
    assert payu.look_up(REFERENCE).state == State.NOT_FOUND

    back = pay(open_page(payu), "approve", installments="12")
    outcome = payu.look_up(REFERENCE)
    assert (outcome.state, outcome.money) == (State.PAID, Money(119000, "COP"))
    assert outcome.card == CardDetails(brand="VISA", last_four="0004", installments=12)
    assert back.headers["Location"].startswith(RETURN)


def test_the_form_says_what_is_asked_and_no_more(payu):
    fields = payu.form_fields(charge())
    assert fields["amount"] == "119000"
    assert (fields["tax"], fields["taxReturnBase"]) == ("19000", "100000")
    assert fields["responseUrl"] == RETURN
    assert fields["confirmationUrl"].endswith("/webhooks/payu/")
    assert "PSE" not in fields["paymentMethods"] and "EFECTY" not in fields["paymentMethods"]
    assert fields["test"] == "0"


def test_without_tax_zero_is_said_because_silence_means_19_percent(payu):
    fields = payu.form_fields(charge(tax=None, tax_base=None))
    assert (fields["tax"], fields["taxReturnBase"]) == ("0", "0")


@pytest.mark.parametrize(
    "changes", [{"amount": "100"}, {"paymentMethods": "PSE"}, {"merchantId": "1"}, {"currency": "USD"}]
)
def test_a_changed_form_is_turned_away(payu, changes):
    asked = charge()
    fields = dict(payu.form_fields(asked)) | changes
    assert requests.post(payu.start(asked).step.url, data=fields, timeout=5).status_code == 422


def test_chosen_instalments_are_the_only_ones_offered(payu):
    assert payu.form_fields(charge(inputs={"installments": "12"}))["paymentMethods"].startswith("VISA-12,")
    open_page(payu, inputs={"installments": "36"})
    for wrong in ("0", "37", "1e1", "-1", "９"):
        with pytest.raises(Refused):
            payu.form_fields(charge(inputs={"installments": wrong}))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("refuse", Reason.REFUSED_BY_BANK),
        ("funds", Reason.INSUFFICIENT_FUNDS),
        ("fail", Reason.BANK_UNREACHABLE),
    ],
)
def test_a_refused_card_says_why(payu, answer, reason):
    pay(open_page(payu), answer)
    outcome = payu.look_up(REFERENCE)
    assert (outcome.state, outcome.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ({"name": "APPROVED", "cvv": "777", "month": "05"}, State.PAID),
        ({"name": "REJECTED", "cvv": "666", "month": "07"}, State.FAILED),
    ],
)
def test_payus_magic_words_decide(payu, typed, state):
    pay(open_page(payu), "", **typed)
    assert payu.look_up(REFERENCE).state == state


def test_declined_then_approved_under_one_reference_is_paid_once(payu, sandbox):
    page = open_page(payu)
    pay(page, "refuse")
    pay(page, "approve", card="5471300000000003")
    outcome = payu.look_up(REFERENCE)
    assert (outcome.state, outcome.money) == (State.PAID, Money(119000, "COP"))
    assert outcome.card.brand == "MASTERCARD"
    assert len(sandbox.kept("payu")) == 2


def test_a_refused_buyer_may_still_be_on_the_page(payu, sandbox):
    patient = PayU(sandbox.credentials("payu", retry_window_seconds="600"))
    pay(open_page(payu), "refuse")
    assert patient.look_up(REFERENCE).state == State.PENDING
    # Who comes back to the shop has left it.
    assert patient.look_up(REFERENCE, sandbox.kept("payu")[0]["id"]).state == State.FAILED


def test_a_second_payment_under_one_reference_is_told_when_asked_for_by_name(payu, sandbox):
    pay(open_page(payu), "approve")
    sandbox.decide(REFERENCE, "again")
    first = payu.look_up(REFERENCE)
    notices = [payu.read_notice(*each) for each in sandbox.events(at_least=2, product="payu")]
    second = payu.look_up(REFERENCE, notices[1].company_reference)
    assert first.company_reference == notices[0].company_reference != second.company_reference
    assert first.money == second.money == Money(119000, "COP")


def test_a_card_under_review_is_pending_until_decided(payu, sandbox):
    pay(open_page(payu), "review")
    assert payu.look_up(REFERENCE).state == State.PENDING
    sandbox.decide(REFERENCE, "approve")
    assert payu.look_up(REFERENCE).state == State.PAID


def test_the_way_back_is_signed_with_the_rounding_of_the_document(payu, sandbox):
    back = pay(open_page(payu), "approve").headers["Location"]
    told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    words = (told["merchantId"], REFERENCE, response_value(told["TX_VALUE"]), "COP", told["transactionState"])
    assert told["signature"] == digest("MD5", *words, key=payu.credentials["api_key"])


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


def counter(sandbox, number, answer):
    requests.post(f"{sandbox.url}/payu/efecty/", data={"number": number, "answer": answer}, timeout=5)


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
