"""Money that comes after its order was given up: the order goes on, or without goods the money goes back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from catalog import stock
from catalog.models import Product, StockItem, StockMovement, Variant
from catalog.tests.factories import make_product
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle, reviving
from orders.models import Allocation, Order, OrderStatus
from orders.tests.factories import make_cart, make_order, place
from orders.timeline import order_page
from payments import polling, settling
from payments.books import auditing, ledger
from payments.gateways.base import Reason
from payments.models import Account, Attention, LedgerEntry, Payment, PaymentStatus, RefundStatus
from payments.refunds import refunding
from payments.tests.factories import failed, make_payment, paid, wrong
from sellers.tests.factories import make_seller

PAID = (PaymentStatus.SUCCEEDED, OrderStatus.PAID)


def seen(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


def given_up(order=None, method=""):
    """An attempt that failed, or so it seemed, and whose order the clock has given up."""
    payment = make_payment(order or make_order(), method=method)
    settling.settle(payment.pk, failed(Reason.EXPIRED))
    assert polling.expire_overdue(timezone.now() + timedelta(days=9)) == 1
    payment.refresh_from_db()
    return payment


def told(template):
    return list(OutgoingMessage.objects.filter(template=template).values_list("recipient", flat=True))


def booked(kind):
    return LedgerEntry.objects.filter(kind=kind).values("movement").distinct().count()


@pytest.mark.django_db
def test_after_a_month_the_old_prices_hold_no_longer_and_the_money_goes_back():
    payment = given_up()
    settling.settle(payment.pk, paid(payment), now=payment.order.placed_at + timedelta(days=31))
    assert seen(payment) == (PaymentStatus.SURPLUS, OrderStatus.EXPIRED)
    assert booked("surplus") == 1 and auditing.findings() == []


@pytest.mark.django_db
class TestGoodsAreThere:
    @pytest.mark.parametrize(("market", "method"), [("co", "nequi"), ("co", "efecty"), ("mz", "mpesa")])
    def test_the_order_goes_on_as_if_it_had_been_paid_in_time(self, market, method):
        order = make_order(
            seller=make_seller(market_code=market), price=5_000 if market == "mz" else 50_000, quantity=2
        )
        part = order.seller_orders.get()
        owner = part.seller.members.get().user.email
        payment = given_up(order, method)
        now = timezone.now() + timedelta(days=3)
        for _ in range(2):
            settling.settle(payment.pk, paid(payment), now=now)

        assert seen(payment) == PAID
        after = payment.order.seller_orders.get()
        frozen = ("total", "commission", "commission_tax", "delivery")
        assert [getattr(after, name) for name in frozen] == [getattr(part, name) for name in frozen]
        assert (after.status, after.confirmed_at, after.cancelled_at) == ("confirmed", now, None)
        assert payment.order.cancelled_at is None and payment.order.total == order.total
        assert after.estimated_from > part.estimated_from and after.estimated_to > part.estimated_to
        assert StockItem.objects.values_list("on_hand", "reserved").get() == (8, 0)
        assert StockMovement.objects.filter(kind="sold", source=order.number).count() == 1
        assert sorted(Allocation.objects.values_list("state", flat=True)) == ["consumed", "released"]
        assert (booked("sale"), booked("surplus")) == (1, 0)
        kinds = list(payment.order.events.values_list("kind", flat=True))
        assert kinds == ["placed", "expired", "revived", "paid"]
        assert told("orders/revived") == told("orders/receipt") == [order.email]
        assert told("orders/new_order") == [owner]
        assert not told("payments/surplus")
        assert not auditing.findings()

    def test_called_off_afterwards_its_goods_go_back_once(self):
        payment = given_up()
        settling.settle(payment.pk, paid(payment))
        part = payment.order.seller_orders.get()
        refunding.cancel_paid_part(seller_order=part, by=None, actor="seller", reason="broken")
        assert StockItem.objects.values_list("on_hand", "reserved").get() == (10, 0)
        assert not auditing.findings()

    def test_whoever_should_look_at_it_still_does(self, settings):
        settings.SCREENING_REVIEW = 0
        payment = given_up()
        settling.settle(payment.pk, paid(payment))
        assert seen(payment) == PAID
        assert payment.order.held_at
        assert payment.order.seller_orders.get().status == "pending"
        assert told("orders/revived") == told("orders/held") == [payment.order.email]
        assert not told("orders/new_order")
        assert not auditing.findings()

    @pytest.mark.parametrize("points", [0, 60])
    def test_calling_it_off_is_promised_only_from_when_it_is_open(self, settings, points):
        settings.SCREENING_REVIEW = points
        payment = given_up(make_order(language="en"))
        settling.settle(payment.pk, paid(payment))
        text = OutgoingMessage.objects.get(template="orders/revived").text
        can_call_off = order_page(payment.order)["parts"][0].can_call_off
        assert can_call_off == ("Should you not want it any more, you can call it off" in text)
        assert can_call_off == ("after that you can call it off" not in text)

    def test_only_one_of_two_late_payments_pays_it(self):
        first = make_payment()
        settling.settle(first.pk, failed())
        second = given_up(first.order)
        settling.settle(first.pk, paid(first))
        settling.settle(second.pk, paid(second))
        assert seen(first) == PAID
        assert seen(second) == (PaymentStatus.SURPLUS, OrderStatus.PAID)
        assert (booked("sale"), booked("surplus")) == (1, 1)
        assert not auditing.findings()


@pytest.mark.django_db
class TestGoodsAreGone:
    def test_sold_meanwhile_the_money_goes_back_and_the_buyer_is_told(self):
        product = make_product(on_hand=1)
        payment = given_up(make_order(product))
        place(make_cart(product))
        settling.settle(payment.pk, paid(payment))

        assert seen(payment) == (PaymentStatus.SURPLUS, OrderStatus.EXPIRED)
        assert payment.refunds.get().status == RefundStatus.NEEDS_ACCOUNT
        assert ledger.balance(Account.REFUNDS_DUE, currency="COP") == payment.money
        assert told("payments/surplus") == [payment.order.email]
        assert not told("orders/revived") and not told("orders/new_order")
        assert StockItem.objects.values_list("on_hand", "reserved").get() == (1, 1)
        assert not auditing.findings()

    @pytest.mark.parametrize("change", ["product", "variant"])
    def test_what_is_not_sold_any_more_is_not_sold_and_neither_is_the_rest(self, change):
        kept, gone = make_product(), make_product()
        payment = given_up(make_order(kept, gone))
        if change == "product":
            Product.objects.filter(pk=gone.pk).update(is_listed=False)
        else:
            Variant.objects.filter(product=gone).update(is_active=False)
        settling.settle(payment.pk, paid(payment))
        assert seen(payment) == (PaymentStatus.SURPLUS, OrderStatus.EXPIRED)
        assert set(StockItem.objects.values_list("reserved", flat=True)) == {0}
        assert set(payment.order.seller_orders.values_list("status", flat=True)) == {"cancelled"}

    def test_a_line_whose_article_was_erased_cannot_be_sold(self):
        order = make_order()
        order.seller_orders.get().lines.update(variant=None)
        lifecycle.expire(order, timezone.now())
        with pytest.raises(reviving.NoLongerSold):
            reviving.revive(order, timezone.now())


@pytest.mark.django_db
def test_another_amount_revives_nothing_and_calls_for_a_person():
    payment = given_up()
    settling.settle(payment.pk, wrong(payment))
    assert seen(payment) == (PaymentStatus.FAILED, OrderStatus.EXPIRED)
    assert payment.attention == Attention.WRONG_AMOUNT
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["cancel", "mark_paid"])
def test_only_the_clocks_word_is_taken_back(end):
    order = make_order()
    if end == "cancel":
        lifecycle.cancel(order, by=None, actor="buyer")
    else:
        lifecycle.mark_paid(order, timezone.now())
    with pytest.raises(lifecycle.IllegalTransition):
        reviving.revive(order, timezone.now())


def at_once(*actions):
    barrier = Barrier(len(actions))

    def act(action):
        try:
            barrier.wait(timeout=30)
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(act, actions))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_late_payments_for_the_last_unit_make_one_order_and_one_surplus(self):
        product = make_product(on_hand=1)
        first = given_up(make_order(product))
        second = given_up(make_order(product))
        at_once(*(lambda each=each: settling.settle(each.pk, paid(each)) for each in (first, second)))
        assert sorted(Payment.objects.values_list("status", flat=True)) == ["succeeded", "surplus"]
        assert sorted(Order.objects.values_list("status", flat=True)) == ["expired", "paid"]
        assert StockItem.objects.values_list("on_hand", "reserved").get() == (0, 0)
        assert not auditing.findings()

    def test_webhook_and_poller_at_once_pay_it_once(self):
        payment = given_up()
        at_once(*[lambda: settling.settle(payment.pk, paid(payment))] * 4)
        assert seen(payment) == PAID
        assert (booked("sale"), booked("surplus")) == (1, 0)
        assert told("orders/revived") == [payment.order.email]
        assert not auditing.findings()

    def test_a_late_payment_and_a_new_buyer_meet_at_the_last_unit(self):
        product = make_product(on_hand=1)
        payment, cart = given_up(make_order(product)), make_cart(product)

        def buy():
            try:
                place(cart)
            except stock.OutOfStock:
                return False
            return True

        bought, _nothing = at_once(buy, lambda: settling.settle(payment.pk, paid(payment)))
        assert seen(payment)[0] == (PaymentStatus.SURPLUS if bought else PaymentStatus.SUCCEEDED)
        assert not auditing.findings()
