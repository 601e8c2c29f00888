"""What must not happen at the addresses of companies: replays, wrong orders, dates and encodings."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.tests.factories import make_order
from payments import collecting, notices
from payments.models import GatewayNotice, LedgerEntry, PaymentStatus
from payments.tests.factories import make_payment
from payments.tests.sandbox_server import sign_again
from payments.tests.test_payu_paying import answer, begin, open_page
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

JSON = "application/json"
TOLD = {
    "input_OriginalConversationID": "abc",
    "input_ThirdPartyReference": "TP2345678",
    "input_TransactionID": "x1234",
    "input_ResultCode": "0",
    "input_ResultDesc": "não",
}


def as_json(told):
    return json.dumps(told, ensure_ascii=False).encode()


def post(client, company, body, **headers):
    return client.post(f"/webhooks/{company}/", body, content_type=JSON, headers=headers)


def follow_all():
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def wallet(company, phone):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    payment = collecting.begin(order=order, method=company, inputs={"phone": phone})
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


def paid_once(payment):
    payment.refresh_from_db()
    sales = LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count()
    return payment.status == PaymentStatus.SUCCEEDED and sales == 1


UNREADABLE = {
    "Latin-1": as_json(TOLD).decode().encode("latin-1"),
    "UTF-16": as_json(TOLD).decode().encode("utf-16"),
    "UTF-32": as_json(TOLD).decode().encode("utf-32"),
    "no text": b"\xff\xfe\x00\x01",
    "cut off": as_json(TOLD)[:-9],
    "deep": b"[" * 16_000,
    "deep inside": b'{"a":' * 3000,
    "a long number": b'{"input_ThirdPartyReference": ' + b"9" * 6000 + b"}",
    "too large": as_json(TOLD | {"input_ResultDesc": "x" * 17_000}),
    "no object": b'["TP2345678"]',
    "no word": as_json(TOLD | {"input_ThirdPartyReference": {"a": 1}}),
    "nothing": b"",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_m_pesa_would_not_send_is_refused_and_not_kept(sandbox, client, body):
    assert post(client, "mpesa", body).status_code == 400
    assert not GatewayNotice.objects.exists()


def test_megabytes_are_not_read_at_the_address_of_m_pesa(sandbox, client):
    assert post(client, "mpesa", b"x" * 300_000).status_code == 413


def told_by_mpesa(ours, code):
    return TOLD | {"input_ThirdPartyReference": f"T{ours}", "input_ResultCode": code}


def told_by_emola(ours, code):
    return {"refNo": ours, "errorCode": code, "reqeustId": "1"}


@pytest.mark.parametrize(
    ("company", "phone", "told"),
    [("mpesa", "+258841234583", told_by_mpesa), ("emola", "+258861234581", told_by_emola)],
)
def test_callbacks_again_and_in_the_wrong_order_pay_once(sandbox, client, company, phone, told):
    payment = wallet(company, phone)
    for code in ("11", "0", "22", "0", "11", "0", "2051"):
        assert post(client, company, as_json(told(payment.reference, code))).status_code == 200
        follow_all()
    assert paid_once(payment)
    assert GatewayNotice.objects.count() == 4


def test_the_spelling_of_a_wrong_encoding_is_refused_by_e_mola_too(sandbox, client):
    body = as_json({"refNo": "P2345678", "errorCode": "0"}).decode().encode("utf-16")
    assert post(client, "emola", body).json()["ResponseCode"] == "1"
    assert not GatewayNotice.objects.exists()


@pytest.fixture
def by_nequi(sandbox):
    payment = make_payment(started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    return payment


def test_an_event_of_wompi_from_the_future_is_refused_though_it_is_signed(sandbox, client, by_nequi):
    ((_, body),) = sandbox.events()
    later = int((timezone.now() + timedelta(days=3)).timestamp())
    again = sign_again(body, sandbox.credentials("wompi")["events_secret"], timestamp=later)
    assert post(client, "wompi", again).status_code == 400
    assert not GatewayNotice.objects.exists()


def test_events_of_wompi_in_the_wrong_order_pay_once(sandbox, client):
    sandbox.switch(reverse_events=True)
    payment = make_payment(started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    for headers, body in reversed(sandbox.events(at_least=2)):
        assert post(client, "wompi", body, **headers).status_code == 200
        follow_all()
    assert paid_once(payment)
    assert GatewayNotice.objects.count() == 2


@pytest.mark.parametrize("day", ["1999-01-01 00:00:00", "2099-12-31 23:59:59", "yesterday", ""])
def test_a_date_that_payu_does_not_sign_decides_nothing(sandbox, client, day):
    """Whatever it says, we only ask; and the same news with another date is the same news."""
    payment = begin(make_order(), "card")
    answer(open_page(payment), "approve")
    ((_, body),) = sandbox.events(product="payu")
    dated = re.sub(rb"transaction_date=[^&]*", f"transaction_date={day}".encode(), body)
    for each in (dated, body):
        response = client.post("/webhooks/payu/", each, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 200
        payment.refresh_from_db()
        assert GatewayNotice.objects.count() == 1
    assert payment.status == PaymentStatus.PENDING
    follow_all()
    assert paid_once(payment)
