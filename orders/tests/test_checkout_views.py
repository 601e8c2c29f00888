"""The checkout page: guests and users, with and without script, ended sessions, double clicks."""

from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.models import Address
from marketplace.accounts.tests.factories import make_address as make_saved_address
from marketplace.accounts.tests.factories import make_user
from orders.models import CartLine, Order
from orders.tests.conftest import HTMX
from orders.tests.factories import make_cart, set_deliveries
from orders.tests.shopping import PEOPLE, URL, fill_cart, form_of, hidden, pay_url

pytestmark = pytest.mark.django_db


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_guest", [True, False])
def test_ordering_from_three_sellers_costs_at_most_twenty_statements(shop, ana, is_guest):
    if not is_guest:
        shop.force_login(ana)
    fill_cart(shop, make_product(), make_product(), make_product())
    sent = form_of(shop)

    with CaptureQueriesContext(connection) as queries:
        response = shop.post(URL, sent)

    assert response["Location"] == pay_url(Order.objects.get())
    assert len([query for query in queries if query["sql"] not in ("BEGIN", "COMMIT")]) <= 20
