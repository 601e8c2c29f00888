"""Cart and checkout in a browser: quantities, undo, delivery that follows the city; without script, too."""

import re

import pytest

from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.tests.factories import PASSWORD, make_user
from orders.models import CartLine, Order
from orders.tests.factories import make_paid_order, set_deliveries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 780}


@pytest.fixture
def site(live_server):
    return live_server.url.replace("localhost", "co.localhost").replace("127.0.0.1", "co.localhost")


@pytest.fixture
def seller():
    seller = make_seller(business_name="Mochilas del Sol")
    set_deliveries(
        seller, pickup={}, local_delivery={"fee": "5000", "radius_km": 25}, shipping={"fee": "15000"}
    )
    return seller


def sign_in(page, site, user, to="/cart/"):
    page.goto(f"{site}/accounts/login/?next={to}")
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form:has(input[name=password]) button")
    page.wait_for_url(f"{site}{to}")


def put_in_cart(page, site, product):
    """By the plain form a browser without script gets."""
    page.goto(f"{site}/p/{product.slug}/")
    page.click("main form.add-to-cart button.button--pop")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_guest_fills_the_cart_and_orders(open_page, site, seller, javascript):
    page = open_page(viewport=PHONE, javascript=javascript)
    put_in_cart(page, site, make_product(seller=seller, name="Mochila", price="50000"))
    if javascript:
        page.wait_for_selector(".cart-badge__count >> text=1")
    page.goto(f"{site}/checkout/")
    page.fill("[name=email]", "ana@example.com")
    page.fill("[name=first_name]", "Ana")
    page.fill("[name=last_name]", "Gómez")
    page.fill("[name=phone]", "300 123 4567")
    page.fill("[name=street]", "Calle 72 # 10-34")
    if javascript:
        with page.expect_response("**/checkout/quote/"):
            page.select_option("[name=place]", "11:Bogotá")
    else:
        page.select_option("[name=place]", "11:Bogotá")
        page.click("[name=update] >> nth=0")
    page.wait_for_selector(f"#delivery-{seller.pk}-local_delivery:enabled")
    page.check(f"#delivery-{seller.pk}-local_delivery")
    if not javascript:
        page.click("[name=update] >> nth=0")
    page.wait_for_selector("#checkout-summary :text('55.000')")
    page.check("[name=terms]")
    page.click("#checkout-summary button")
    page.wait_for_url(re.compile(r"/pay/ORD-"))

    order = Order.objects.get()
    assert (order.total, order.delivery) == (55000, 5000)
    assert order.shipping_address["street"] == "Calle 72 # 10-34"


def test_the_quantity_changes_at_a_touch_and_removing_can_be_undone(open_page, site, seller):
    page = open_page()
    put_in_cart(page, site, make_product(seller=seller, name="Mochila", price="50000"))
    page.wait_for_selector(".cart-badge__count >> text=1")
    page.goto(f"{site}/cart/")
    page.click("quantity-stepper button >> nth=1")
    page.wait_for_selector(".cart-line__total:has-text('100.000')")
    assert page.inner_text(".cart-badge__count") == "2"
    assert CartLine.objects.get().quantity == 2

    page.click(".cart-line button.link-button")
    page.wait_for_selector("[role=status] >> text=Mochila")
    assert not CartLine.objects.exists()
    page.click("[role=status] button")
    page.wait_for_selector(".cart-line__total:has-text('100.000')")


def test_choosing_what_cannot_be_delivered_says_so(open_page, site, seller):
    page = open_page()
    put_in_cart(page, site, make_product(seller=seller, price="50000"))
    page.wait_for_selector(".cart-badge__count >> text=1")
    page.goto(f"{site}/checkout/")
    page.select_option("[name=place]", "05:Medellín")

    page.wait_for_selector(f"#delivery-{seller.pk}-local_delivery:disabled")
    assert page.is_checked(f"#delivery-{seller.pk}-shipping")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_pages_are_accessible_and_fit_the_screen(open_page, axe, site, seller, viewport):
    ana = make_user("ana@example.com")
    product = make_product(seller=seller, name="Mochila", price="50000", on_hand=50)
    order = make_paid_order(product, user=ana)
    page = open_page(viewport=viewport)
    sign_in(page, site, ana)
    put_in_cart(page, site, product)
    page.wait_for_selector(".cart-badge__count >> text=1")
    found = {}
    for path in ("/cart/", "/checkout/", "/orders/", f"/orders/{order.number}/", "/orders/find/"):
        page.goto(site + path)
        found[path] = axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]

    assert not any(found.values()), found


def test_the_sellers_pages_are_accessible(open_page, axe, site, seller):
    order = make_paid_order(make_product(seller=seller))
    page = open_page(viewport=PHONE)
    sign_in(page, site, seller.members.get().user, to="/sell/orders/")
    row = order.seller_orders.get()
    found = {}
    for path in ("/sell/orders/", f"/sell/orders/{row.pk}/", f"/sell/orders/{row.pk}/packing-slip/"):
        page.goto(site + path)
        found[path] = axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    assert not any(found.values()), found


def test_a_method_chosen_while_delivery_is_being_worked_out_stays_chosen(open_page, site, seller):
    page = open_page(viewport=PHONE)
    put_in_cart(page, site, make_product(seller=seller, name="Mochila", price="50000"))
    page.wait_for_selector(".cart-badge__count >> text=1")
    page.goto(f"{site}/checkout/")
    held = []
    page.route("**/checkout/quote/", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/checkout/quote/"):
        page.select_option("[name=place]", "11:Bogotá")
    with page.expect_response("**/checkout/quote/"):
        page.check("[name=method][value=pse]")
    page.wait_for_selector(f"#delivery-{seller.pk}-local_delivery:enabled")
    assert page.is_checked("[name=method][value=pse]")


def test_nobody_agrees_to_a_total_that_is_being_worked_out(open_page, site, seller):
    page = open_page(viewport=PHONE)
    put_in_cart(page, site, make_product(seller=seller, name="Mochila", price="50000"))
    page.wait_for_selector(".cart-badge__count >> text=1")
    page.goto(f"{site}/checkout/")
    held, sent = [], []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    page.route("**/checkout/quote/", lambda route: held.append(route))
    with page.expect_request("**/checkout/quote/"):
        page.select_option("[name=place]", "11:Bogotá")
    button = page.locator("#checkout-summary button.button--pop")
    assert button.is_disabled() and button.locator(".spinner").is_visible()
    button.click(force=True)
    page.locator("[name=street]").press("Enter")
    assert sent == []

    held[0].continue_()
    button.click()
    page.wait_for_selector("#error-summary")
    assert sent == [f"{site}/checkout/"]
