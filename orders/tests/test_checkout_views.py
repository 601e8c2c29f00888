"""The checkout page: guests and users, errors that lose nothing, tampering, double clicks."""

import re
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse

from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.models import Address
from marketplace.accounts.tests.factories import make_address as make_saved_address
from marketplace.accounts.tests.factories import make_user
from orders.models import CartLine, Order
from orders.tests.conftest import HTMX
from orders.tests.factories import make_cart, set_deliveries

pytestmark = pytest.mark.django_db
URL = "/checkout/"
PEOPLE = {
    "co": {"phone": "300 123 4567", "place": "11:Bogotá", "street": "Calle 72 # 10-34", "method": "pse"},
    "mz": {"phone": "84 123 4567", "place": "MPM:Maputo", "street": "Av. 24 de Julho", "method": "mpesa"},
}


def fill_cart(shop, *products):
    for product in products or (make_product(),):
        variant = product.variants.get()
        assert shop.post(f"/cart/add/{variant.pk}/", {"quantity": 1}).status_code == 302


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def form_of(shop, market_code="co", **changes):
    """What a shopper sends who fills in the page as it is shown."""
    html = shop.get(URL).content.decode()
    found = {name: hidden(html, name) for name in ("token", "cart", "agreed_total")}
    person = {"email": "Ana@Example.com", "first_name": "Ana", "last_name": "Gómez", "terms": "on"}
    return found | person | PEOPLE[market_code] | changes


def pay_url(order):
    return reverse("payments:choose", args=[order.number])


@pytest.mark.parametrize("code", ["co", "mz"])
def test_a_guest_orders_without_script(shop, loja, code):
    visitor = {"co": shop, "mz": loja}[code]
    fill_cart(visitor, make_product(market_code=code, price="6000"))

    response = visitor.post(URL, form_of(visitor, code))

    order = Order.objects.get()
    assert response.status_code == 302 and response["Location"] == pay_url(order)
    assert (order.email, order.full_name, order.user) == ("ana@example.com", "Ana Gómez", None)
    assert order.phone == {"co": "+573001234567", "mz": "+258841234567"}[code]
    assert order.shipping_address["city"] == {"co": "Bogotá", "mz": "Maputo"}[code]
    assert order.language == {"co": "es", "mz": "pt"}[code]
    assert visitor.get(f"/orders/{order.number}/").status_code == 200


def test_an_empty_cart_leads_back_to_the_cart(shop):
    assert shop.get(URL)["Location"] == "/cart/"
    assert shop.post(URL, {"email": "x"})["Location"] == "/cart/"
    assert shop.post("/checkout/quote/", headers=HTMX)["HX-Redirect"] == "/cart/"


def test_the_page_shows_delivery_tax_and_total(shop):
    fill_cart(shop, make_product(price="119000"))

    html = shop.get(URL).content.decode().replace("\N{NO-BREAK SPACE}", " ")

    for amount in ("$ 100.000", "$ 19.000", "$ 15.000", "$ 134.000"):
        assert amount in html
    assert "IVA 19 %" in html
    assert hidden(html, "agreed_total") == "134000.00"


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


def test_the_update_button_recalculates_without_complaining(shop):
    fill_cart(shop)

    response = shop.post(URL, form_of(shop, email="", street="Carrera 7", update="1"))

    html = response.content.decode()
    assert response.status_code == 200
    assert "errorlist" not in html and "Carrera 7" in html
    assert not Order.objects.exists()


