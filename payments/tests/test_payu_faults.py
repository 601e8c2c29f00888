"""What the PayU adapter makes of answers that are lost, spoilt, wrong, or about something else."""

import json

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Refused, State, Voucher
from payments.gateways.http import Answer
from payments.gateways.payu import PayU
from payments.gateways.payu_answers import REASONS, orders_in, outcome_of, read, transactions_of
from payments.tests.payu_buyer import REFERENCE, charge, counter, open_page, pay

PAYMENTS = "POST /payu/payments-api"
REPORTS = "POST /payu/reports-api"


@pytest.fixture
def payu(sandbox):
    return gateways.get("payu")


@pytest.mark.parametrize("kind", ["swallow", "stall", "html_after"])
def test_a_lost_answer_is_found_again_by_reference(sandbox, kind):
    sandbox.fault(PAYMENTS, kind, seconds=100)
    started = PayU(sandbox.credentials("payu", read_seconds="0.5")).start(charge("efecty"))
    assert isinstance(started.step, Voucher)
    assert [started.company_reference] == [f"{each['order']}-{each['id']}" for each in sandbox.kept("payu")]
    assert len(sandbox.kept("payu")) == 1


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "latin1", "drip", "busy"])
def test_an_unheard_charge_is_never_taken_for_refused(sandbox, kind):
    sandbox.fault(PAYMENTS, kind)
    impatient = PayU(sandbox.credentials("payu", read_seconds="1", connect_seconds="1"))
    with pytest.raises(GatewayUnavailable):
        impatient.start(charge("pse"))
    assert impatient.look_up(REFERENCE).state == State.NOT_FOUND
    assert sandbox.calls("GET /control/trap") == 0


def test_a_company_that_cannot_be_reached_was_not_asked(sandbox):
    nobody = PayU(sandbox.credentials("payu", api_url="http://127.0.0.1:1/service.cgi"))
    with pytest.raises(NotSent):
        nobody.start(charge("pse"))


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated", "latin1"])
def test_a_spoilt_answer_to_a_question_is_only_a_question_to_repeat(payu, sandbox, kind):
    started = payu.start(charge("efecty"))
    counter(sandbox, started.step.code, "now")
    sandbox.fault(REPORTS, kind)
    with pytest.raises(GatewayUnavailable):
        payu.look_up(REFERENCE)
    assert payu.look_up(REFERENCE).state in (State.PENDING, State.PAID)


@pytest.mark.parametrize(
    "changes", [{"api_key": "wrong"}, {"api_login": "wrong"}, {"account_id": "1"}, {"merchant_id": "1"}]
)
def test_wrong_keys_are_our_fault(sandbox, changes):
    with pytest.raises(Misconfigured) as fault:
        PayU(sandbox.credentials("payu", **changes)).start(charge("pse"))
    assert "wrong" not in str(fault.value)
    if "api_key" in changes:
        with pytest.raises(Misconfigured):
            PayU(sandbox.credentials("payu", **changes)).look_up(REFERENCE)


def test_a_field_payu_does_not_like_is_a_refusal(payu):
    with pytest.raises(Refused) as refusal:
        payu.start(charge("pse", inputs={"bank": "9999"}))
    assert refusal.value.message == "transaction.extraParameters.FINANCIAL_INSTITUTION_CODE"
    assert payu.start(charge("pse", ip="")).company_reference


def test_another_amount_or_currency_is_told_as_it_is(payu, sandbox):
    pay(open_page(payu), "approve")
    sandbox.switch(payu_amount_off=-9000)
    assert payu.look_up(REFERENCE).money == Money(110000, "COP")
    sandbox.switch(payu_amount_off=0, payu_currency="USD")
    assert payu.look_up(REFERENCE).money == Money(119000, "USD")


def test_a_test_order_is_no_money(sandbox):
    trying = PayU(sandbox.credentials("payu", test="1"))
    pay(open_page(trying), "approve")
    assert trying.look_up(REFERENCE).state == State.PAID
    assert PayU(sandbox.credentials("payu")).look_up(REFERENCE).state == State.NOT_FOUND


def test_payus_own_number_leads_there_when_the_reference_does_not(payu, sandbox):
    pay(open_page(payu), "approve")
    (named,) = (f"{each['order']}-{each['id']}" for each in sandbox.kept("payu"))
    assert payu.look_up("CO0001A2", named).state == State.NOT_FOUND  # somebody else's order
    assert payu.look_up(REFERENCE, named).company_reference == named


