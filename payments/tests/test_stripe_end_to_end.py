"""One order paid by card at Stripe: one charge, one posting, whatever its events do on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, notices, withdrawing
from payments.models import Attention, GatewayNotice, LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import make_payment
from payments.tests.test_stripe_notices import EVENT, signed
from sellers.tests.factories import make_seller

URL = "/webhooks/stripe/"
JSON = "application/json"


def start(payment):
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


@pytest.fixture
def payment(sandbox, db):
    """A card payment whose buyer stands before Stripe's page."""
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    return start(make_payment(order, method="card", started=False))


def pay(sandbox, payment, number="4242424242424242"):
    sandbox.pay_by_card(payment.next_step["url"], number)


def tell(sandbox, client, *, at_least=3):
    answers = sandbox.deliver(client, product="stripe", at_least=at_least)
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)
    return {answer.status_code for answer in answers}


def seen(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


def sales():
    return LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count()


PAID = (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
WAITING = (PaymentStatus.PENDING, OrderStatus.PENDING)


@pytest.mark.parametrize("spoil", ["", "duplicate_events", "reverse_events", "stripe_two_signatures"])
def test_events_pay_the_order_once(sandbox, payment, client, spoil):
    assert payment.step == "redirect"
    if spoil:
        sandbox.switch(**{spoil: True})
    pay(sandbox, payment)
    for _ in range(2):
        assert tell(sandbox, client) == {200}
    assert seen(payment) == PAID
    assert sales() == 1
    assert payment.card == {"brand": "VISA", "last4": "4242", "exp_month": 8, "exp_year": 2040}
    assert len(sandbox.kept("sessions")) == 1


def test_lost_events_are_made_up_for_by_asking(sandbox, payment):
    sandbox.switch(drop_events=True)
    pay(sandbox, payment)
    collecting.check(payment)
    assert seen(payment) == PAID


@pytest.mark.parametrize(
    "spoil",
    [{"wrong_checksum": True}, {"unsigned_events": True}, {"stripe_clock": -400}, {"stripe_clock": 400}],
)
def test_forged_old_and_future_events_change_nothing(sandbox, payment, client, spoil):
    sandbox.switch(**spoil)
    pay(sandbox, payment)
    assert tell(sandbox, client) == {400}
    assert not GatewayNotice.objects.exists()
    assert seen(payment) == WAITING


def test_a_well_signed_lie_only_makes_us_ask(sandbox, payment, client):
    lie = {"object": "checkout.session", "id": "cs_lie", "client_reference_id": payment.reference}
    headers, body = signed(EVENT | {"data": {"object": lie | {"payment_status": "paid"}}})
    assert client.post(URL, body, content_type=JSON, headers=headers).status_code == 200
    notices.follow_up(GatewayNotice.objects.get().pk)
    assert seen(payment) == WAITING
    assert payment.company_reference == sandbox.kept("sessions")[0]["id"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", "é".encode("latin-1"), b"[" * 50_000, b"9" * 6000],
)
def test_broken_bodies_are_refused_though_they_are_signed(db, sandbox, client, body):
    headers, body = signed(body)
    assert client.post(URL, body, content_type=JSON, headers=headers).status_code == 400
    assert client.post(URL, body + b" " * 300_000, content_type=JSON, headers=headers).status_code == 413


@pytest.mark.parametrize("switch", [{"stripe_short": 100}, {"stripe_currency": "usd"}])
def test_another_amount_or_currency_waits_for_a_person(sandbox, payment, client, switch):
    sandbox.switch(**switch)
    pay(sandbox, payment)
    tell(sandbox, client)
    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    assert payment.attention == Attention.WRONG_AMOUNT
    assert not LedgerEntry.objects.exists()


def test_a_lost_answer_opens_one_page_and_takes_one_payment(sandbox, db, client):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    sandbox.fault("POST /stripe/v1/checkout/sessions", "swallow", times=2)
    payment = start(make_payment(order, method="card", started=False))
    pay(sandbox, payment)
    tell(sandbox, client)
    assert seen(payment) == PAID
    assert (len(sandbox.kept("sessions")), sales()) == (1, 1)


def test_a_page_found_only_later_still_leads_there(sandbox, db):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    sandbox.fault("POST /stripe/v1/checkout/sessions", "swallow", times=2)
    sandbox.fault("GET /stripe/v1/checkout/sessions", "html")
    payment = start(make_payment(order, method="card", started=False))
    assert (payment.status, payment.step) == (PaymentStatus.UNKNOWN, "")
    collecting.check(payment)
    payment.refresh_from_db()
    assert (payment.status, payment.step) == (PaymentStatus.PENDING, "redirect")


def test_calling_it_off_closes_the_page(sandbox, payment, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as queued:
        collecting.cancel(payment=payment)
    assert len(queued) == 1
    withdrawing.withdraw(payment.pk)
    assert sandbox.kept("sessions")[0]["status"] == "expired"
    collecting.check(payment)
    assert seen(payment) == (PaymentStatus.CANCELLED, OrderStatus.PENDING)


def test_a_time_that_runs_out_closes_the_page(sandbox, payment, django_capture_on_commit_callbacks):
    Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    payment.refresh_from_db()
    with django_capture_on_commit_callbacks() as queued:
        collecting.check(payment)
    assert (seen(payment)[0], len(queued)) == (PaymentStatus.EXPIRED, 1)
    withdrawing.withdraw(payment.pk)
    assert sandbox.kept("sessions")[0]["status"] == "expired"


def test_only_what_was_called_off_is_closed(sandbox, payment):
    withdrawing.withdraw(payment.pk)
    assert sandbox.kept("sessions")[0]["status"] == "open"


def test_money_that_was_faster_than_the_calling_off_still_pays(sandbox, payment):
    pay(sandbox, payment)
    collecting.cancel(payment=payment)
    withdrawing.withdraw(payment.pk)
    collecting.check(payment)
    assert seen(payment) == PAID


@pytest.mark.parametrize("kind", ["html", "drop", "busy"])
def test_a_company_that_cannot_close_the_page_is_no_error(sandbox, payment, kind):
    sandbox.fault("POST /stripe/v1/checkout/sessions", kind)
    collecting.cancel(payment=payment)
    withdrawing.withdraw(payment.pk)
    assert sandbox.kept("sessions")[0]["status"] == "open"


def test_a_dispute_is_flagged_for_staff(sandbox, payment, client):
    pay(sandbox, payment, "4000000000000259")
    tell(sandbox, client, at_least=5)
    assert seen(payment) == PAID
    assert payment.attention == Attention.DISPUTED
    assert payment.events.filter(kind="disputed", note__contains="fraudulent").count() == 2
    assert GatewayNotice.objects.get(event="charge.dispute.created").outcome == "for staff"


def test_a_dispute_that_was_won_needs_nobody(sandbox, payment, client):
    pay(sandbox, payment, "4000000000000259")
    tell(sandbox, client, at_least=5)
    (case,) = sandbox.kept("disputes")
    won = EVENT | {"type": "charge.dispute.closed", "data": {"object": case | {"status": "won"}}}
    headers, body = signed(won)
    client.post(URL, body, content_type=JSON, headers=headers)
    notices.follow_up(GatewayNotice.objects.get(event="charge.dispute.closed").pk)
    assert seen(payment) == PAID
    assert payment.attention == ""


def test_a_dispute_about_a_foreign_payment_is_stored_and_answered(sandbox, payment, client):
    case = {"object": "dispute", "id": "du_1", "payment_intent": "pi_foreign"}
    headers, body = signed(EVENT | {"type": "charge.dispute.created", "data": {"object": case}})
    assert client.post(URL, body, content_type=JSON, headers=headers).status_code == 200
    notices.follow_up(GatewayNotice.objects.get().pk)
    assert GatewayNotice.objects.get().outcome == "not ours"
