"""What Wompi calls back about payouts: a signed hint to go and ask, no more."""

import pytest

from payments import notices
from payments.books import auditing
from payments.disbursement import payouts, sending
from payments.models import GatewayNotice, Payout, PayoutStatus
from payments.tests.factories import make_available, make_destination
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
URL = "/webhooks/wompi_payouts/"


@pytest.fixture
def payout(sandbox):
    seller = make_seller()
    make_destination(seller)
    make_available(seller)
    payout = payouts.pay_available(seller.pk)
    sending.send(payout.pk)
    sandbox.decide(payout.reference, "approve")
    return payout


def status(payout):
    payout.refresh_from_db()
    return payout.status


def called(sandbox):
    """The call about the row, as the company would make it: headers, body."""
    calls = sandbox.events(product="payouts", at_least=2)
    return next((headers, body) for headers, body in calls if b"transaction.updated" in body)


def post(client, headers, body):
    return client.post(URL, body, content_type="application/json", headers=headers)


def follow_all():
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def test_a_call_makes_us_ask_and_books_the_answer_once(sandbox, payout, client):
    headers, body = called(sandbox)
    for _ in range(3):
        assert post(client, headers, body).status_code == 200
    assert status(payout) == PayoutStatus.SENDING  # the call itself moves nothing
    follow_all()
    assert status(payout) == PayoutStatus.PAID
    assert GatewayNotice.objects.get().outcome == "paid"
    assert payout.events.filter(kind="paid").count() == 1
    assert auditing.findings() == []


def test_a_forged_or_truncated_call_changes_nothing(sandbox, payout, client):
    headers, body = called(sandbox)
    assert post(client, headers, body.replace(b"APPROVED", b"FAILED")).status_code == 400
    assert post(client, headers, body[:40]).status_code == 400
    assert not GatewayNotice.objects.exists()
    assert status(payout) == PayoutStatus.SENDING


def test_while_the_company_is_silent_the_call_waits(sandbox, payout, client):
    post(client, *called(sandbox))
    sandbox.fault("GET /wompi-payouts/v1/transactions", "html")
    follow_all()
    assert GatewayNotice.objects.get().handled_at is None
    follow_all()
    assert status(payout) == PayoutStatus.PAID


def test_a_call_about_somebody_elses_payout_is_answered_alike(sandbox, payout, client):
    headers, body = called(sandbox)
    Payout.objects.update(reference="OTHER12")
    assert post(client, headers, body).status_code == 200
    follow_all()
    assert GatewayNotice.objects.get().outcome == "not ours"


def test_rails_that_never_call_have_no_address(client, db):
    for rail in ("mpesa_b2c", "bank_file"):
        assert client.post(f"/webhooks/{rail}/", b"{}", content_type="application/json").status_code == 404