def test_money_that_was_given_back_already_pays_nothing(payu, sandbox):
    pay(open_page(payu), "approve")
    (kept,) = sandbox.kept("payu")
    keys = {"apiKey": payu.credentials["api_key"], "apiLogin": payu.credentials["api_login"]}
    given = {"order": {"id": str(kept["order"])}, "type": "REFUND", "parentTransactionId": kept["id"]}
    body = {
        "language": "es",
        "command": "SUBMIT_TRANSACTION",
        "test": False,
        "merchant": keys,
        "transaction": given | {"reason": "by hand"},
    }
    sandbox.switch(payu_refund_wait=0)
    accept = {"Accept": "application/json"}
    requests.post(payu.credentials["api_url"], json=body, headers=accept, timeout=5).raise_for_status()
    sandbox.wait_for("payu", type="REFUND", state="APPROVED")
    assert payu.look_up(REFERENCE).state == State.UNKNOWN


def test_without_accept_payu_speaks_xml(payu):
    answer = requests.post(payu.credentials["api_url"], json={}, headers={"Accept": "*/*"}, timeout=5)
    assert answer.text.startswith("<")


# Bodies nobody sends


def answer(content, status=200):
    return Answer(status=status, body=json.dumps(content).encode())


@pytest.mark.parametrize(
    "content",
    [
        [], "x", None, 5, {}, {"code": "OK"}, {"code": "ERROR"}, {"code": "ERROR", "error": 5},
        {"code": "ERROR", "error": "Internal payment provider error. "},
        {"code": "ERROR", "error": "The payment plan id cannot be empty"},
    ],
)  # fmt: skip
def test_what_nobody_documents_is_unknown(content):
    with pytest.raises(GatewayUnavailable):
        read(answer(content))


def test_no_answer_of_another_status_counts():
    with pytest.raises(GatewayUnavailable):
        read(answer({"code": "SUCCESS"}, status=500))


def test_an_error_never_tells_names_or_numbers():
    said = "ana@example.com 1020304050 is odd"
    with pytest.raises(GatewayUnavailable) as error:
        read(answer({"code": "ERROR", "error": said}))
    assert str(error.value) == "PayU: … … is odd"
    said = "property: transaction.payer.emailAddress, message: bad Submitted value: ana@example.com"
    with pytest.raises(Refused) as refusal:
        read(answer({"code": "ERROR", "error": said}))
    assert refusal.value.message == "transaction.payer.emailAddress"


def order(**changes):
    transaction = {
        "id": "t",
        "type": "AUTHORIZATION_AND_CAPTURE",
        "transactionResponse": {"state": "APPROVED"},
    }
    value = {"TX_VALUE": {"value": 119000.0, "currency": "COP"}}
    return {"id": 1, "transactions": [transaction], "additionalValues": value} | changes


@pytest.mark.parametrize(
    "spoilt",
    [
        order(id=None), order(id=True), order(id=-1), order(id="1"), order(transactions=None),
        order(transactions=[5]), order(transactions=[{"id": "t"}]),
        order(transactions=[{"id": "t", "transactionResponse": {"state": "MAYBE"}}]),
        order(transactions=[{"id": 5, "transactionResponse": {"state": "APPROVED"}}]),
        order(additionalValues=None), order(additionalValues={"TX_VALUE": 5}),
        order(additionalValues={"TX_VALUE": {"value": None, "currency": "COP"}}),
        order(additionalValues={"TX_VALUE": {"value": 1, "currency": 5}}),
        5, [5], "x",
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_read_is_not_guessed(spoilt):
    found = read(answer({"code": "SUCCESS", "result": {"payload": spoilt}}))
    with pytest.raises(GatewayUnavailable):
        for each in orders_in(found):
            for transaction in transactions_of(each, ["AUTHORIZATION_AND_CAPTURE"]):
                outcome_of(each, transaction)


def test_no_result_means_no_order():
    assert orders_in({"result": None}) == orders_in({"result": {"payload": None}}) == orders_in({}) == []


def test_every_code_of_the_document_has_a_reason_or_is_payus_own_fault():
    documented = """
        PAYMENT_NETWORK_REJECTED ENTITY_DECLINED INSUFFICIENT_FUNDS INVALID_CARD CONTACT_THE_ENTITY
        BANK_ACCOUNT_ACTIVATION_ERROR BANK_ACCOUNT_NOT_AUTHORIZED_FOR_AUTOMATIC_DEBIT
        INVALID_AGENCY_BANK_ACCOUNT INVALID_BANK_ACCOUNT INVALID_BANK EXPIRED_CARD RESTRICTED_CARD
        INVALID_EXPIRATION_DATE_OR_SECURITY_CODE REPEAT_TRANSACTION INVALID_TRANSACTION EXCEEDED_AMOUNT
        ABANDONED_TRANSACTION CREDIT_CARD_NOT_AUTHORIZED_FOR_INTERNET_TRANSACTIONS ANTIFRAUD_REJECTED
        BANK_FRAUD_REJECTED BANK_UNREACHABLE PAYMENT_NETWORK_NO_CONNECTION PAYMENT_NETWORK_NO_RESPONSE
        NOT_ACCEPTED_TRANSACTION EXPIRED_TRANSACTION
    """
    assert set(REASONS) == set(documented.split())
