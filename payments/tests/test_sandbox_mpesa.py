"""The pretend M-Pesa and the pretend payouts are as strict as their documents."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests

from payments.gateways.mpesa_line import bearer

CHARGE = {
    "input_TransactionReference": "T12344C",
    "input_CustomerMSISDN": "258843330333",
    "input_Amount": "10",
    "input_ThirdPartyReference": "11114",
    "input_ServiceProviderCode": "171717",
}


@pytest.fixture
def headers(sandbox):
    known = sandbox.credentials("mpesa")
    return {
        "Authorization": f"Bearer {bearer(known['api_key'], known['public_key'])}",
        "Origin": known["origin"],
        "User-Agent": "a test",
    }


def charge(sandbox, headers, **changes):
    body = {name: value for name, value in (CHARGE | changes).items() if value is not None}
    return requests.post(
        f"{sandbox.url}/ipg/v1x/c2bPayment/singleStage/", json=body, headers=headers, timeout=5
    )


def code(response):
    return response.status_code, response.json()["output_ResponseCode"]


def test_a_good_charge_is_paid(sandbox, headers):
    answer = charge(sandbox, headers)
    assert code(answer) == (201, "INS-0")
    assert answer.json()["output_TransactionID"]
    assert answer.json()["output_ThirdPartyReference"] == "11114"


def test_without_a_user_agent_the_firewall_answers_in_html(sandbox, headers):
    del headers["User-Agent"]
    place = urlsplit(sandbox.url)
    line = http.client.HTTPConnection(place.hostname, place.port, timeout=5)
    words = json.dumps(CHARGE)
    line.request(
        "POST", "/ipg/v1x/c2bPayment/singleStage/", words, headers | {"Content-Type": "application/json"}
    )
    answer = line.getresponse()
    assert answer.status == 403
    assert b"<html>" in answer.read()
    line.close()
    assert sandbox.kept("mpesa") == []


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer abc", "Bearer !!!", "Basic abc"])
def test_a_bad_bearer_is_an_invalid_key(sandbox, headers, token):
    assert code(charge(sandbox, headers | {"Authorization": token})) == (401, "INS-2")


def test_another_origin_is_not_authorised(sandbox, headers):
    assert code(charge(sandbox, headers | {"Origin": "evil.example"})) == (400, "INS-26")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"input_Amount": None}, (400, "INS-20")),
        ({"input_Amount": ""}, (400, "INS-20")),
        ({"input_Amount": "0"}, (400, "INS-13")),
        ({"input_Amount": "-5"}, (400, "INS-13")),
        ({"input_Amount": "1.005"}, (400, "INS-15")),
        ({"input_Amount": "ten"}, (400, "INS-15")),
        ({"input_Amount": "NaN"}, (400, "INS-15")),
        ({"input_CustomerMSISDN": "843330333"}, (400, "INS-2051")),
        ({"input_CustomerMSISDN": "258863330333"}, (400, "INS-2051")),
        ({"input_TransactionReference": "x" * 21}, (400, "INS-17")),
        ({"input_TransactionReference": "a-b"}, (400, "INS-17")),
        ({"input_ThirdPartyReference": "a b"}, (400, "INS-19")),
        ({"input_ServiceProviderCode": "999999"}, (400, "INS-13")),
    ],
)
def test_each_wrong_field_has_its_code(sandbox, headers, change, expected):
    assert code(charge(sandbox, headers, **change)) == expected
    assert sandbox.kept("mpesa") == []


def test_a_third_party_reference_is_taken_once(sandbox, headers):
    charge(sandbox, headers)
    assert code(charge(sandbox, headers)) == (409, "INS-10")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 50_000])
def test_broken_bodies_are_refused(sandbox, headers, body):
    url = f"{sandbox.url}/ipg/v1x/c2bPayment/singleStage/"
    answer = requests.post(url, data=body, headers=headers | {"Content-Type": "application/json"}, timeout=5)
    assert code(answer) == (400, "INS-21")


def ask(sandbox, headers, asked, question):
    params = {
        "input_QueryReference": asked,
        "input_ThirdPartyReference": question,
        "input_ServiceProviderCode": "171717",
    }
    url = f"{sandbox.url}/ipg/v1x/queryTransactionStatus/"
    return requests.get(url, params=params, headers=headers, timeout=5)


def test_a_payment_is_found_by_each_of_its_names(sandbox, headers):
    paid = charge(sandbox, headers).json()
    names = [paid["output_TransactionID"], paid["output_ConversationID"], "11114", "T12344C"]
    for number, name in enumerate(names):
        answer = ask(sandbox, headers, name, f"Q{number}").json()
        assert answer["output_ResponseTransactionStatus"] == "Completed"


def test_a_question_is_asked_once_and_about_something_known(sandbox, headers):
    assert code(ask(sandbox, headers, "nothing", "Q1")) == (400, "INS-18")
    assert code(ask(sandbox, headers, "nothing", "Q1")) == (409, "INS-10")


# Payouts


@pytest.fixture
def payouts(sandbox):
    known = sandbox.credentials("wompi_payouts")
    session = requests.Session()
    session.headers.update({"x-api-key": known["api_key"], "user-principal-id": known["user_principal_id"]})
    url = known["api_url"]
    bank = session.get(f"{url}/banks", timeout=5).json()[0]["id"]
    row = {
        "legalIdType": "CC",
        "legalId": "1000000000",
        "bankId": bank,
        "accountType": "AHORROS",
        "accountNumber": "43423123",
        "name": "John Doe",
        "email": "a@b.co",
        "amount": 1000000,
        "reference": "ROW1",
    }

    def send(key="KEY-1", batch=None, **changes):
        body = {"reference": "B1", "accountId": known["account_id"], "paymentType": "PROVIDERS"} | (
            batch or {}
        )
        body |= {"transactions": [row | changes]}
        return session.post(f"{url}/payouts", json=body, headers={"idempotency-key": key}, timeout=5)

    session.send_payout, session.base = send, url
    yield session
    session.close()


def balance(payouts):
    return payouts.get(f"{payouts.base}/accounts", timeout=5).json()["data"][0]["balanceInCents"]


def test_a_key_is_remembered_for_a_day(payouts, sandbox):
    assert payouts.send_payout().status_code == 201
    again = payouts.send_payout()
    assert (again.status_code, again.json()["code"]) == (409, "EXC_022")
    assert len(sandbox.kept("rows")) == 1


def test_a_refused_request_does_not_use_up_its_key(payouts):
    assert payouts.send_payout(amount=0).status_code == 400
    assert payouts.send_payout().status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 65, "under_score", "a b"])
def test_a_malformed_key_is_refused(payouts, key):
    assert payouts.send_payout(key).json()["code"] == "EXC_002"


@pytest.mark.parametrize(
    "change",
    [
        {"legalIdType": "PP"},
        {"bankId": "1007"},
        {"accountType": "CA"},
        {"accountNumber": "12345"},
        {"accountNumber": "0000000"},
        {"accountNumber": "1234-567"},
        {"amount": "1000000"},
        {"amount": 10.5},
        {"name": ""},
    ],
)
def test_each_wrong_field_of_a_row_is_refused(payouts, sandbox, change):
    answer = payouts.send_payout(**change)
    assert (answer.status_code, answer.json()["code"]) == (400, "EXC_002")
    assert sandbox.kept("rows") == []


def test_more_than_the_balance_is_not_paid(payouts):
    assert payouts.send_payout(amount=10**14).json()["code"] == "EXC_008"


def test_a_failed_row_gives_its_money_back(payouts, sandbox):
    sandbox.switch(speed=0.1)
    before = balance(payouts)
    payouts.send_payout(accountNumber="43423107")
    assert balance(payouts) == before - 1000000
    sandbox.decide("ROW1", "refuse")
    assert balance(payouts) == before


def test_the_tester_can_ask_for_failure(payouts, sandbox):
    payouts.send_payout(batch={"transactionStatus": "FAILED"})
    sandbox.wait_for("rows", status="FAILED")


def test_strangers_are_turned_away(payouts):
    assert requests.get(f"{payouts.base}/banks", timeout=5).status_code == 401
