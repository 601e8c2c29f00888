"""Companies call us: what is believed, stored and answered."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, notices
from payments.models import GatewayNotice, LedgerEntry, PaymentStatus
from payments.tests.factories import make_payment
from payments.tests.sandbox_server import sign_again
from payments.webhook_views import LARGEST_BODY
from sellers.tests.factories import make_seller

URL = "/webhooks/wompi/"
JSON = "application/json"


def start(payment):
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


@pytest.fixture
def charge(sandbox, db):
    """A Nequi payment that the company knows and its buyer has approved."""
    payment = start(make_payment(started=False))
    sandbox.decide(payment.reference, "approve")
    return payment


def follow_all():
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def test_a_signed_event_makes_us_ask_and_then_pays_the_order(sandbox, charge, client):
    assert [answer.status_code for answer in sandbox.deliver(client)] == [200]
    charge.refresh_from_db()
    assert charge.status == PaymentStatus.PENDING  # the event itself moves nothing

    follow_all()
    charge.refresh_from_db()
    charge.order.refresh_from_db()
    assert (charge.status, charge.order.status) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert GatewayNotice.objects.get().outcome == "succeeded"


def test_the_same_webhook_fifty_times_posts_once(sandbox, charge, client):
    ((headers, body),) = sandbox.events()
    for _ in range(50):
        assert client.post(URL, body, content_type=JSON, headers=headers).status_code == 200
        follow_all()
    assert GatewayNotice.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_webhook_fifty_times_at_once_posts_once(sandbox):
    payment = start(make_payment(started=False))
    sandbox.decide(payment.reference, "approve")
    ((headers, body),) = sandbox.events()

    def call(_):
        try:
            status = Client().post(URL, body, content_type=JSON, headers=headers).status_code
            payment.refresh_from_db()
            collecting.check(payment)
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as company:
        answers = list(company.map(call, range(50)))
    assert set(answers) == {200}
    assert GatewayNotice.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="sale").count() == 4
    assert payment.events.filter(kind="succeeded").count() == 1


def test_what_is_stored_holds_no_personal_data(sandbox, charge, client):
    sandbox.deliver(client)
    stored = json.dumps(GatewayNotice.objects.get().body)
    assert charge.order.email not in stored
    assert "3001234567" not in stored
    assert "checksum" not in stored


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, body: (headers, body.replace(b"APPROVED", b"DECLINED")),
        lambda headers, body: (headers, body.replace(b'"checksum"', b'"other"')),
        lambda headers, body: ({}, json.dumps({"event": "transaction.updated"}).encode()),
        lambda headers, body: (headers, body[:-20]),
        lambda headers, body: (headers, b""),
        lambda headers, body: (headers, b"\xff\xfe"),
        lambda headers, body: (headers, b"[" * 50_000),
        lambda headers, body: (headers, b"9" * 6000),
        lambda headers, body: (headers, b'["transaction.updated"]'),
        lambda headers, body: (headers, b'{"event": null, "signature": 5, "timestamp": {}}'),
        lambda headers, body: (headers, sign_again(body, "another secret")),
    ],
)
def test_forged_unsigned_and_broken_notices_are_refused_and_change_nothing(sandbox, charge, client, spoil):
    ((headers, body),) = sandbox.events()
    headers, body = spoil(headers, body)
    response = client.post(URL, body, content_type=JSON, headers=headers)
    assert response.status_code == 400
    assert not GatewayNotice.objects.exists()
    charge.refresh_from_db()
    assert charge.status == PaymentStatus.PENDING


def test_an_old_event_is_refused(sandbox, charge, client):
    ((_, body),) = sandbox.events()
    old = int((timezone.now() - timedelta(days=3)).timestamp())
    again = sign_again(body, sandbox.credentials("wompi")["events_secret"], timestamp=old)
    assert client.post(URL, again, content_type=JSON).status_code == 400
    assert not GatewayNotice.objects.exists()


def test_a_body_of_ten_megabytes_is_refused_without_being_read(client):
    with mock.patch("django.http.HttpRequest.body", property(lambda _: pytest.fail("it was read"))):
        response = client.post(URL, b"x" * 10_000_000, content_type=JSON)
    assert response.status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "many", "9" * 30])
def test_a_strange_length_is_no_error(client, db, length):
    response = client.post(URL, b"{}", content_type=JSON, CONTENT_LENGTH=length)
    assert response.status_code in (400, 413)


def test_the_limit_is_generous_for_real_events(sandbox, charge):
    assert all(len(body) * 20 < LARGEST_BODY for _, body in sandbox.events())


def test_an_unknown_company_is_not_found(client, db):
    assert client.post("/webhooks/paypal/", "{}", content_type=JSON).status_code == 404
    assert client.get(URL).status_code == 405


def test_an_unknown_reference_is_stored_and_answered_like_a_known_one(sandbox, charge, client):
    ((_, body),) = sandbox.events()
    event = json.loads(body)
    event["data"]["transaction"]["reference"] = "PNOBODYKNOWSTHIS"
    secret = sandbox.credentials("wompi")["events_secret"]
    response = client.post(URL, sign_again(json.dumps(event), secret), content_type=JSON)
    assert response.status_code == 200
    follow_all()
    assert GatewayNotice.objects.get().outcome == "not ours"


def test_an_unknown_event_is_stored_and_answered(sandbox, charge, client):
    ((_, body),) = sandbox.events()
    secret = sandbox.credentials("wompi")["events_secret"]
    renamed = sign_again(body, secret, event="nequi_token.updated")
    assert client.post(URL, renamed, content_type=JSON).status_code == 200
    follow_all()
    notice = GatewayNotice.objects.get()
    assert (notice.event, notice.outcome) == ("nequi_token.updated", "nothing to do")


def test_a_callback_of_mpesa_is_only_a_hint(sandbox, db, client):
    """Nobody signs it, so a forged "paid" must change nothing."""
    payment = make_payment(make_order(seller=make_seller(market_code="mz"), price=500), status="unknown")
    callback = {
        "input_OriginalConversationID": "abc",
        "input_ThirdPartyReference": f"T{payment.reference}",
        "input_TransactionID": "forged",
        "input_ResultCode": "0",
        "input_ResultDesc": "ok",
    }
    response = client.post("/webhooks/mpesa/", json.dumps(callback), content_type=JSON)
    assert response.status_code == 200
    assert response.json()["output_ResponseCode"] == "0"
    follow_all()
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.UNKNOWN
    assert not LedgerEntry.objects.exists()


def test_a_notice_that_nobody_followed_up_is_swept(sandbox, charge, client):
    sandbox.deliver(client)
    assert notices.sweep() == 0
    assert notices.sweep(timezone.now() + timedelta(minutes=2)) == 1


def test_a_notice_waits_for_a_silent_company(sandbox, charge, client):
    sandbox.deliver(client)
    sandbox.fault("GET /wompi/v1/transactions", "html", times=9)
    follow_all()
    assert GatewayNotice.objects.get().handled_at is None
    sandbox.forget()


def test_characters_that_postgres_cannot_keep_are_no_error(client, db, sandbox, charge):
    ((_, body),) = sandbox.events()
    event = json.loads(body)
    event["data"]["transaction"]["id"] = "a\x00b\ud800"
    secret = sandbox.credentials("wompi")["events_secret"]
    signed = json.dumps(event)
    try:
        signed = sign_again(signed, secret)
    except UnicodeEncodeError:
        signed = signed.encode()
    assert client.post(URL, signed, content_type=JSON).status_code in (200, 400)
