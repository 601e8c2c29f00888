"""The wire of M-Pesa: bearer, amounts, numbers, words."""

import base64
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from payments.gateways.base import Misconfigured, Reason, Refused, State
from payments.gateways.http import Answer
from payments.gateways.mpesa_line import MPesaLine, Words, bearer, from_wire, to_wire, wallet

MONEY = Money("149.50", "MZN")


def public_half(key):
    words = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(words).decode()


def test_the_bearer_is_the_api_key_that_only_the_company_can_read():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = bearer("my api key", public_half(key))
    assert key.decrypt(base64.b64decode(token), PKCS1v15()) == b"my api key"


def test_no_two_bearers_are_alike():
    key = public_half(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert len({bearer("my api key", key) for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "public_key", ["", "not base64!", "AAAA", public_half(ec.generate_private_key(ec.SECP256R1()))]
)
def test_a_useless_key_is_our_fault(public_key):
    with pytest.raises(Misconfigured):
        bearer("my api key", public_key)


@pytest.mark.parametrize(
    ("amount", "wire"),
    [("10", "10"), ("10.00", "10"), ("149.50", "149.5"), ("149.99", "149.99"), ("1000", "1000")],
)
def test_amounts_are_meticais_without_trailing_zeros(amount, wire):
    assert to_wire(Money(amount, "MZN")) == wire


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_an_amount_is_the_same_both_ways(amount):
    assert from_wire(to_wire(Money(amount, "MZN"))) == Money(Decimal(amount), "MZN")
    assert "E" not in to_wire(Money(amount, "MZN"))


@pytest.mark.parametrize(
    "money", [Money("10", "COP"), Money("0.001", "MZN"), Money(0, "MZN"), Money(-1, "MZN")]
)
def test_what_mpesa_cannot_move_is_not_sent(money):
    with pytest.raises(ValueError, match="cannot move"):
        to_wire(money)


@pytest.mark.parametrize(
    "phone",
    ["841234567", "+258841234567", "258841234567", "00258841234567", "+258 84 123 4567", "84-123.4567"],
)
def test_every_spelling_of_a_vodacom_number_is_understood(phone):
    assert wallet(phone) == "258841234567"


@pytest.mark.parametrize("phone", ["", "861234567", "+573001234567", "84123456", "8412345678", "84123456a"])
def test_numbers_of_other_operators_are_refused_before_anything_is_sent(phone):
    with pytest.raises(Refused) as refusal:
        wallet(phone)
    assert refusal.value.reason == Reason.INVALID_PHONE


def words(status=200, **fields):
    body = "{" + ",".join(f'"{name}": "{value}"' for name, value in fields.items()) + "}"
    return Words.of(Answer(status=status, body=body.encode()))


def test_keys_are_read_whatever_their_case_and_spelling():
    found = words(output_responsecode="INS-0", OUTPUT_TransactionId="abc", output_ResponseDescription="fine")
    assert (found.code, found.transaction, found.message) == ("INS-0", "abc", "fine")


# The outcome table of mpesa_mz.md section 4, then every other code of section 9: nothing is made of those.
CLEAR_NO = {
    "INS-4": Reason.ACCOUNT_PROBLEM,
    "INS-5": Reason.CANCELLED_BY_BUYER,
    "INS-6": Reason.REFUSED_BY_BANK,
    "INS-13": Reason.COMPANY_ERROR,
    "INS-14": Reason.COMPANY_ERROR,
    "INS-15": Reason.LIMIT_EXCEEDED,
    "INS-17": Reason.COMPANY_ERROR,
    "INS-18": Reason.COMPANY_ERROR,
    "INS-19": Reason.COMPANY_ERROR,
    "INS-20": Reason.COMPANY_ERROR,
    "INS-21": Reason.COMPANY_ERROR,
    "INS-22": Reason.COMPANY_ERROR,
    "INS-995": Reason.ACCOUNT_PROBLEM,
    "INS-996": Reason.ACCOUNT_PROBLEM,
    "INS-2002": Reason.ACCOUNT_PROBLEM,
    "INS-2006": Reason.INSUFFICIENT_FUNDS,
    "INS-2051": Reason.INVALID_PHONE,
}
DOUBT = ["INS-9", "INS-10", "INS-1", "INS-16", "INS-23"]
OUR_FAULT = ["INS-2", "INS-24", "INS-25", "INS-26", "INS-998"]
NOT_IN_THE_TABLE = ["INS-993", "INS-994", "INS-997", "INS-2001", "INS-2057", "INS-7777", "", "N/A"]


@pytest.mark.parametrize(("code", "reason"), CLEAR_NO.items())
@pytest.mark.parametrize("status", [200, 400, 401, 422, 500])
def test_a_clear_no_allows_a_new_attempt_whatever_the_status(code, reason, status):
    outcome = words(status, output_ResponseCode=code).moved(MONEY)
    assert (outcome.state, outcome.reason, outcome.money) == (State.FAILED, reason, None)


@pytest.mark.parametrize("code", DOUBT + NOT_IN_THE_TABLE)
@pytest.mark.parametrize("status", [200, 400, 408, 409, 500, 503, 504])
def test_anything_unclear_is_unknown_whatever_the_status(code, status):
    assert words(status, output_ResponseCode=code).moved(MONEY).state == State.UNKNOWN


@pytest.mark.parametrize("code", OUR_FAULT)
def test_our_own_mistakes_stop_the_channel(code):
    with pytest.raises(Misconfigured):
        words(output_ResponseCode=code).moved(MONEY)
    with pytest.raises(Misconfigured):
        words(output_ResponseCode=code).queried()


def test_an_error_without_a_code_stops_the_channel():
    with pytest.raises(Misconfigured):
        words(output_error="bad key").moved(MONEY)


def test_a_company_that_broke_down_over_it_may_have_moved_the_money():
    broken = Answer(status=500, body=b'{"output_error": "Internal Server Error"}')
    assert Words.of(broken).moved(MONEY).state == State.UNKNOWN


def test_paid_needs_a_transaction_id():
    paid = words(output_ResponseCode="INS-0", output_TransactionID="abc").moved(MONEY)
    assert (paid.state, paid.money, paid.company_reference) == (State.PAID, MONEY, "abc")
    unclear = words(output_ResponseCode="INS-0", output_ConversationID="c1").moved(MONEY)
    assert (unclear.state, unclear.company_reference) == (State.UNKNOWN, "c1")
    assert words(output_ResponseCode="INS-0", output_TransactionID="N/A").moved(MONEY).state == State.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b'{"output_ResponseCode": 5}', b"\xff"])
