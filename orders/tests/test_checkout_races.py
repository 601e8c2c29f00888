"""Many checkouts at the same moment: the last unit, shared products, double clicks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from catalog import stock
from catalog.models import StockItem
from catalog.tests.factories import make_product
from orders import checkout
from orders.models import CartLine, Order
from orders.tests.factories import make_cart, place, quote_of


def _race(carts, attempts=None):
    """Place all carts at the same moment; returns the orders made."""
    totals = {cart.pk: quote_of(cart).total for cart in carts}
    barrier = Barrier(len(carts))

    def attempt(cart):
        try:
            barrier.wait(timeout=30)
            return place(cart, agreed_total=totals[cart.pk], token=attempts)
        except (stock.OutOfStock, checkout.NotOrderable, checkout.EmptyCart, checkout.AlreadyPlaced):
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(carts)) as shoppers:
        return [order for order in shoppers.map(attempt, carts) if order]


@pytest.mark.django_db(transaction=True)
def test_the_last_unit_is_sold_once():
    product = make_product(on_hand=1)
    carts = [make_cart(product) for _ in range(20)]

    orders = _race(carts)

    assert len(orders) == 1
    assert StockItem.objects.get().reserved == 1
    assert CartLine.objects.count() == 19


@pytest.mark.django_db(transaction=True)
def test_two_carts_with_shared_products_in_opposite_order_do_not_deadlock():
    products = [make_product(on_hand=100) for _ in range(6)]
    carts = [make_cart(*(products if n % 2 else reversed(products))) for n in range(8)]

    orders = _race(carts)

    assert len(orders) == 8
    assert set(StockItem.objects.values_list("reserved", flat=True)) == {8}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_order():
    cart = make_cart(make_product(on_hand=50))

    orders = _race([cart] * 8, uuid4())

    assert len(orders) == 1 and Order.objects.count() == 1
    assert StockItem.objects.get().reserved == 1


@pytest.mark.django_db(transaction=True)
def test_two_open_pages_of_one_cart_make_one_order():
    cart = make_cart(make_product(on_hand=50))

    assert len(_race([cart] * 4)) == 1
    assert Order.objects.count() == 1
