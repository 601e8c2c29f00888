"""The pretend PayU is as strict as the document: what it refuses, and what it answers."""

import copy

import pytest
import requests

from payments import gateways
from payments.gateways.payu_requests import question, submission
from payments.tests.payu_buyer import REFERENCE, charge

JSON = {"Accept": "application/json"}


@pytest.fixture
def keys(sandbox):
    return gateways.get("payu").credentials


def ask(keys, body, where="api_url"):
    return requests.post(keys[where], json=body, headers=JSON, timeout=5).json()


def spoilt(body, path, value):
    body = copy.deepcopy(body)
    *way, last = path.split(".")
    place = body
    for name in way:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return body


VALUES = "transaction.order.additionalValues"
WRONG = [
    ("merchant.apiKey", "wrong", "Invalid credentials"),
    ("merchant.apiLogin", None, "Invalid credentials"),
    ("test", "false", "Invalid request format"),
    ("command", "SUBMIT", "command"),
    ("transaction.order.accountId", "1", "account id"),
    ("transaction.order.signature", "0" * 32, "signature"),
    ("transaction.order.referenceCode", None, "referenceCode"),
    ("transaction.order.notifyUrl", "", "notifyUrl"),
    ("transaction.order.description", "x" * 256, "description"),
    (f"{VALUES}.TX_VALUE.value", 119000.5, "TX_VALUE"),
    (f"{VALUES}.TX_VALUE.currency", "USD", "TX_VALUE"),
    (f"{VALUES}.TX_TAX", None, "TX_TAX"),
    (f"{VALUES}.TX_TAX.value", 119000, "do not add up"),
    ("transaction.payer.fullName", "", "fullName"),
    ("transaction.payer.billingAddress.city", None, "city"),
    ("transaction.ipAddress", None, "ipAddress"),
    ("transaction.paymentMethod", "VISA", "paymentMethod"),
    ("transaction.payer.dniNumber", None, "dniNumber"),
    ("transaction.expirationDate", "soon", "expirationDate"),
    ("transaction.expirationDate", "2020-01-01T00:00:00", "expirationDate"),
]


@pytest.mark.parametrize(
    ("path", "value", "said"), WRONG, ids=[f"{path}={value}" for path, value, _ in WRONG]
)
def test_what_is_not_as_documented_is_an_error_with_status_200(sandbox, keys, path, value, said):
    answer = ask(keys, spoilt(submission(charge("efecty"), keys), path, value))
    assert (answer["code"], answer["transactionResponse"]) == ("ERROR", None)
    assert said in answer["error"]
    assert not sandbox.kept("payu")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_json_is_refused(keys, body):
    answer = requests.post(keys["api_url"], data=body, headers=JSON, timeout=5).json()
    assert answer["error"] == "Invalid request format"


def test_the_other_commands_answer(keys):
    assert ask(keys, question("PING", keys))["transactionResponse"] is None
    assert ask(keys, question("PING", keys), "reports_url")["result"] == {"payload": "ping"}
    methods = ask(keys, question("GET_PAYMENT_METHODS", keys))["paymentMethods"]
    assert {"EFECTY": "36"}.items() <= {each["description"]: each["id"] for each in methods}.items()


def test_a_transaction_can_be_asked_about(sandbox, keys):
    opened = ask(keys, submission(charge("efecty"), keys))["transactionResponse"]
    details = {"transactionId": opened["transactionId"]}
    found = ask(keys, question("TRANSACTION_RESPONSE_DETAIL", keys, details=details), "reports_url")
    assert found["result"]["payload"]["state"] == "PENDING"
    details = {"transactionId": "nobody"}
    nothing = ask(keys, question("TRANSACTION_RESPONSE_DETAIL", keys, details=details), "reports_url")
    assert nothing["result"] is None


def test_the_same_reference_again_is_one_order_with_two_tries(sandbox, keys):
    """PayU documents no refusal of a second try under one reference: we must not make one."""
    first = ask(keys, submission(charge("efecty"), keys))["transactionResponse"]
    second = ask(keys, submission(charge("efecty"), keys))["transactionResponse"]
    assert first["orderId"] == second["orderId"]
    assert first["transactionId"] != second["transactionId"]
    assert [each["reference"] for each in sandbox.kept("payu_orders")] == [REFERENCE]


def test_the_counter_knows_only_its_own_numbers(sandbox):
    page = f"{sandbox.url}/payu/efecty/"
    said = requests.post(page, data={"number": "123", "answer": "pay"}, timeout=5).text
    assert "Nobody knows this number" in said
