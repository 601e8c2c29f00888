"""Money that came through PayU goes back: cards by PayU, days later; cash to an account of the buyer."""

import pytest

from orders.tests.factories import make_order
from payments.models import LedgerEntry, Refund, RefundStatus
from payments.refunds import refunding, returning
from payments.refunds.returned import ON_ITS_WAY
from payments.tests.test_payu_paying import answer, begin, counter, hear, hear_of_cash, open_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(sandbox, client):
    """A card order, paid at PayU."""
    sandbox.switch(payu_refund_wait=0)
    payment = begin(make_order(), "card")
    answer(open_page(payment), "approve")
    hear(sandbox, client)
    return payment


def call_off(order):
    (part,) = order.seller_orders.all()
    return refunding.cancel_paid_part(seller_order=part, by=None, actor="staff", reason="sold out")


def state(refund):
    refund.refresh_from_db()
    return refund.status


def booked(kind):
    return LedgerEntry.objects.filter(kind=kind).values("movement").distinct().count()


def wait_until_decided(sandbox, decision):
    sandbox.wait_for("payu", type="REFUND", state=decision)


def test_a_card_goes_back_when_payu_has_decided(sandbox, card):
    refund = call_off(card.order)
    returning.send(refund.pk)
    assert state(refund) in ON_ITS_WAY
    assert booked("refund_paid") == 0
    wait_until_decided(sandbox, "APPROVED")
    for _ in range(2):
        returning.follow_up(refund.pk)
    assert state(refund) == RefundStatus.SUCCEEDED
    assert booked("refund_paid") == 1
    assert len(sandbox.kept("payu_refunds")) == 1


def test_what_payu_declines_goes_to_an_account(sandbox, card):
    sandbox.switch(payu_refunds="refuse")
    refund = call_off(card.order)
    returning.send(refund.pk)
    wait_until_decided(sandbox, "DECLINED")
    returning.follow_up(refund.pk)
    assert state(refund) == RefundStatus.NEEDS_ACCOUNT
    assert booked("refund_paid") == 0


def test_in_the_first_ten_minutes_it_waits_for_payu(sandbox, card, settings):
    usual = sandbox.credentials("payu", refund_wait_seconds="")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": usual}
    refund = call_off(card.order)
    returning.send(refund.pk)
    assert state(refund) == RefundStatus.CREATED
    assert not sandbox.kept("payu_refunds")


def test_a_second_payment_goes_back_by_itself(sandbox, client, card):
    sandbox.decide(card.reference, "again")
    hear(sandbox, client, at_least=2)
    refund = Refund.objects.get()
    returning.send(refund.pk)
    wait_until_decided(sandbox, "APPROVED")
    returning.follow_up(refund.pk)
    assert state(refund) == RefundStatus.SUCCEEDED
    newest = sandbox.kept("payu")[1]  # behind the refund stands the second payment
    assert sandbox.kept("payu_refunds")[0]["parent"] == newest["id"]
    card.order.refresh_from_db()
    assert card.order.status == "paid"


def test_cash_goes_to_an_account_because_payu_cannot(sandbox, client):
    payment = begin(make_order(), "efecty")
    counter(sandbox, payment, "now")
    hear_of_cash(sandbox, client, "APPROVED")
    refund = call_off(payment.order)
    assert state(refund) == RefundStatus.NEEDS_ACCOUNT
    assert not sandbox.kept("payu_refunds")
