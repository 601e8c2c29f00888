"""The cart over HTTP: with htmx, without, wrong input, strangers, other country, other verb."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.tests.factories import make_product
from marketplace.throttling import LIMITS
from orders.models import Cart, CartLine
from orders.tests.conftest import HTMX
from orders.tests.factories import make_cart

pytestmark = pytest.mark.django_db


def add_url(product) -> str:
    return reverse("orders:add_to_cart", args=[product.variants.get().pk])


def test_without_htmx_adding_leads_to_the_cart(shop):
    product = make_product()

    response = shop.post(add_url(product), {"quantity": 2}, follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    assert product.name in response.content.decode()
    assert CartLine.objects.get().quantity == 2


def test_htmx_gets_the_form_back_and_the_new_badge(shop):
    product = make_product()

    response = shop.post(add_url(product), {"quantity": 2}, headers=HTMX)

    html = response.content.decode()
    assert "<html" not in html
    assert f'id="add-{product.variants.get().pk}"' in html
    assert 'id="cart-badge"' in html and 'hx-swap-oob="true"' in html
    assert '<span class="cart-badge__count">2</span>' in html
    assert "HX-Request" in shop.get("/cart/")["Vary"]


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1000000000", "9" * 40, "ten", "", "1.5", "1e2", "\0", "٣٣٣٣", "100"]
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_wrong_quantity_is_refused_with_a_message(shop, quantity, headers):
    response = shop.post(add_url(make_product(on_hand=500)), {"quantity": quantity}, headers=headers)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not CartLine.objects.exists()


def test_a_missing_or_repeated_field_is_no_server_error(shop):
    product = make_product()

    assert shop.post(add_url(product)).status_code == 422
    assert shop.post(add_url(product), {"quantity": ["1", "2"], "price": "1"}).status_code == 302


def test_more_than_the_stock_is_refused_with_the_number(shop):
    response = shop.post(add_url(make_product(on_hand=3)), {"quantity": 4}, headers=HTMX)

    assert response.status_code == 422
    assert "3" in response.content.decode()
    assert not CartLine.objects.exists()


def test_a_full_cart_is_refused_with_a_message(ana_shop, ana):
    make_cart(*[make_product() for _ in range(60)], user=ana)

    response = ana_shop.post(add_url(make_product()), {"quantity": 1}, headers=HTMX)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert CartLine.objects.count() == 60


@pytest.mark.parametrize("variant", ["0", "999999999", "9" * 30])
def test_an_unknown_variant_is_not_found(shop, variant):
    assert shop.post(f"/cart/add/{variant}/", {"quantity": 1}).status_code == 404


def test_product_of_another_country_is_not_found(shop, loja):
    product = make_product(market_code="mz")

    assert shop.post(add_url(product), {"quantity": 1}, headers=HTMX).status_code == 404
    assert loja.post(add_url(product), {"quantity": 1}).status_code == 302


def test_hidden_products_cannot_be_added(shop):
    draft, paused = make_product(listed=False), make_product()
    paused.variants.update(is_active=False)

    assert shop.post(add_url(draft), {"quantity": 1}).status_code == 404
    assert shop.post(add_url(paused), {"quantity": 1}).status_code == 404


@pytest.mark.parametrize("is_guest", [True, False])
def test_adding_costs_at_most_eight_queries(shop, ana, is_guest, django_assert_max_num_queries):
    first, second = (add_url(make_product()) for _ in range(2))
    if not is_guest:
        shop.force_login(ana)
        shop.get("/cart/")
    with django_assert_max_num_queries(8):
        shop.post(first, {"quantity": 1}, headers=HTMX)
    with django_assert_max_num_queries(8):
        shop.post(second, {"quantity": 1}, headers=HTMX)
    with django_assert_max_num_queries(8):
        shop.post(second, {"quantity": 1})


def test_the_badge_costs_a_guest_without_cart_no_query(shop, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = shop.get("/cart/badge/")

    assert "cart-badge__count" not in response.content.decode()


def test_the_badge_counts(ana_shop, ana):
    make_cart(make_product(), make_product(), user=ana, quantity=2)

    assert '<span class="cart-badge__count">4</span>' in ana_shop.get("/cart/badge/").content.decode()


def test_the_cart_costs_the_same_with_one_line_and_with_three(ana_shop, ana, django_assert_max_num_queries):
    cart = make_cart(make_product(), user=ana)
    ana_shop.get("/cart/")
    with django_assert_max_num_queries(6):
        ana_shop.get("/cart/")
    for product in (make_product(), make_product()):
        variant = product.variants.get()
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, seen_price=variant.price)
    with django_assert_max_num_queries(6):
        ana_shop.get("/cart/")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_changing_a_quantity(ana_shop, ana, headers):
    line = make_cart(user=ana).lines.get()

    response = ana_shop.post(f"/cart/lines/{line.pk}/", {"quantity": 3}, headers=headers)

    line.refresh_from_db()
    assert line.quantity == 3
    assert response.status_code == (200 if headers else 302)
    if headers:
        assert 'id="cart"' in response.content.decode() and "<html" not in response.content.decode()


@pytest.mark.parametrize("quantity", ["0", "-5", "ten", "11", "1000000000", ""])
def test_a_wrong_new_quantity_changes_nothing(ana_shop, ana, quantity):
    line = make_cart(make_product(on_hand=10), user=ana).lines.get()

    response = ana_shop.post(f"/cart/lines/{line.pk}/", {"quantity": quantity}, headers=HTMX)

    line.refresh_from_db()
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert line.quantity == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_removing_can_be_undone(ana_shop, ana, headers):
    product = make_product(name="Mochila de lona")
    line = make_cart(product, user=ana, quantity=2).lines.get()

    response = ana_shop.post(f"/cart/lines/{line.pk}/remove/", headers=headers, follow=True)

    html = response.content.decode()
    assert not CartLine.objects.exists()
    assert "Mochila de lona" in html and add_url(product) in html
    ana_shop.post(add_url(product), {"quantity": 2})
    assert CartLine.objects.get().quantity == 2


def test_clearing(ana_shop, ana):
    make_cart(make_product(), make_product(), user=ana)

    ana_shop.post("/cart/clear/")

    assert not CartLine.objects.exists()


@pytest.mark.parametrize("action", ["", "remove/"])
def test_another_shoppers_line_does_not_exist(shop, ana_shop, ana, action):
    theirs = make_cart().lines.get()
    make_cart(user=ana)

    response = ana_shop.post(f"/cart/lines/{theirs.pk}/{action}", {"quantity": 2})

    assert response.status_code == 404
    assert CartLine.objects.filter(pk=theirs.pk, quantity=1).exists()


def test_a_line_of_the_other_country_does_not_exist_here(loja, ana):
    line = make_cart(user=ana).lines.get()
    loja.force_login(ana)

    assert loja.post(f"/cart/lines/{line.pk}/", {"quantity": 2}).status_code == 404


@pytest.mark.parametrize("path", ["add/1/", "lines/1/", "lines/1/remove/", "clear/", "accept/"])
def test_changes_are_posted(shop, path):
    assert shop.get(f"/cart/{path}").status_code == 405


def test_the_cart_says_what_has_changed(ana_shop, ana):
    gone, sold_out, short, dearer = (make_product(name=name) for name in ("Ruana", "Olla", "Hamaca", "Taza"))
    make_cart(gone, sold_out, short, dearer, user=ana, quantity=3)
    gone.variants.update(is_active=False)
    sold_out.variants.get().stock_items.update(on_hand=0)
    short.variants.get().stock_items.update(on_hand=2)
    dearer.variants.update(price="61000")

    html = ana_shop.get("/cart/").content.decode()

    for name in ("Ruana", "Olla", "Hamaca", "Taza"):
        assert html.count(name) >= 2
    assert "61.000" in html and "50.000" in html
    assert reverse("orders:check_out") + '"' not in html


@pytest.mark.parametrize(
    "query",
    ["?removed=1", "?removed=x&quantity=1", f"?removed={'9' * 40}&quantity=1", "?removed=%00&quantity=%00"],
)
def test_a_made_up_undo_is_ignored(shop, query):
    assert shop.get(f"/cart/{query}").status_code == 200


def test_a_forged_cart_id_in_the_session_is_ignored(shop, ana):
    theirs = make_cart(user=ana)
    session = shop.session
    session["carts"] = {"co": str(theirs.pk)}
    session.save()

    assert "cart-line__body" not in shop.get("/cart/").content.decode()
    assert Cart.objects.get().user == ana


def test_guests_behind_one_address_do_not_share_a_limit(monkeypatch):
    monkeypatch.setitem(LIMITS, "write", "2/m")
    product = make_product(on_hand=50)
    url = add_url(product)
    first, second = (Client(headers={"host": "co.localhost"}) for _ in range(2))

    answers = [
        guest.post(url, {"quantity": 1}).status_code for guest in (first, second, first, first, second)
    ]
    refused = first.post(url, {"quantity": 1})
    stranger = Client(headers={"host": "co.localhost"})
    stranger.cookies["sessionid"] = "made-up"

    assert answers == [302] * 5
    assert refused.status_code == 429 and "Retry-After" in refused
    assert stranger.post(url, {"quantity": 1}).status_code == 429