def test_words_that_are_none_are_unknown(body):
    assert Words.of(Answer(status=504, body=body)).moved(MONEY).state == State.UNKNOWN


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Completed", State.PAID),
        ("COMPLETED", State.PAID),
        ("Successful", State.PAID),
        ("Cancelled", State.FAILED),
        ("Expired", State.FAILED),
        ("Failed", State.FAILED),
        ("Rejected", State.FAILED),
        ("Pending", State.PENDING),
        ("Processing", State.PENDING),
        ("N/A", State.UNKNOWN),
        ("", State.UNKNOWN),
        ("Reticulating", State.UNKNOWN),
    ],
)
def test_a_query_is_read_by_its_status_field(status, state):
    found = words(output_ResponseCode="INS-0", output_ResponseTransactionStatus=status)
    assert found.queried().state == state


@pytest.mark.parametrize("code", ["INS-18", "INS-23", "INS-1", "INS-5", ""])
def test_a_query_that_failed_says_nothing_about_the_payment(code):
    found = words(output_ResponseCode=code, output_ResponseTransactionStatus="Completed")
    assert found.queried().state == State.UNKNOWN


@pytest.mark.parametrize(
    ("host", "code"),
    [("https://api.vm.co.mz", "171717"), ("https://api.sandbox.vm.co.mz", "900123")],
)
def test_environments_are_not_mixed(host, code):
    with pytest.raises(Misconfigured):
        MPesaLine({"host": host, "service_provider_code": code})


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("https://api.vm.co.mz", "900123"),
        ("https://api.sandbox.vm.co.mz", "171717"),
        ("http://localhost", "171717"),
    ],
)
def test_fitting_environments_are_accepted(host, code):
    assert MPesaLine({"host": host, "service_provider_code": code}).service_provider_code == code
