"""What the line of steps on an order's page says."""

import pytest
from django.utils import timezone, translation

from orders import lifecycle
from orders.models import SellerOrderStatus
from orders.tests.factories import make_order
from orders.timeline import steps

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def told(order):
    return [(str(step.label), step.state, bool(step.at)) for step in steps(order, order.seller_orders.get())]


def test_a_held_order_that_is_called_off_was_paid_all_the_same():
    order = make_order()
    lifecycle.mark_paid(order, timezone.now(), hold=True)
    assert told(order)[1] == ("Paid, being checked", "now", True)
    lifecycle.end_hold(order)
    part = order.seller_orders.get()
    lifecycle.refund(part, to=SellerOrderStatus.CANCELLED, by=None, actor="staff")
    order.refresh_from_db()
    assert [label for label, _, _ in told(order)] == ["Ordered", "Paid", "Cancelled"]


def test_before_it_is_paid_no_time_is_given():
    assert told(make_order())[1] == ("Payment", "now", False)
