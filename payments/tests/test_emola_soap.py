"""The wire of e-Mola: amounts, numbers, names, envelopes, and both tables of codes."""

import html
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from payments.gateways.base import GatewayUnavailable, Misconfigured, Reason, Refused, State
from payments.gateways.emola_soap import (
    EMolaLine,
    Words,
    from_wire,
    plain,
    read,
    reference_of,
    to_wire,
    transaction_id,
    wallet,
)
from payments.gateways.http import Answer
from payments.tests.test_strict_xml import ATTACKS

MONEY = Money(150, "MZN")


# Amounts


@given(st.integers(min_value=1, max_value=99_999))
def test_a_whole_amount_is_the_same_both_ways(amount):
    assert to_wire(Money(amount, "MZN")) == str(amount)
    assert from_wire(to_wire(Money(amount, "MZN"))) == Money(amount, "MZN")


@given(st.decimals(min_value="0.01", max_value="99999.99", places=2).filter(lambda each: each % 1))
def test_centavos_are_refused_and_never_rounded(amount):
    with pytest.raises(Refused) as refusal:
        to_wire(Money(amount, "MZN"))
    assert refusal.value.reason == Reason.WHOLE_AMOUNTS


@pytest.mark.parametrize("amount", ["10.00", "10.0", "1E+1"])
def test_zeros_after_the_point_are_no_centavos(amount):
    assert to_wire(Money(Decimal(amount), "MZN")) == "10"


@pytest.mark.parametrize("money", [Money(10, "COP"), Money(0, "MZN"), Money(-1, "MZN")])
def test_what_emola_cannot_move_is_not_sent(money):
    with pytest.raises(ValueError, match="cannot move"):
        to_wire(money)


@pytest.mark.parametrize("text", ["", "10.0", "-1", "1e3", "١٠", " 10"])
def test_what_is_no_whole_amount_is_not_read_as_one(text):
    with pytest.raises(ValueError, match="not an amount"):
        from_wire(text)


def test_the_contract_may_allow_less_than_five_digits():
    line = EMolaLine({"maximum": "9999"})
    assert line.amount(Money(9999, "MZN")) == "9999"
    with pytest.raises(Refused) as refusal:
        line.amount(Money(10_000, "MZN"))
    assert refusal.value.reason == Reason.LIMIT_EXCEEDED
    with pytest.raises(Refused):
        EMolaLine({}).amount(Money(100_000, "MZN"))


# Numbers and names


@pytest.mark.parametrize(
    "phone",
    ["861234567", "+258861234567", "258861234567", "00258861234567", "+258 86 123 4567", "86-123.4567"],
)
def test_every_spelling_of_a_movitel_number_is_understood(phone):
    assert wallet(phone) == "861234567"
    assert wallet(phone.replace("86", "87", 1)) == "871234567"


@pytest.mark.parametrize(
    "phone", ["", "841234567", "+573001234567", "86123456", "8612345678", "86123456a", "٨٦١٢٣٤٥٦٧"]
)
def test_numbers_of_other_operators_are_refused_before_anything_is_sent(phone):
    with pytest.raises(Refused) as refusal:
        wallet(phone)
    assert refusal.value.reason == Reason.INVALID_PHONE


@given(st.from_regex(r"[A-Z1-9][A-Z0-9]{3,17}", fullmatch=True))
def test_a_transaction_id_has_twenty_signs_and_leads_back_to_our_reference(reference):
    assert len(transaction_id(reference)) == 20
    assert transaction_id(reference).isalnum()
    assert reference_of(transaction_id(reference)) == reference


@pytest.mark.parametrize(
    "other", ["", "E", "X" * 20, "E" + "0" * 19, "e000PABCDEFGHJKLMNPQ", "EPABCDEF", "E" * 21]
)
def test_foreign_transaction_ids_lead_nowhere(other):
    assert reference_of(other) == ""


def test_a_prompt_is_short_and_plain():
    assert plain("Txova · encomenda nº 7, maçãs") == "Txova encomenda no 7, macas"
    assert len(plain("maçã " * 100)) <= 140
    assert plain("买") == ""


# The second layer: the whole table, as an answer to "move" and as one to "what became of it"

PAID, PENDING, FAILED, UNKNOWN = State.PAID, State.PENDING, State.FAILED, State.UNKNOWN
CONFIG = "config"
TABLE = {
    "0": (PAID, PAID),
    "22": (PENDING, PENDING),
    "01": (FAILED, FAILED),
    "02": (CONFIG, CONFIG),
    "03": (FAILED, FAILED),
    "05": (CONFIG, CONFIG),
    "06": (FAILED, UNKNOWN),
    "07": (FAILED, UNKNOWN),
    "08": (FAILED, UNKNOWN),
    "09": (FAILED, UNKNOWN),
    "23": (FAILED, UNKNOWN),
    "10": (FAILED, FAILED),
    "11": (UNKNOWN, FAILED),  # failed only after a query confirms
    "12": (FAILED, FAILED),
    "13": (UNKNOWN, UNKNOWN),
    "15": (UNKNOWN, UNKNOWN),
    "27": (UNKNOWN, UNKNOWN),
    "14": (UNKNOWN, UNKNOWN),
    "20": (FAILED, FAILED),
    "24": (CONFIG, CONFIG),
    "28": (UNKNOWN, UNKNOWN),
    "98": (CONFIG, CONFIG),
    "99": (UNKNOWN, UNKNOWN),
    # Not in the table: nothing is made of it.
    "": (UNKNOWN, UNKNOWN),
    "00": (UNKNOWN, UNKNOWN),
    "1": (UNKNOWN, UNKNOWN),
    "04": (UNKNOWN, UNKNOWN),
    "200": (UNKNOWN, UNKNOWN),
    "OK": (UNKNOWN, UNKNOWN),
}


