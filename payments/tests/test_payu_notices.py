"""PayU's confirmations at our door: what is believed, stored and answered."""

import json
import re

import pytest

from orders.models import OrderStatus
from payments import collecting, gateways, notices
from payments.gateways.base import ForgedNotice
from payments.gateways.payu import PayU
from payments.models import GatewayNotice, LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import make_payment
from payments.webhook_views import LARGEST_BODY

URL = "/webhooks/payu/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def charge(sandbox, db):
    """An Efecty number that was paid."""
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    payment.refresh_from_db()
    sandbox.decide(payment.reference, "approve")
    return payment


def follow_all():
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def test_a_signed_confirmation_makes_us_ask_and_then_pays_the_order(sandbox, charge, client):
    assert [each.status_code for each in sandbox.deliver(client, product="payu")] == [200]
    charge.refresh_from_db()
    assert charge.status == PaymentStatus.PENDING  # the confirmation itself moves nothing
    follow_all()
    charge.refresh_from_db()
    charge.order.refresh_from_db()
    assert (charge.status, charge.order.status) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert GatewayNotice.objects.get().outcome == "succeeded"


def test_the_same_confirmation_again_and_again_posts_once(sandbox, charge, client):
    ((headers, body),) = sandbox.events(product="payu")
    for attempt in range(9):
        counted = re.sub(rb"attempts=\d", b"attempts=%d" % (attempt + 1), body)
        assert client.post(URL, counted, content_type=FORM).status_code == 200
        follow_all()
    assert GatewayNotice.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1


def test_news_in_the_wrong_order_changes_nothing(sandbox, db, client):
    sandbox.switch(reverse_events=True)
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    events = sandbox.events(at_least=2, product="payu")
    for _headers, body in reversed(events):
        assert client.post(URL, body, content_type=FORM).status_code == 200
        follow_all()
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert GatewayNotice.objects.count() == 2


def test_what_is_stored_holds_no_personal_data(sandbox, charge, client):
    sandbox.deliver(client, product="payu")
    stored = json.dumps(GatewayNotice.objects.get().body)
    order = charge.order
    for secret in (order.email, order.full_name, order.phone[-10:], "Calle", "203.0.113", "sign"):
        assert secret not in stored
    assert charge.reference in stored and '"value"' in stored


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b"state_pol=4", b"state_pol=6"),
        lambda body: body.replace(b"sign=", b"nosign="),
        lambda body: body + b"&state_pol=4",
        lambda body: re.sub(rb"value=\d+", b"value=1", body),
        lambda body: re.sub(rb"reference_sale=\w+", b"reference_sale=P2222222222222222", body),
        lambda body: body[:120],
        lambda body: b"",
        lambda body: b"\xff\xfe\x00\x00",
        lambda body: body.decode().encode("utf-16"),
        lambda body: b"{}",
        lambda body: body + b"&x=" + b"y" * 70_000,
    ],
)
def test_forged_and_broken_confirmations_are_refused(sandbox, charge, client, spoil):
    ((_headers, body),) = sandbox.events(product="payu")
    assert client.post(URL, spoil(body), content_type=FORM).status_code == 400
    assert not GatewayNotice.objects.exists()


def test_an_oversized_one_is_not_read(sandbox, db, client):
    assert client.post(URL, b"x" * (LARGEST_BODY + 1), content_type=FORM).status_code == 413


def test_a_badly_encoded_name_does_not_cost_us_the_news(sandbox, charge, client):
    ((_headers, body),) = sandbox.events(product="payu")
    latin = re.sub(rb"cc_holder=[^&]*", b"cc_holder=G%F3mez\xf1", body)
    assert client.post(URL, latin, content_type=FORM).status_code == 200


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_every_digest_is_understood(sandbox, db, client, digest):
    sandbox.switch(payu_digest=digest, upper_case_checksum=True)
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    assert [each.status_code for each in sandbox.deliver(client, product="payu")] == [200]


@pytest.mark.parametrize("trouble", ["wrong_checksum", "unsigned_events"])
def test_what_payu_signs_wrongly_is_refused(sandbox, db, client, trouble):
    sandbox.switch(**{trouble: True})
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    assert [each.status_code for each in sandbox.deliver(client, product="payu")] == [400]


def test_one_about_a_stranger_is_stored_and_answered(sandbox, db, client):
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    Payment.objects.update(reference="P2222222222222222")
    assert [each.status_code for each in sandbox.deliver(client, product="payu")] == [200]
    follow_all()
    assert GatewayNotice.objects.get().outcome == "not ours"


def test_a_confirmation_of_a_test_is_not_believed(sandbox, db):
    trying = PayU(sandbox.credentials("payu", test="1"))
    from_test = make_payment(method="efecty", started=False)
    trying.start(collecting.charge_of(from_test))
    sandbox.decide(from_test.reference, "approve")
    ((headers, body),) = sandbox.events(product="payu")
    assert trying.read_notice(headers, body).reference == from_test.reference
    with pytest.raises(ForgedNotice):
        gateways.get("payu").read_notice(headers, body)


def test_a_confirmation_is_tried_nine_times_and_counted(sandbox, db):
    sandbox.switch(payu_events_url=f"{sandbox.url}/nobody/here", retry_factor=100_000)
    payment = make_payment(method="efecty", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    event = sandbox.wait_for("events", state="given up", product="payu")
    assert event["answers"] == ["404"] * 9