def test_choosing_another_city_swaps_delivery_methods_and_total(shop):
    seller = make_seller()
    set_deliveries(seller, local_delivery={"fee": "5000", "radius_km": 20}, shipping={})
    fill_cart(shop, make_product(seller=seller, price="50000"))
    sent = form_of(shop) | {f"delivery-{seller.pk}": "local_delivery"}

    near = shop.post("/checkout/quote/", sent, headers=HTMX).content.decode()
    far = shop.post("/checkout/quote/", sent | {"place": "05:Medellín"}, headers=HTMX).content.decode()

    assert "<html" not in near
    assert 'id="checkout-delivery"' in near
    assert near.count('hx-swap-oob="true"') == 2
    assert hidden(near, "agreed_total") == "55000.00"
    assert hidden(far, "agreed_total") == "65000.00"
    assert "disabled" in far


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


def test_a_second_click_leads_to_the_same_order(shop):
    fill_cart(shop)
    sent = form_of(shop)

    first = shop.post(URL, sent)
    second = shop.post(URL, sent)

    assert first["Location"] == second["Location"] == pay_url(Order.objects.get())


def test_a_retry_after_the_session_is_gone_leads_to_the_same_order(shop):
    fill_cart(shop)
    sent = form_of(shop)
    shop.post(URL, sent)
    shop.cookies.pop("sessionid")

    assert shop.post(URL, sent)["Location"] == pay_url(Order.objects.get())


def test_a_guest_whose_session_has_ended_orders_all_the_same(shop):
    fill_cart(shop)
    sent = form_of(shop)
    Session.objects.all().delete()
    cache.clear()

    response = shop.post(URL, sent)

    assert response["Location"] == pay_url(Order.objects.get())


def test_a_user_whose_session_has_ended_signs_in_and_finds_everything(ana_shop, ana):
    make_cart(user=ana)
    sent = form_of(ana_shop, street="Carrera 7 # 1-23")
    ana_shop.cookies.pop("sessionid")

    response = ana_shop.post(URL, sent)

    assert response["Location"].startswith("/accounts/login/")
    assert not Order.objects.exists()
    ana_shop.force_login(ana)
    assert "Carrera 7 # 1-23" in ana_shop.get(URL).content.decode()


def test_a_forged_cart_does_not_open_another_persons(shop, ana):
    make_cart(user=ana)

    assert shop.post(URL, {"cart": str(ana.carts.get().pk)})["Location"] == "/cart/"
    assert not Order.objects.exists()


def test_a_saved_address_is_used(ana_shop, ana):
    make_cart(user=ana)
    saved = make_saved_address(ana, street="Calle Guardada")

    html = ana_shop.get(URL).content.decode()
    ana_shop.post(URL, form_of(ana_shop, address=str(saved.pk), place="", street=""))

    assert "Calle Guardada" in html
    order = Order.objects.get()
    assert order.shipping_address["street"] == "Calle Guardada"
    assert order.user == ana


def test_another_persons_address_is_not_used(ana_shop, ana):
    make_cart(user=ana)
    theirs = make_saved_address(make_user(), street="Calle Ajena")

    ana_shop.post(URL, form_of(ana_shop, address=str(theirs.pk)))

    assert Order.objects.get().shipping_address["street"] == PEOPLE["co"]["street"]


def test_a_new_address_is_saved_if_wished(ana_shop, ana):
    make_cart(user=ana)

    ana_shop.post(URL, form_of(ana_shop, address="new", save_address="on"))

    assert Address.objects.get(user=ana).city == "Bogotá"


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


def test_the_page_costs_the_same_with_one_line_and_with_three(ana_shop, ana, django_assert_max_num_queries):
    cart = make_cart(user=ana)
    ana_shop.get(URL)
    with django_assert_max_num_queries(7):
        ana_shop.get(URL)
    for product in (make_product(), make_product()):
        variant = product.variants.get()
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, seen_price=variant.price)
    with django_assert_max_num_queries(7):
        ana_shop.get(URL)


def test_totals_of_the_page_and_the_order_agree(shop):
    fill_cart(shop, make_product(price="33333"), make_product(price="250000"), make_product(price="19999"))
    sent = form_of(shop)

    shop.post(URL, sent)

    assert Order.objects.get().total == Decimal(sent["agreed_total"])