def meaning(read_it):
    try:
        outcome = read_it()
    except Misconfigured:
        return CONFIG
    assert bool(outcome.reason) == (outcome.state == FAILED)
    return outcome.state


@pytest.mark.parametrize(("code", "expected"), TABLE.items(), ids=TABLE)
def test_the_table_of_business_codes(code, expected):
    words = Words(code=code, message="words", company_reference="77")
    assert (meaning(lambda: words.moved(MONEY)), meaning(words.queried)) == expected


def test_what_was_paid_is_what_was_asked():
    assert Words(code="0").moved(MONEY).money == MONEY
    assert Words(code="22").moved(MONEY).money is None
    assert Words(code="0").queried().money is None  # a query never repeats the amount


# The first layer

TURNED_AWAY = ["1000", "1001", "1002", "2000", "2001", "2002", "3000", "4000", "4001"]
TURNED_AWAY += ["6001", "6002", "6003", "6004", "8000"]
NOBODY_KNOWS = ["2003", "2004", "2005", "5000", "6000", "6005", "7000", "7001", "9001", "9002"]
NOBODY_KNOWS += ["", "00", "9999", "abc"]


def inner(code="0", *, prefix="S", name="reqeustId", extra=""):
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/"><{prefix}:Body>'
        f'<ns2:pushUssdMessageResponse xmlns:ns2="http://webservice.bccsgw.viettel.com/"><return>'
        f"<errorCode>{code}</errorCode><message>words</message><{name}>77</{name}>{extra}</return>"
        f"</ns2:pushUssdMessageResponse></{prefix}:Body></{prefix}:Envelope>"
    )


def outer(original="", *, error="0", prefix="S"):
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/"><{prefix}:Body>'
        f'<ns2:gwOperationResponse xmlns:ns2="http://webservice.bccsgw.viettel.com/"><Result>'
        f"<error>{error}</error><description>d</description><return/><original>{original}</original>"
        f"<gwtransid>9</gwtransid></Result></ns2:gwOperationResponse></{prefix}:Body></{prefix}:Envelope>"
    )


def answer(text, status=200):
    return Answer(status=status, body=text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("error", TURNED_AWAY)
def test_who_is_turned_away_at_the_door_has_begun_nothing(error):
    with pytest.raises(Misconfigured):
        read(answer(outer(error=error)))


@pytest.mark.parametrize("error", NOBODY_KNOWS)
def test_trouble_behind_the_door_leaves_everybody_in_doubt(error):
    with pytest.raises(GatewayUnavailable):
        read(answer(outer(html.escape(inner()), error=error)))


def test_a_time_out_behind_the_door_is_doubt_but_no_breakdown():
    assert read(answer(outer(error="2007"))).moved(MONEY).state == UNKNOWN


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 404, 500, 502, 504])
def test_no_other_status_is_believed_whatever_the_words(status):
    with pytest.raises(GatewayUnavailable):
        read(answer(outer(html.escape(inner())), status))


@pytest.mark.parametrize("prefix", ["S", "soapenv", "SOAP-ENV"])
@pytest.mark.parametrize(
    "before", ["", "\n", '<?xml version="1.0"?>', '\ufeff<?xml version="1.0"?>', 'x <?xml version="1.0"?>']
)
@pytest.mark.parametrize("pack", [html.escape, "<![CDATA[{}]]>".format])
def test_the_inner_document_is_read_however_it_is_packed(prefix, before, pack):
    words = read(answer(outer(pack(before + inner("22", prefix=prefix)), prefix=prefix)))
    assert (words.code, words.message, words.company_reference) == ("22", "words", "77")


@pytest.mark.parametrize("name", ["reqeustId", "requestId"])
def test_their_number_is_found_under_both_spellings(name):
    assert read(answer(outer(html.escape(inner(name=name))))).company_reference == "77"


def test_the_code_of_the_original_decides_nothing():
    contradiction = "<orgResponseCode>01</orgResponseCode><balance>5</balance>"
    assert read(answer(outer(html.escape(inner("0", extra=contradiction))))).queried().state == PAID


def test_telephone_numbers_in_their_words_are_not_kept():
    talkative = inner("03").replace("words", "Cliente 258861234567 recusou")
    assert "861234567" not in read(answer(outer(html.escape(talkative)))).message


@pytest.mark.parametrize("document", ATTACKS.values(), ids=ATTACKS)
def test_dangerous_xml_leaves_everybody_in_doubt_without_harm(document):
    with pytest.raises(GatewayUnavailable):
        read(answer(document))
    with pytest.raises(GatewayUnavailable):
        read(answer(outer(html.escape(document.decode("latin-1")).replace("\x00", ""))))


@pytest.mark.parametrize("text", ["<a/>", outer(), outer("&lt;a/&gt;"), outer("words"), "<html>busy</html>"])
def test_an_answer_without_an_answer_tells_nothing(text):
    with pytest.raises(GatewayUnavailable):
        read(answer(text))
