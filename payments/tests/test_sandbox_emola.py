"""The pretend e-Mola is as strict as what is known of the real one."""

import html
import re

import pytest
import requests

from marketplace.development import DEFAULTS

PUSH, QUERY, DISBURSE = "pushUssdMessage", "pushUssdQueryTrans", "pushUssdDisbursementB2C"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:web="http://webservice.bccsgw.viettel.com/">
<soapenv:Header/><soapenv:Body><web:gwOperation><Input>
<username>{username}</username><password>{password}</password><wscode>{wscode}</wscode>{params}<rawData>?</rawData>
</Input></web:gwOperation></soapenv:Body></soapenv:Envelope>"""
HEADERS = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": ""}
PARAMS = {
    "partnerCode": DEFAULTS["EMOLA_PARTNER_CODE"],
    "msisdn": "861234510",
    "smsContent": "Pagamento 7",
    "transAmount": "150",
    "transId": "E0000000000000000001",
    "language": "pt",
    "refNo": "ORDER7",
    "key": DEFAULTS["EMOLA_KEY"],
}


def post(sandbox, body, headers=HEADERS):
    return requests.post(f"{sandbox.url}/BCCSGateway", data=body.encode(), headers=headers, timeout=5)


def call(sandbox, wscode=PUSH, params=PARAMS, **changes):
    known = {name: value for name, value in (params | changes).items() if value is not None}
    words = {
        "username": known.pop("username", DEFAULTS["EMOLA_USERNAME"]),
        "password": known.pop("password", DEFAULTS["EMOLA_PASSWORD"]),
    }
    given = "".join(f'<param name="{name}" value="{html.escape(value)}"/>' for name, value in known.items())
    return post(sandbox, ENVELOPE.format(wscode=wscode, params=given, **words))


def codes(answer):
    """The gateway's error and, where there is one, the business's errorCode."""
    text = html.unescape(answer.text)
    return re.search(r"<error>(.*?)</error>", text)[1], (
        re.findall(r"<errorCode>(.*?)</errorCode>", text) or [""]
    )[0]


def test_a_good_push_is_paid_in_both_layers(sandbox):
    answer = call(sandbox)
    assert codes(answer) == ("0", "0")
    assert "reqeustId" in answer.text
    assert "pushUssdMessageResponse" in answer.text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"username": "x"}, ("6003", "")),
        ({"password": "x"}, ("6003", "")),
        ({"wscode": "pushUsedMessage"}, ("2001", "")),
        ({"wscode": "queryTransaction"}, ("2001", "")),
        ({"key": None}, ("4000", "")),
        ({"extra": "1"}, ("4000", "")),
        ({"partnerCode": "x"}, ("0", "05")),
        ({"key": "x"}, ("0", "98")),
        ({"msisdn": "258861234510"}, ("0", "07")),
        ({"msisdn": "841234510"}, ("0", "07")),
        ({"transAmount": "150.00"}, ("0", "06")),
        ({"transAmount": "0"}, ("0", "06")),
        ({"transAmount": "100000"}, ("0", "06")),
        ({"smsContent": ""}, ("0", "08")),
        ({"smsContent": "x" * 151}, ("0", "08")),
        ({"smsContent": "maçã"}, ("0", "08")),
        ({"transId": "E" * 31}, ("0", "09")),
        ({"transId": "E-0000000000000000001"}, ("0", "09")),
        ({"refNo": "x" * 21}, ("0", "23")),
        ({"refNo": "CO-7"}, ("0", "23")),
    ],
)
def test_each_wrong_field_has_its_code(sandbox, change, expected):
    assert codes(call(sandbox, **change)) == expected
    assert sandbox.kept("emola") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "<a/>",
        "<a",
        ENVELOPE.format(username="u", password="p", wscode=PUSH, params="").replace(
            "<rawData>?</rawData>", ""
        ),
        ENVELOPE.format(username="u", password="p", wscode=PUSH, params="").replace("<Input>", "<web:Input>"),
    ],
)
def test_a_broken_envelope_is_turned_away(sandbox, body):
    assert codes(post(sandbox, body))[0] == "4000"


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "application/json", "SOAPAction": ""}, {"Content-Type": "text/xml"}]
)
def test_the_headers_belong_to_it(sandbox, headers):
    assert (
        codes(post(sandbox, ENVELOPE.format(username="", password="", wscode="", params=""), headers))[0]
        == "4000"
    )


def test_a_transaction_id_is_taken_once_whatever_it_is_for(sandbox):
    call(sandbox)
    payout = {name: PARAMS[name] for name in PARAMS if name not in ("language", "refNo")}
    assert codes(call(sandbox)) == codes(call(sandbox, DISBURSE, payout)) == ("0", "14")


@pytest.mark.parametrize(("layer", "expected"), [("gateway", ("8000", "")), ("business", ("0", "02"))])
def test_an_address_not_on_the_list_is_refused_in_one_of_two_layers(sandbox, layer, expected):
    sandbox.switch(emola_wrong_ip=layer)
    assert codes(call(sandbox)) == expected


def ask(sandbox, kind="C2B", transaction=PARAMS["transId"]):
    asked = {name: PARAMS[name] for name in ("partnerCode", "key")}
    return codes(call(sandbox, QUERY, asked, transId=transaction, transType=kind))[1]


def test_a_question_is_answered_for_its_own_kind_only(sandbox):
    assert ask(sandbox) == "15"
    call(sandbox)
    assert (ask(sandbox), ask(sandbox, "B2C")) == ("0", "15")
    assert ask(sandbox, transaction="E0000000000000000002") == "15"


def test_the_console_and_the_phone_know_emola(sandbox):
    call(sandbox)
    console = requests.get(f"{sandbox.url}/", timeout=5).text
    assert "Mozambique: e-Mola" in console
    assert "ORDER7" in console
    assert "emola_trouble" in requests.get(f"{sandbox.url}/switches/", timeout=5).text
