"""Every step an order can take, and every one it cannot."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import StockItem, StockMovement
from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import IllegalTransition, StaleState, advance
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from orders.models import (
    ORDER_TRANSITIONS,
    SELLER_ORDER_TRANSITIONS,
    Allocation,
    Order,
    OrderEvent,
    OrderStatus,
    SellerOrder,
    SellerOrderStatus,
)
from orders.tests.factories import make_order, make_paid_order, make_seller_order

STARTS = ("pending", "confirmed", "processing", "shipped", "delivered", "cancelled")


def deliver(row):
    lifecycle.deliver(row, by=None, actor="buyer")


STEPS = {
    "processing": lambda row: lifecycle.process(row, by=None),
    "shipped": lambda row: lifecycle.ship(row, by=None),
    "delivered": deliver,
    "cancelled": lambda row: lifecycle.cancel(row.order, by=None, actor="buyer"),
    "confirmed": lambda row: lifecycle.mark_paid(row.order, timezone.now()),
}
# Paid orders are not called off here: that is a refund.
ALLOWED = {
    ("pending", "confirmed"),
    ("pending", "cancelled"),
    ("confirmed", "processing"),
    ("confirmed", "shipped"),
    ("processing", "shipped"),
    ("shipped", "delivered"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("end", STEPS)
def test_every_pair_of_statuses(start, end):
    row = make_seller_order(start)
    events = OrderEvent.objects.count()

    if (start, end) in ALLOWED:
        STEPS[end](row)
        row.refresh_from_db()
        assert row.status == end
        assert OrderEvent.objects.count() > events
    else:
        with pytest.raises(IllegalTransition):
            STEPS[end](row)
        row.refresh_from_db()
        assert row.status == start
        assert OrderEvent.objects.count() == events


@pytest.mark.parametrize(
    ("statuses", "arrows"),
    [(OrderStatus, ORDER_TRANSITIONS), (SellerOrderStatus, SELLER_ORDER_TRANSITIONS)],
)
def test_arrows_name_every_status_and_ends_have_none(statuses, arrows):
    assert set(arrows) == set(statuses)
    assert {end for ends in arrows.values() for end in ends} <= set(statuses)
    assert not arrows["refunded"] and not arrows["cancelled"]


@pytest.mark.django_db
def test_a_stale_row_does_not_move():
    row = make_seller_order("confirmed")
    seen_before = SellerOrder.objects.get(pk=row.pk)
    lifecycle.ship(row, by=None)

    with pytest.raises(StaleState):
        advance(seen_before, "processing", transitions=SELLER_ORDER_TRANSITIONS)


@pytest.mark.django_db
def test_payment_sells_the_stock_and_tells_everybody():
    first, second = make_seller(), make_seller()
    User.objects.filter(memberships__seller=second).update(language="en")
    order = make_order(make_product(seller=first, on_hand=5), make_product(seller=second, on_hand=5))
    now = timezone.now()

    lifecycle.mark_paid(order, now)

    order.refresh_from_db()
    assert (order.status, order.paid_at) == ("paid", now)
    assert set(order.seller_orders.values_list("status", "confirmed_at")) == {("confirmed", now)}
    assert set(StockItem.objects.values_list("on_hand", "reserved")) == {(4, 0)}
    assert StockMovement.objects.filter(kind="sold", source=order.number).count() == 2
    assert set(Allocation.objects.values_list("state", flat=True)) == {"consumed"}
    told = dict(
        OutgoingMessage.objects.exclude(template="orders/placed").values_list("template", "recipient")
    )
    assert told["orders/receipt"] == order.email
    news = OutgoingMessage.objects.filter(template="orders/new_order")
    assert {message.recipient: message.language for message in news} == {
        first.members.get().user.email: "es",
        second.members.get().user.email: "en",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_an_order_that_comes_to_nothing_gives_the_stock_back(end):
    order = make_order(make_product(on_hand=5), quantity=2)

    if end == "expire":
        lifecycle.expire(order, timezone.now())
    else:
        lifecycle.cancel(order, by=None, actor="buyer", reason="Wrong size")

    order.refresh_from_db()
    assert order.status == {"expire": "expired", "cancel": "cancelled"}[end]
    assert order.seller_orders.get().status == "cancelled"
    assert StockItem.objects.values_list("on_hand", "reserved").get() == (5, 0)
    assert Allocation.objects.get().state == "released"
    assert OutgoingMessage.objects.filter(template=f"orders/{order.status}", recipient=order.email).exists()
    assert OrderEvent.objects.filter(kind=order.status).exists()


@pytest.mark.django_db
def test_what_is_paid_does_not_expire_and_what_has_expired_is_not_paid():
    paid, expired = make_paid_order(), make_order()
    lifecycle.expire(expired, timezone.now())

    with pytest.raises(IllegalTransition):
        lifecycle.expire(paid, timezone.now())
    with pytest.raises(IllegalTransition):
        lifecycle.mark_paid(expired, timezone.now())

    assert set(StockItem.objects.values_list("reserved", flat=True)) == {0}


@pytest.mark.django_db
def test_shipping_keeps_the_tracking_and_tells_the_buyer():
    row = make_seller_order("processing")
    tracking = lifecycle.Tracking(carrier="Servientrega", number="ABC123", url="https://example.com/ABC123")

    lifecycle.ship(row, by=None, tracking=tracking)

    row.refresh_from_db()
    assert (row.carrier, row.tracking_number, row.tracking_url) == (
        "Servientrega", "ABC123", "https://example.com/ABC123"
    )  # fmt: skip
    message = OutgoingMessage.objects.get(template="orders/shipped")
    assert message.recipient == row.order.email
    assert "https://example.com/ABC123" in message.text and "ABC123" in message.html


@pytest.mark.django_db
def test_an_order_is_complete_once_its_last_part_has_ended():
    order = make_paid_order(make_product(), make_product())
    first, second = order.seller_orders.select_related("order", "seller")
    for row in (first, second):
        lifecycle.ship(row, by=None)

    deliver(first)
    order.refresh_from_db()
    assert order.status == "paid"
    deliver(second)

    order.refresh_from_db()
    assert order.status == "completed"
    assert OrderEvent.objects.filter(order=order, kind="completed").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "may"), [("shipping", False), ("pickup", True), ("local_delivery", True)])
def test_a_seller_confirms_what_it_hands_over_itself(kind, may):
    row = make_seller_order("shipped")
    SellerOrder.objects.filter(pk=row.pk).update(delivery_kind=kind)
    row.refresh_from_db()

    if may:
        lifecycle.deliver(row, by=None, actor="seller")
    else:
        with pytest.raises(lifecycle.BuyerMustConfirm):
            lifecycle.deliver(row, by=None, actor="seller")

    row.refresh_from_db()
    assert row.status == ("delivered" if may else "shipped")


@pytest.mark.django_db
def test_time_delivers_what_was_sent_long_ago():
    old, fresh, pickup = (make_seller_order("shipped") for _ in range(3))
    long_ago = timezone.now() - timedelta(days=14, minutes=1)
    SellerOrder.objects.filter(pk__in=[old.pk, pickup.pk]).update(shipped_at=long_ago)
    SellerOrder.objects.filter(pk=pickup.pk).update(delivery_kind="pickup")

    assert lifecycle.deliver_overdue() == 1
    assert lifecycle.deliver_overdue() == 0

    old.refresh_from_db()
    assert old.status == "delivered"
    assert OrderEvent.objects.get(seller_order=old, kind="delivered").actor == "system"
    assert SellerOrder.objects.filter(status="shipped").count() == 2


@pytest.mark.django_db
def test_events_say_who():
    person = make_user()
    row = make_seller_order("confirmed")

    lifecycle.process(row, by=person)

    event = OrderEvent.objects.get(kind="processing")
    assert (event.by, event.actor, event.seller_order) == (person, "seller", row)


def _race(*acts):
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=30)
            act()
            return True
        except (IllegalTransition, StaleState):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_payment_expiry_and_cancellation_at_once_settle_the_stock_once():
    order = make_order(make_product(on_hand=5), quantity=2)

    def same():
        return Order.objects.get(pk=order.pk)

    won = _race(
        *[lambda: lifecycle.mark_paid(same(), timezone.now())] * 3,
        *[lambda: lifecycle.expire(same(), timezone.now())] * 3,
        *[lambda: lifecycle.cancel(same(), by=None, actor="buyer")] * 3,
    )

    assert sum(won) == 1
    on_hand, reserved = StockItem.objects.values_list("on_hand", "reserved").get()
    assert reserved == 0
    order.refresh_from_db()
    assert on_hand == (3 if order.status == "paid" else 5)


@pytest.mark.django_db(transaction=True)
def test_two_last_parts_delivered_at_once_complete_the_order_once():
    order = make_paid_order(make_product(), make_product())
    first, second = order.seller_orders.select_related("order", "seller")
    for row in (first, second):
        lifecycle.ship(row, by=None)

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            deliver(first)
            other = thread.submit(_in_thread, lambda: deliver(second))
            time.sleep(0.5)  # the other one stands at the lock and sees nothing of this yet
        other.result(timeout=30)

    order.refresh_from_db()
    assert order.status == "completed"
    assert OrderEvent.objects.filter(kind="completed").count() == 1


def _in_thread(act):
    try:
        act()
    finally:
        connection.close()
