"""Many hands at one refund: never more than was paid, and the books stay balanced."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from catalog.tests.factories import make_product
from marketplace.lifecycle import IllegalTransition, StaleState
from orders import lifecycle
from payments import collecting
from payments.books import auditing
from payments.disbursement import payouts
from payments.models import Account, Payment, Payout, Refund
from payments.refunds import refunding
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.tests.factories import make_available, make_destination, paid
from payments.tests.refunds import balance, give_back, part_of, sell
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db(transaction=True)

REFUSALS = (MoreThanPaid, NotRefundable, IllegalTransition, StaleState)


def at_once(*actions):
    """Do all of them at the same time; answers what came of each: a value, or the named refusal."""

    def act(action):
        try:
            return action()
        except REFUSALS as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(act, actions))


def test_twenty_at_once_give_back_what_was_paid_and_no_more():
    part = sell(make_product(price="10000", on_hand=99), quantity=5)
    line = part.lines.get()
    done = at_once(*[lambda: give_back(part, {line.pk: 1})] * 20)
    assert done.count(MoreThanPaid) == 15
    assert Refund.objects.count() == 5
    assert balance(Account.REFUNDS_DUE) == part.total  # with the last unit its delivery
    assert not auditing.findings()


def test_everybody_calls_off_the_same_part_and_somebody_sends_it():
    part = sell(make_product(on_hand=10))
    by = {"by": None, "reason": ""}
    done = at_once(
        lambda: refunding.cancel_paid_part(seller_order=part, actor="buyer", **by),
        lambda: refunding.cancel_paid_part(seller_order=part, actor="seller", **by),
        lambda: refunding.cancel_paid_part(seller_order=part, actor="staff", **by),
        lambda: lifecycle.ship(part_of(part.order), by=None),
    )
    part.refresh_from_db()
    refunds = Refund.objects.count()
    assert (part.status, refunds) in [("cancelled", 1), ("shipped", 0)]
    assert sum(each in REFUSALS for each in done) == 3
    assert not auditing.findings()


def test_a_refund_while_money_comes_a_second_time():
    part = sell(make_product())
    order = part.order
    late = make_late_payment(order)
    at_once(
        *[lambda: collecting.settle(late.pk, paid(late))] * 4,
        *[lambda: give_back(part, with_delivery=True)] * 4,
    )
    assert sorted(Refund.objects.values_list("kind", flat=True)) == ["order", "surplus"]
    assert balance(Account.REFUNDS_DUE) == part.total * 2
    assert balance(Account.GATEWAY) == part.total * 2
    assert not auditing.findings()


def make_late_payment(order):
    """An attempt that was given up before another one paid the order."""
    settled = order.payments.get()
    return Payment.objects.create(
        order=order,
        number=2,
        market_code=order.market_code,
        reference="PLATE0000001",
        method="nequi",
        gateway="wompi",
        amount=order.total,
        currency=order.currency,
        status="failed",
        started_at=settled.created_at,
        expires_at=settled.expires_at,
    )


def test_a_refund_while_the_same_money_is_paid_out():
    """Either the payout nets it, or it was faster: then it is a debt."""
    seller = make_seller()
    make_destination(seller)
    parts = [make_available(seller, price="50000") for _ in range(3)]
    at_once(
        *[lambda part=part: give_back(part, with_delivery=True) for part in parts[:2]],
        *[lambda: payouts.pay_available(seller.pk)] * 3,
    )
    earned = sum(part.earnings for part in parts) - sum(each.seller_amount for each in Refund.objects.all())
    paid_out = sum(payout.amount for payout in Payout.objects.all())
    assert balance(Account.SELLER_AVAILABLE, seller=seller) == earned - paid_out
    assert Payout.objects.count() <= 1
    assert not auditing.findings()


def test_a_refund_while_the_money_is_released():
    seller = make_seller()
    part = sell(make_product(seller=seller, on_hand=20), quantity=4)
    line = part.lines.get()
    lifecycle.ship(part, by=None)
    lifecycle.deliver(part_of(part.order), by=None, actor="buyer")
    later = timezone.now() + payouts.hold(part.market) * 2
    at_once(*[lambda: payouts.release_due(later)] * 3, *[lambda: give_back(part, {line.pk: 1})] * 4)
    assert balance(Account.SELLER_HELD) == 0
    assert Refund.objects.count() == 4
    assert balance(Account.SELLER_AVAILABLE) == part.delivery
    assert not auditing.findings()
