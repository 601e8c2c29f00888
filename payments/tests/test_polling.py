"""What the clock does for payments: ask, hand over, give up; and what happens all at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import StockItem
from orders import lifecycle
from orders.models import Order, OrderStatus
from orders.tests.factories import make_order
from payments import collecting, polling
from payments.models import LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import failed, make_payment, paid

pytestmark = pytest.mark.django_db


def status(payment):
    payment.refresh_from_db()
    return payment.status


def overdue(payment, **fields):
    """Long after the time to pay."""
    long_ago = timezone.now() - timedelta(minutes=1)
    Order.objects.filter(pk=payment.order_id).update(expires_at=long_ago)
    Payment.objects.filter(pk=payment.pk).update(expires_at=long_ago, **fields)
    payment.refresh_from_db()
    return payment


class TestTheClock:
    def test_open_payments_are_asked_about_with_growing_gaps(self):
        payment = make_payment(next_check_at=timezone.now())
        gaps = []
        now = timezone.now()
        for _ in range(9):
            assert polling.poll_pending(now) == 1
            payment.refresh_from_db()
            gaps.append((payment.next_check_at - now).total_seconds())
            now = payment.next_check_at
        assert gaps[:3] == [5, 10, 20]
        assert gaps == sorted(gaps)

    def test_two_clocks_at_once_ask_once(self):
        payment = make_payment(next_check_at=timezone.now())
        stale = Payment.objects.get(pk=payment.pk)
        now = timezone.now()
        assert polling._take(payment, now)
        assert not polling._take(stale, now)

    def test_a_payment_that_the_queue_lost_is_handed_over_again(self, sandbox):
        payment = make_payment(started=False)
        assert polling.poll_pending(timezone.now()) == 0
        assert polling.poll_pending(timezone.now() + timedelta(seconds=25)) == 1
        assert status(payment) == PaymentStatus.CREATED

    def test_after_two_days_nobody_asks_any_more(self):
        payment = make_payment(status=PaymentStatus.EXPIRED, next_check_at=timezone.now())
        polling.poll_pending(timezone.now() + timedelta(hours=49))
        payment.refresh_from_db()
        assert payment.next_check_at is None

    def test_the_last_question_comes_right_after_the_deadline(self):
        payment = make_payment(next_check_at=timezone.now(), checks=50)
        polling.poll_pending(payment.expires_at - timedelta(seconds=20))
        payment.refresh_from_db()
        assert payment.next_check_at == payment.expires_at + timedelta(seconds=1)


class TestExpiry:
    def test_an_unpaid_order_expires_and_its_stock_is_free(self):
        order = make_order()
        assert StockItem.objects.get().reserved == 1
        assert polling.expire_overdue(order.expires_at - timedelta(seconds=1)) == 0
        assert polling.expire_overdue(order.expires_at) == 1
        order.refresh_from_db()
        assert order.status == OrderStatus.EXPIRED
        assert StockItem.objects.get().reserved == 0
        assert polling.expire_overdue(order.expires_at) == 0

    @pytest.mark.parametrize("live", ["created", "pending", "unknown"])
    def test_an_order_whose_payment_may_still_come_is_kept(self, live):
        payment = overdue(make_payment(status=live))
        assert polling.expire_overdue() == 0
        payment.order.refresh_from_db()
        assert payment.order.status == OrderStatus.PENDING

    def test_at_the_end_the_company_is_asked_before_the_order_is_given_up(self, sandbox):
        payment = make_payment(started=False)
        collecting.start(payment.pk)
        sandbox.decide(payment.reference, "approve")
        overdue(payment)
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.SUCCEEDED
        assert polling.expire_overdue() == 0

    def test_an_attempt_nobody_answered_ends_and_then_the_order(self, sandbox):
        payment = make_payment(started=False)
        collecting.start(payment.pk)
        overdue(payment)
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.EXPIRED
        assert polling.expire_overdue() == 1
        sandbox.decide(payment.reference, "approve")
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.SUCCEEDED  # late, but the goods are still there
        payment.order.refresh_from_db()
        assert payment.order.status == OrderStatus.PAID

    def test_an_open_payment_whose_company_is_silent_at_the_end_is_doubt(self, sandbox):
        payment = make_payment(started=False)
        collecting.start(payment.pk)
        overdue(payment)
        sandbox.fault("GET /wompi/v1/transactions", "html", times=9)
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.UNKNOWN
        assert polling.expire_overdue() == 0


class TestCalledOff:
    @pytest.mark.parametrize("kind", ["redirect", "voucher", "prompt"])
    def test_an_order_takes_its_open_attempt_along(self, kind):
        payment = make_payment(next_step={"kind": kind})
        assert polling.leave_called_off() == 0
        lifecycle.cancel(payment.order, by=None, actor="buyer")
        assert polling.leave_called_off() == (kind != "prompt")
        polling.leave_called_off(timezone.now() + timedelta(minutes=2))
        assert status(payment) == PaymentStatus.CANCELLED
        collecting.settle(payment.pk, paid(payment))
        assert status(payment) == PaymentStatus.SURPLUS

    @pytest.mark.parametrize("live", ["created", "unknown"])
    def test_what_is_in_doubt_is_still_asked_about(self, live):
        payment = make_payment(status=live)
        lifecycle.cancel(payment.order, by=None, actor="buyer")
        assert polling.leave_called_off(timezone.now() + timedelta(minutes=2)) == 0
        assert status(payment) == live


@pytest.mark.django_db(transaction=True)
def test_payment_expiry_and_cancellation_at_once_end_in_one_truth():
    """Webhook, clock and shopper act at the same moment: the stock is sold or free, never both."""
    for _ in range(4):
        payment = overdue(make_payment(next_step={"kind": "redirect", "url": "https://x"}))
        acts = [
            lambda p=payment: collecting.settle(p.pk, paid(p)),
            lambda p=payment: collecting.cancel(payment=Payment.objects.get(pk=p.pk)),
            lambda p=payment: polling.expire_overdue(),
            lambda p=payment: collecting.settle(p.pk, failed()),
        ]

        def run(act):
            try:
                act()
            except collecting.NotCancellable:
                pass
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as people:
            list(people.map(run, acts))
        payment.refresh_from_db()
        payment.order.refresh_from_db()
        item = StockItem.objects.get(variant__product__seller=payment.order.seller_orders.get().seller)
        kinds = set(LedgerEntry.objects.filter(order=payment.order).values_list("kind", flat=True))
        outcome = (payment.status, payment.order.status, kinds, item.on_hand, item.reserved)
        assert outcome in [
            (PaymentStatus.SUCCEEDED, OrderStatus.PAID, {"sale"}, 9, 0),
            (PaymentStatus.SURPLUS, OrderStatus.EXPIRED, {"surplus"}, 10, 0),
        ]
