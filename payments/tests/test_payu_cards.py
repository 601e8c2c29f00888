"""Cards on PayU's page, over real HTTP: approved, declined, declined then approved, under review."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import CardDetails, PostForm, Reason, Refused, State
from payments.gateways.payu import PayU
from payments.gateways.payu_signing import digest, response_value
from payments.tests.charges import RETURN
from payments.tests.payu_buyer import REFERENCE, charge, open_page, pay


@pytest.fixture
def payu(sandbox):
    return gateways.get("payu")


def test_a_card_is_taken_on_payus_page(payu, sandbox):
    asked = charge()
    assert payu.start(asked).step == PostForm(url=f"{sandbox.url}/payu/checkout/")
    assert sandbox.calls("") == 0
    assert payu.look_up(REFERENCE).state == State.NOT_FOUND

    back = pay(open_page(payu), "approve", installments="12")
    outcome = payu.look_up(REFERENCE)
    assert (outcome.state, outcome.money) == (State.PAID, Money(119000, "COP"))
    assert outcome.card == CardDetails(brand="VISA", last_four="0004", installments=12, first_six="409744")
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
        ("EXPIRED_CARD", Reason.INVALID_CARD),
        ("INTERNAL_PAYMENT_PROVIDER_ERROR", Reason.COMPANY_ERROR),
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
    outcome = payu.look_up(REFERENCE)
    assert (outcome.state, outcome.step.kind) == (State.PENDING, "review")
    sandbox.decide(REFERENCE, "approve")
    assert payu.look_up(REFERENCE).state == State.PAID


def test_the_way_back_is_signed_with_the_rounding_of_the_document(payu, sandbox):
    back = pay(open_page(payu), "approve").headers["Location"]
    told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    words = (told["merchantId"], REFERENCE, response_value(told["TX_VALUE"]), "COP", told["transactionState"])
    assert told["signature"] == digest("MD5", *words, key=payu.credentials["api_key"])
