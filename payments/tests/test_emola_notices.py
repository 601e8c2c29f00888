"""What anyone may post to e-Mola's address: a hint to ask, whatever its form, and never more."""

import json
import time
from urllib.parse import urlencode

import pytest

from payments import gateways, notices
from payments.gateways.base import UnreadableNotice
from payments.gateways.emola import MAX_CALLBACK_BYTES
from payments.models import GatewayNotice, LedgerEntry, PaymentStatus
from payments.tests.test_emola_troubles import begin, start, state
from payments.tests.test_strict_xml import ATTACKS

URL = "/webhooks/emola/"
OURS = "PMZ00000000001A1"
TOLD = {
    "reqeustId": "77",
    "transId": f"E000{OURS}",
    "refNo": OURS,
    "errorCode": "0",
    "message": "Sucesso, cliente não sei quem 258861234567",
}


def as_json(told):
    return json.dumps(told).encode()


def as_form(told):
    return urlencode(told).encode()


def as_xml(told):
    return ("<r>" + "".join(f"<{name}>{value}</{name}>" for name, value in told.items()) + "</r>").encode()


def as_soap(told):
    return (
        b'<?xml version="1.0"?><S:Envelope xmlns:S="urn:s"><S:Body>'
        + as_xml(told)
        + b"</S:Body></S:Envelope>"
    )


FORMS = [as_json, as_form, as_xml, as_soap]


@pytest.fixture
def emola(sandbox):
    return gateways.get("emola")


@pytest.mark.parametrize("form", FORMS)
def test_a_callback_is_read_in_every_form_and_is_only_a_hint(emola, form):
    notice = emola.read_notice({}, form(TOLD))
    assert notice.reference == OURS
    assert notice.company_reference == notice.refund_reference == ""
    assert notice.reply == {"ResponseCode": "0", "ResponseMessage": "OK"}
    assert "861234567" not in str(notice)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_callback_has_the_same_event_id_in_every_form(emola, form):
    assert emola.read_notice({}, form(TOLD)).event_id == emola.read_notice({}, as_json(TOLD)).event_id
    assert emola.read_notice({}, form(TOLD | {"errorCode": "11"})).event_id.endswith(":11")


def test_their_number_is_read_under_both_spellings(emola):
    told = {"requestId" if name == "reqeustId" else name: value for name, value in TOLD.items()}
    assert emola.read_notice({}, as_json(told)).event_id == emola.read_notice({}, as_json(TOLD)).event_id


def test_numbers_and_nothing_are_understood_in_json(emola):
    notice = emola.read_notice({}, as_json(TOLD | {"errorCode": 0, "reqeustId": None}))
    assert notice.event_id == f"E000{OURS}::0"


def test_our_reference_alone_is_enough_and_a_foreign_transaction_leads_nowhere(emola):
    assert emola.read_notice({}, as_json({"refNo": OURS})).reference == OURS
    assert emola.read_notice({}, as_json({"transId": "ABC123", "refNo": OURS})).reference == ""


UNREADABLE = {
    "nothing": b"",
    "no transaction": as_json({"errorCode": "0"}),
    "an empty form": b"=&=",
    "words": b"hello",
    "half a JSON": b'{"transId": "',
    "a deep JSON": b'{"a":' * 5000,
    "a list": b"[1]",
    "a list inside": as_json(TOLD | {"transId": ["E"]}),
    "a truth": as_json(TOLD | {"transId": True}),
    "signs of SQL": as_json(TOLD | {"transId": "E' OR 1=1"}),
    "NUL": as_json(TOLD | {"transId": "E\x00"}),
    "a long name": as_json(TOLD | {"reqeustId": "7" * 61}),
    "a letter of another alphabet": as_json(TOLD | {"transId": "Е000PMZ"}),
    "too large": as_json(TOLD | {"message": "x" * MAX_CALLBACK_BYTES}),
    "a thousand fields": b"&".join(b"a%d=1" % number for number in range(1000)),
    "another encoding": "transId=não".encode("latin-1"),
} | {f"XML: {name}": body for name, body in ATTACKS.items()}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_movitel_would_not_send_is_unreadable(emola, body):
    with pytest.raises(UnreadableNotice) as error:
        emola.read_notice({}, body)
    assert error.value.reply["ResponseCode"] == "1"


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"hello", ATTACKS["a billion laughs"]])
def test_the_address_answers_bad_words_as_movitel_wants_and_stores_nothing(sandbox, client, body):
    answer = client.post(URL, body, content_type="text/plain")
    assert (answer.status_code, answer.json()["ResponseCode"]) == (200, "1")
    assert not GatewayNotice.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("form", FORMS)
def test_the_address_answers_good_words_as_movitel_wants(sandbox, client, form):
    answer = client.post(URL, form(TOLD), content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()) == (200, {"ResponseCode": "0", "ResponseMessage": "OK"})
    assert GatewayNotice.objects.get().body["code"] == "0"


def follow_all():
    for number in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(number)


def deliver(sandbox, client):
    """Hand over what was kept for want of an address, once its time has come."""
    time.sleep(max(0, sandbox.kept("emola")[0]["over_at"] - time.time()))
    for headers, body in sandbox.events(product="emola"):
        answer = client.post(URL, body, content_type=headers["Content-Type"])
        assert answer.json()["ResponseCode"] == "0"
    follow_all()


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["json", "form", "xml"])
def test_a_callback_makes_us_ask_and_the_answer_pays(sandbox, client, form):
    sandbox.switch(emola_callback_form=form)
    payment = start(begin("70"))
    deliver(sandbox, client)
    assert state(payment)[0] == PaymentStatus.SUCCEEDED


@pytest.mark.django_db
def test_a_callback_of_failure_is_asked_about_as_well(sandbox, client):
    payment = start(begin("72"))
    deliver(sandbox, client)
    assert state(payment)[0] == PaymentStatus.FAILED
    assert payment.failure_reason == "expired"


@pytest.mark.django_db
def test_a_forged_callback_changes_nothing(sandbox, client):
    """It says "paid"; the company, asked, has never heard of the payment."""
    payment = start(begin("73"))
    deliver(sandbox, client)
    assert state(payment)[0] == PaymentStatus.PENDING
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_a_forged_callback_fails_nothing_either(sandbox, client):
    payment = start(begin("99", asynchronous=sandbox))
    told = {"transId": f"E000{payment.reference}", "refNo": payment.reference, "errorCode": "03"}
    client.post(URL, as_json(told), content_type="application/json")
    follow_all()
    assert state(payment)[0] == PaymentStatus.PENDING


@pytest.mark.django_db
def test_a_callback_about_a_strangers_payment_is_stored_and_nothing_else(sandbox, client):
    answer = client.post(URL, as_json(TOLD), content_type="application/json")
    follow_all()
    assert answer.json()["ResponseCode"] == "0"
    assert GatewayNotice.objects.get().outcome == "not ours"


@pytest.mark.django_db
def test_the_same_callback_many_times_posts_once(sandbox, client):
    payment = start(begin("70"))
    for _ in range(5):
        deliver(sandbox, client)
    assert state(payment)[0] == PaymentStatus.SUCCEEDED
    assert GatewayNotice.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1
