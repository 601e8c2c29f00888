"""Carts: adding, merging, expiring."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Variant
from catalog.tests.factories import make_product, make_variant
from marketplace.accounts.tests.factories import PASSWORD
from orders import carts
from orders.models import Cart, CartLine
from orders.models.cart import MAX_LINES
from orders.tests.factories import make_cart

pytestmark = pytest.mark.django_db


def offered(product) -> Variant:
    return Variant.objects.annotate(available=carts.available("pk")).get(product=product)


def test_adding_twice_adds_up_on_one_line():
    product = make_product(on_hand=10)
    cart = make_cart(product)

    carts.add(cart, offered(product), 2)

    assert list(cart.lines.values_list("quantity", flat=True)) == [3]


def test_no_more_than_there_is():
    product = make_product(on_hand=3)
    cart = make_cart(product, quantity=2)

    with pytest.raises(carts.NotEnough) as refused:
        carts.add(cart, offered(product), 2)

    assert refused.value.available == 3
    assert cart.lines.get().quantity == 2


def test_what_others_reserved_is_not_available():
    product = make_product(on_hand=3)
    product.variants.get().stock_items.update(reserved=2)

    assert offered(product).available == 1


def test_a_full_cart_takes_no_new_line_but_more_of_an_old_one():
    product = make_product(on_hand=200)
    cart = make_cart(*[make_variant(product) for _ in range(MAX_LINES)])
    first = cart.lines.first().variant

    with pytest.raises(carts.CartFull):
        carts.add(cart, offered(make_product()), 1)
    carts.add(cart, Variant.objects.annotate(available=carts.available("pk")).get(pk=first.pk), 1)

    assert cart.lines.count() == MAX_LINES
    assert cart.lines.get(variant=first).quantity == 2


def test_merging_sums_quantities_and_stops_at_the_stock(ana):
    shared, scarce, own, new = (make_product(on_hand=n) for n in (10, 4, 10, 10))
    cart = make_cart(shared, scarce, own, user=ana, quantity=3)
    guest = make_cart(shared, scarce, new, quantity=2)

    merged = carts.merge(guest=guest, user=ana)

    held = {line.variant.product: line.quantity for line in merged.lines.select_related("variant__product")}
    assert held == {shared: 5, scarce: 4, own: 3, new: 2}
    assert Cart.objects.get() == cart == merged


def test_merging_twice_happens_once(ana):
    guest = make_cart(make_product(on_hand=10), quantity=2)

    carts.merge(guest=guest, user=ana)
    merged = carts.merge(guest=Cart(pk=guest.pk, market_code="co"), user=ana)

    assert merged.lines.get().quantity == 2


def test_signing_in_brings_the_guests_cart_along(shop, ana):
    product, known = make_product(), make_product()
    make_cart(known, user=ana)
    shop.post(f"/cart/add/{product.variants.get().pk}/", {"quantity": 2})

    shop.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    page = shop.get("/cart/").content.decode()

    assert product.name in page and known.name in page
    assert Cart.objects.get().user == ana
    assert CartLine.objects.count() == 2


def test_carts_of_the_two_countries_are_kept_apart(ana_shop, loja, ana):
    loja.force_login(ana)
    here, there = make_product(), make_product(market_code="mz")

    ana_shop.post(f"/cart/add/{here.variants.get().pk}/", {"quantity": 1})
    loja.post(f"/cart/add/{there.variants.get().pk}/", {"quantity": 1})

    assert {cart.market_code for cart in Cart.objects.filter(user=ana)} == {"co", "mz"}
    assert here.name not in loja.get("/cart/").content.decode()


def test_expired_carts_are_dropped_by_the_clock():
    old, fresh = make_cart(), make_cart()
    Cart.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert carts.drop_expired() == 1
    assert Cart.objects.get() == fresh


def test_an_expired_cart_is_gone_for_its_guest(shop):
    product = make_product()
    shop.post(f"/cart/add/{product.variants.get().pk}/", {"quantity": 1})
    Cart.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    page = shop.get("/cart/")
    again = shop.post(f"/cart/add/{product.variants.get().pk}/", {"quantity": 1})

    assert page.status_code == 200 and "cart-line__body" not in page.content.decode()
    assert again.status_code == 302
    assert Cart.objects.count() == 2


def test_adjusting_takes_the_cart_as_it_can_be_bought():
    gone, short, dearer = make_product(), make_product(on_hand=2), make_product(price="50000")
    cart = make_cart(gone, short, dearer, quantity=5)
    gone.variants.update(is_active=False)
    dearer.variants.update(price="60000")

    carts.accept_changes(cart)

    rows = {line.variant.product: line for line in cart.lines.select_related("variant__product")}
    assert set(rows) == {short, dearer}
    assert rows[short].quantity == 2
    assert rows[dearer].seen_price == 60000
