"""Every signature example of PayU's documents, and the one conversion of amounts, both ways."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from payments.gateways.base import ForgedNotice, UnreadableNotice
from payments.gateways.payu_signing import (
    MAX_NOTICE_BYTES,
    charge_signature,
    confirmation_value,
    digest,
    from_wire,
    read_confirmation,
    response_value,
    to_wire,
)

KEYS = {"api_key": "4Vj8eK4rloUd272L48hsrarnUA", "merchant_id": "508029"}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "7ee7cf808ce6a39b17481c54f2c57acc"),
        ("SHA", "fa890d3f94e12b5cdb62e8771453b99b78e7ccdc"),
        ("SHA256", "af3899a22336b79db46006491d15813158826f944599bf3bf601e2327f898022"),
        ("HMAC-SHA256", "eaf61598d5593b366086c9a00aa5746ccad1a6e9b209a1a242fce224202b2b36"),
    ],
)
def test_the_form_is_signed_as_documented(algorithm, expected):
    assert charge_signature("TestPayU", Money(20000, "COP"), KEYS, algorithm=algorithm) == expected


def test_an_api_order_is_signed_as_documented():
    reference = "PRODUCT_TEST_2021-06-23T19:59:43.229Z"
    signature = charge_signature(reference, Money(65000, "COP"), KEYS, algorithm="MD5")
    assert signature == "1d6c33aed575c4974ad5c0be7c6a1c87"


def test_methods_named_in_the_form_are_signed_too():
    plain = charge_signature("TestPayU", Money(20000, "COP"), KEYS, algorithm="MD5")
    named = charge_signature("TestPayU", Money(20000, "COP"), KEYS, algorithm="MD5", more=("VISA-1-3",))
    words = ("508029", "TestPayU", "20000", "COP", "VISA-1-3")
    assert named == digest("MD5", *words, key=KEYS["api_key"]) != plain


def confirmation(**changes):
    fields = {
        "merchant_id": "508029",
        "reference_sale": "TestPayU05",
        "value": "150.26",
        "currency": "USD",
        "state_pol": "4",
        "transaction_id": "f5e668f1-7ecc-4b83-a4d1-0aaa68260862",
        "sign": "1d95778a651e11a0ab93c2169a519cd6",
        "email_buyer": "ana@example.com",
    } | changes
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("reference", "value", "state", "sign"),
    [
        ("TestPayU05", "150.26", "4", "1d95778a651e11a0ab93c2169a519cd6"),
        # The page prints for state 6 what belongs to state 4; the true one was computed.
        ("TestPayU04", "150.00", "4", "b607a2c2fa100e0947b206d41864fb86"),
        ("TestPayU04", "150.00", "6", "df67936f918887b2aa31688a77a10fe1"),
        ("TestPayU04", "150.0", "6", "DF67936F918887B2AA31688A77A10FE1"),
    ],
)
def test_a_confirmation_is_checked_as_documented(reference, value, state, sign):
    body = confirmation(reference_sale=reference, value=value, state_pol=state, sign=sign)
    assert read_confirmation(body, KEYS)["state_pol"] == state


def test_what_the_document_prints_for_a_declined_sample_is_wrong():
    body = confirmation(
        reference_sale="TestPayU04", value="150.00", state_pol="6", sign="b607a2c2fa100e0947b206d41864fb86"
    )
    with pytest.raises(ForgedNotice):
        read_confirmation(body, KEYS)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA", "SHA256", "HMAC-SHA256"])
def test_every_digest_of_the_document_is_known_by_its_length(algorithm):
    words = ("508029", "P2345", "119000.0", "COP", "4")
    sign = digest(algorithm, *words, key=KEYS["api_key"])
    body = confirmation(reference_sale="P2345", value="119000.00", currency="COP", sign=sign)
    assert read_confirmation(body, KEYS)["reference_sale"] == "P2345"


@pytest.mark.parametrize(
    ("value", "signed"),
    [
        ("150.00", "150.0"), ("150.26", "150.26"), ("119000.50", "119000.5"), ("119000.00", "119000.0"),
        ("119000", "119000.0"), ("12345678901.00", "12345678901.0"), ("0.05", "0.05"), ("150.2", "150.2"),
    ],
)  # fmt: skip
def test_a_confirmation_keeps_one_decimal_when_the_second_is_zero(value, signed):
    assert confirmation_value(value) == signed


@pytest.mark.parametrize(
    ("value", "signed", "expected"),
    [
        ("150.25", "150.2", "00286dc735bd9eaa8ae3a3a4cbb40688"),
        ("150.35", "150.4", "9df2bb60e2838170009040982967923f"),
        ("150.34", "150.3", "779f163be9347a691bcdb25064644795"),
    ],
)
def test_the_way_back_is_rounded_half_to_even(value, signed, expected):
    assert response_value(value) == signed
    assert digest("MD5", "508029", "TestPayU04", signed, "USD", "6", key=KEYS["api_key"]) == expected


SPOILT = {
    "another state": {"state_pol": "6"},
    "another amount": {"value": "150.27"},
    "another currency": {"currency": "COP"},
    "another reference": {"reference_sale": "TestPayU06"},
    "another merchant": {"merchant_id": "508030"},
    "no signature": {"sign": None},
    "an empty signature": {"sign": ""},
    "a signature of odd length": {"sign": "1d95778a651e11a0ab93c2169a519cd"},
    "a signature that is no text": {"sign": "\u00e9" * 32},
}


@pytest.mark.parametrize("changes", SPOILT.values(), ids=SPOILT)
def test_a_changed_confirmation_is_forged(changes):
    with pytest.raises(ForgedNotice):
        read_confirmation(confirmation(**changes), KEYS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"{}",
        confirmation(value=None),
        confirmation(state_pol=None),
        confirmation(transaction_id=None),
        confirmation(transaction_id="x\x00y"),
        confirmation(value="1.19E5"),
        confirmation(value="-150.26"),
        confirmation(value="150.260"),
        confirmation(value="١٥٠"),
        confirmation(currency="usd"),
        confirmation(reference_sale=""),
        confirmation() + b"&value=1.00",
        confirmation() + b"&sign=0",
        confirmation()[:40],
        confirmation().decode().encode("utf-16"),
        confirmation() + b"&a=" + b"x" * MAX_NOTICE_BYTES,
        b"&".join(b"%d=1" % number for number in range(1000)),
    ],
)
def test_what_is_no_confirmation_is_unreadable(body):
    with pytest.raises(UnreadableNotice):
        read_confirmation(body, KEYS)


def test_a_badly_encoded_name_spoils_nothing():
    body = confirmation() + b"&cc_holder=Jos%E9&nickname_buyer=Mu\xf1oz"
    assert read_confirmation(body, KEYS)["value"] == "150.26"


@given(st.integers(0, 99_999_999))
def test_amounts_survive_the_wire(pesos):
    money = Money(pesos, "COP")
    assert from_wire(int(to_wire(money)), "COP") == money
    assert from_wire(Decimal(f"{to_wire(money)}.00"), "COP") == money
    assert from_wire(f"{to_wire(money)}.0", "COP") == money


@pytest.mark.parametrize("amount", [Money("0.5", "COP"), Money(5, "MZN"), Money(-1, "COP")])
def test_what_pesos_cannot_be_is_not_sent(amount):
    with pytest.raises(ValueError, match="cannot collect"):
        to_wire(amount)


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        (None, "COP"), (True, "COP"), ("", "COP"), ("1e5", "COP"), (1.5, "COP"), (5, None), (5, "cop"),
        (-5, "COP"), (Decimal("NaN"), "COP"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_not_guessed(value, currency):
    with pytest.raises(ValueError, match="PayU named no"):
        from_wire(value, currency)
