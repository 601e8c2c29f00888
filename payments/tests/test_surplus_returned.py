"""Money that came twice, too late or in a wrong amount goes back by itself, and the buyer is told."""

import pytest
from django.utils import timezone

from catalog.models import Variant
from catalog.tests.factories import make_product
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from orders.tests.factories import make_order
from payments import collecting, gateways
from payments.books import auditing, ledger
from payments.models import Account, Attention, PaymentStatus, Refund, RefundStatus
from payments.refunds import refunding, returning, surplus
from payments.refunds.refunding import NotRefundable
from payments.tests.factories import failed, make_payment, paid, wrong
from payments.tests.refunds import balance, name_account

pytestmark = pytest.mark.django_db


def twice(payment):
    collecting.settle(payment.pk, failed())
    second = make_payment(payment.order)
    collecting.settle(second.pk, paid(second))


def late(payment):
    collecting.settle(payment.pk, failed())
    lifecycle.expire(payment.order, timezone.now())
    Variant.objects.update(is_active=False)  # not sold any more


def cancelled(payment):
    collecting.settle(payment.pk, failed())
    lifecycle.cancel(payment.order, by=None, actor="buyer")


GIVEN_UP = "It came after the order had been given up."


@pytest.mark.parametrize(
    ("happens", "why"),
    [(twice, "You had paid this order already."), (late, GIVEN_UP), (cancelled, GIVEN_UP)],
)
def test_to_the_account_that_the_buyer_names(sandbox, happens, why):
    payment = make_payment()
    happens(payment)
    for _ in range(3):
        collecting.settle(payment.pk, paid(payment))
    refund = Refund.objects.get()
    assert (refund.payment_id, refund.money, refund.seller_order) == (payment.pk, payment.money, None)
    assert refund.why == why
    told = OutgoingMessage.objects.get(template="payments/surplus")
    assert told.recipient == payment.order.email and refund.secret in told.text
    name_account(refund)
    returning.send(refund.pk)
    sandbox.decide(refund.reference, "approve")
    returning.follow_up(refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert balance(Account.SURPLUS) == balance(Account.REFUNDS_DUE) == 0
    assert not auditing.findings()


def test_by_the_company_that_took_it(sandbox):
    order = make_order(make_product(market_code="mz", price="1000"))
    payment = make_payment(order, method="mpesa")
    started = gateways.get("mpesa").start(collecting.charge_of(payment))
    lifecycle.cancel(order, by=None, actor="buyer")
    collecting.settle(payment.pk, started.outcome)
    refund = Refund.objects.get()
    assert refund.status == RefundStatus.CREATED
    assert "/refunds/" not in OutgoingMessage.objects.get(template="payments/surplus").text
    returning.send(refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert balance(Account.GATEWAY, "MZN") == 0
    assert not auditing.findings()


def test_a_wrong_amount_goes_back_as_it_came():
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment, 700))
    surplus.book(payment.pk, wrong(payment, 700), by="1")
    refund = Refund.objects.get()
    assert refund.amount == 700 and refund.why == "It is not the amount of the order."
    assert not auditing.findings()


def test_once_for_each_payment_and_only_for_surplus():
    payment = make_payment()
    cancelled(payment)
    collecting.settle(payment.pk, paid(payment))
    payment.refresh_from_db()
    assert refunding.return_surplus(payment) == refunding.return_surplus(payment)
    sale = make_payment()
    collecting.settle(sale.pk, paid(sale))
    with pytest.raises(NotRefundable):
        refunding.return_surplus(sale)
    assert Refund.objects.count() == 1


def test_surplus_from_before_goes_back_with_the_clock():
    payment = make_payment(status=PaymentStatus.SURPLUS, attention=Attention.REFUND)
    ledger.record_surplus(payment)
    assert [refunding.return_forgotten(), refunding.return_forgotten()] == [1, 0]
    payment.refresh_from_db()
    assert (payment.status, payment.attention) == (PaymentStatus.SURPLUS, "")
    assert Refund.objects.get().money == payment.money
