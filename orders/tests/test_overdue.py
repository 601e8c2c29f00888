"""A parcel that cannot be taken as delivered holds up nobody behind it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import lifecycle
from orders.models import Order, SellerOrder
from orders.tests.factories import make_seller_order

pytestmark = pytest.mark.django_db


def test_a_broken_order_is_left_and_those_behind_it_are_delivered(monkeypatch):
    monkeypatch.setattr(lifecycle, "AUTO_DELIVER_BATCH", 1)
    broken, sound = make_seller_order("shipped"), make_seller_order("shipped")
    SellerOrder.objects.update(shipped_at=timezone.now() - timedelta(days=15))
    Order.objects.filter(pk=broken.order_id).update(
        market_code="xx"
    )  # no such country: no mail can be written

    assert lifecycle.deliver_overdue() == 1

    statuses = dict(SellerOrder.objects.values_list("pk", "status"))
    assert statuses == {broken.pk: "shipped", sound.pk: "delivered"}
