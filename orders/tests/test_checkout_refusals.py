"""What the checkout refuses: wrong fields, tampering, what changed meanwhile; nothing typed is lost."""

import re

import pytest

from catalog.tests.factories import make_product, make_seller
from orders.models import CartLine, Order
from orders.tests.factories import make_cart, set_deliveries
from orders.tests.shopping import URL, fill_cart, form_of, hidden

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", ""),
        ("first_name", ""),
        ("last_name", "x" * 81),
        ("phone", "84 123 4567"),
        ("phone", "123"),
        ("place", "11:Maputo"),
        ("place", ""),
        ("place", "MPM:Maputo"),
        ("street", ""),
        ("street", "x" * 161),
        ("method", ""),
        ("method", "mpesa"),
        ("method", "nonsense"),
        ("terms", ""),
        ("notes", "x" * 1001),
        ("agreed_total", ""),
        ("agreed_total", "NaN"),
        ("agreed_total", "1" * 30),
        ("agreed_total", "ten"),
        ("first_name", "\0"),
    ],
)
def test_a_wrong_field_orders_nothing_and_loses_nothing(shop, field, value):
    fill_cart(shop)
    sent = form_of(shop, notes="Second floor") | {field: value}

    response = shop.post(URL, sent)

    html = response.content.decode()
    assert response.status_code in (409, 422)
    assert not Order.objects.exists() and CartLine.objects.exists()
    for name in ("email", "street", "notes"):
        if name != field:
            assert sent[name] in html
    assert "errorlist" in html or response.status_code == 409


def test_errors_stand_beside_their_field_and_in_a_summary(shop):
    fill_cart(shop)

    html = shop.post(URL, form_of(shop, email="wrong")).content.decode()

    assert 'href="#id_email"' in html
    assert 'aria-invalid="true"' in html


def test_what_was_typed_is_there_when_one_comes_back(shop):
    fill_cart(shop)
    shop.post(URL, form_of(shop, email="", street="Carrera 7 # 1-23"))

    assert "Carrera 7 # 1-23" in shop.get(URL).content.decode()


def test_a_delivery_that_cannot_be_had_is_refused_with_the_reason(shop):
    seller = make_seller(business_name="Tienda Lejana")
    set_deliveries(seller, local_delivery={"fee": "5000", "radius_km": 20}, shipping={})
    fill_cart(shop, make_product(seller=seller, price="50000"))
    sent = form_of(shop, place="05:Medellín") | {f"delivery-{seller.pk}": "local_delivery"}

    response = shop.post(URL, sent)

    assert response.status_code == 409
    assert response.content.decode().count("Tienda Lejana") >= 2
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "name", ["price", "total", "delivery", "items_net", "tax", "discount", "status", "user"]
)
def test_fields_nobody_asked_for_change_nothing(shop, name):
    fill_cart(shop, make_product(price="50000"))

    shop.post(URL, form_of(shop) | {name: "1"})

    order = Order.objects.get()
    assert (order.total, order.status, order.discount) == (65000, "pending", 0)


def test_a_total_changed_in_the_form_is_refused(shop):
    fill_cart(shop, make_product(price="50000"))

    response = shop.post(URL, form_of(shop, agreed_total="1000"))

    assert response.status_code == 409
    assert not Order.objects.exists()


def test_a_price_that_changes_meanwhile_is_shown_and_can_be_accepted(shop):
    product = make_product(price="50000")
    fill_cart(shop, product)
    sent = form_of(shop)
    product.variants.update(price="60000")

    response = shop.post(URL, sent)

    html = response.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert response.status_code == 409
    assert "$ 75.000" in html and "$ 65.000" in html and sent["street"] in html
    again = shop.post(URL, sent | {"agreed_total": hidden(html, "agreed_total")})
    assert again.status_code == 302
    assert Order.objects.get().total == 75000


def test_what_sells_out_meanwhile_is_said(shop):
    product = make_product(name="Ruana gris", on_hand=1)
    fill_cart(shop, product)
    sent = form_of(shop)
    product.variants.get().stock_items.update(on_hand=0)

    response = shop.post(URL, sent)

    assert response.status_code == 409
    assert "Ruana gris" in response.content.decode()
    assert not Order.objects.exists()


def test_a_forged_cart_does_not_open_another_persons(shop, ana):
    make_cart(user=ana)

    assert shop.post(URL, {"cart": str(ana.carts.get().pk)})["Location"] == "/cart/"
    assert not Order.objects.exists()


def test_a_method_beyond_its_limit_is_shown_but_cannot_be_chosen(loja):
    fill_cart(loja, make_product(market_code="mz", price="60000"))

    html = loja.get(URL).content.decode()
    response = loja.post(URL, form_of(loja, "mz"))

    assert re.search(r'value="mpesa"[^>]*disabled', html)
    assert response.status_code == 422
    assert not Order.objects.exists()


def test_a_cart_with_problems_cannot_be_ordered(ana_shop, ana):
    product = make_product(name="Hamaca")
    make_cart(product, user=ana)
    product.variants.update(is_active=False)

    html = ana_shop.get(URL).content.decode()

    assert "Hamaca" in html
    assert 'name="terms"' not in html


def test_a_repeated_or_strange_field_is_no_server_error(shop):
    fill_cart(shop)
    sent = form_of(shop)

    for strange in ({"method": ["a", "b"]}, {"address": "\0"}, {"delivery-1": "x" * 5000}, {"token": "["}):
        assert shop.post(URL, sent | strange | {"terms": ""}).status_code in (409, 422)
    assert shop.put(URL).status_code == 405
    assert shop.get("/checkout/quote/").status_code == 405
