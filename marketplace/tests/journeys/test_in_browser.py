"""The same stories in a real browser: live server, worker, companies; with scripts and without."""

import re

import pytest
from django.utils import timezone

from conftest import PHONE
from marketplace.tests.journeys import steps
from orders.models import Order, OrderStatus, SellerOrderStatus
from payments.disbursement import payouts
from payments.models import Payment, Payout, PayoutStatus

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def put_in_cart(page, base, product, *, scripts=True):
    page.goto(f"{base}/")
    page.locator("form[role=search] input[name=q], form[action='/search/'] input[name=q]").first.fill(
        product.name
    )
    page.keyboard.press("Enter")
    page.locator(f"a[href='{product.get_absolute_url()}']").first.click()
    page.wait_for_url(re.compile(re.escape(product.get_absolute_url())))
    page.locator("form.add-to-cart button.button--pop").first.click()
    if scripts:
        page.locator(".add-to-cart .alert--success").wait_for()
        page.goto(f"{base}/cart/")
    page.wait_for_url(re.compile("/cart/$"))


def check_out(page, details, method):
    page.locator("a[href='/checkout/']").click()
    for name in ("email", "first_name", "last_name", "phone", "street"):
        field = page.locator(f"#checkout-form [name={name}]")
        if field.is_visible():
            field.fill(details[name])
    place = page.locator("#checkout-form [name=place]")
    if place.is_visible():
        place.select_option(details["place"])
    page.locator(f"#checkout-form input[name=method][value={method}]").check()
    button = page.locator("#checkout-summary button.button--pop:not([aria-busy])")
    button.wait_for()  # the total is asked for anew after each choice
    page.locator("#id_terms").check()
    button.click()
    page.wait_for_url(re.compile("/pay/"))
    return Order.objects.get(number=page.url.split("/")[4])


def choose(page, method):
    page.locator(f"input[name=method][value={method}]").check()


def accept_and_pay(page, method):
    consent = page.locator(f"input[name={method}-accept]")
    if consent.count():
        consent.check()
    page.locator("form .button--pop").click()


def arrive_paid(page, order):
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    page.locator(".pay-state--paid").wait_for()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def fill_pse(page):
    choose(page, "pse")
    page.locator("select[name=pse-bank]").select_option("1007")
    page.locator("input[name=pse-document_number]").fill("1020304050")


def sign_in(page, base, user, password="correct-horse-battery"):
    page.goto(f"{base}/accounts/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button.button").first.click()
    page.wait_for_url(f"{base}/")


def ship(page, base, part, owner):
    sign_in(page, base, owner)
    page.goto(f"{base}/sell/")
    page.locator("a[href^='/sell/orders/']").first.click()
    page.locator(f"a[href='/sell/orders/{part.pk}/']").first.click()
    page.locator("input[name=carrier]").fill("Servientrega")
    with page.expect_navigation():
        page.locator("form[action$='/ship/'] button").click()
    part.refresh_from_db()
    assert part.status == SellerOrderStatus.SHIPPED


def pay_the_stores(market):
    later = timezone.now() + payouts.hold(market)
    payouts.release_due(later)
    payouts.pay_all(later)

    def settled():
        payouts.follow_up_all(timezone.now() + payouts.hold(market))
        return Payout.objects.exists() and not Payout.objects.exclude(status=PayoutStatus.PAID).exists()

    steps.until(settled)


def finish(world, base, page, order, open_page):
    """The store ships, the buyer confirms, the hold passes, the payout is on the store's page."""
    (part,) = order.seller_orders.all()
    owner = world.owners[0]
    portal = open_page()
    ship(portal, base, part, owner)
    page.goto(f"{base}/orders/{order.number}/")
    with page.expect_navigation():
        page.locator(f"form[action$='/received/{part.pk}/'] button").click()
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    pay_the_stores(world.market)
    portal.goto(f"{base}/sell/payouts/")
    portal.locator(f"a[href*='{Payout.objects.get().reference}']").first.click()
    portal.locator("main").get_by_text(order.number).first.wait_for()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_tomatoes_with_mpesa_on_a_phone(open_page, site, mz, javascript):
    base = site("mz")
    page = open_page(viewport=PHONE, javascript=javascript)
    put_in_cart(page, base, mz.products[0], scripts=javascript)
    order = check_out(page, mz.details, "mpesa")
    page.locator("input[name=mpesa-phone]").fill("84 123 4512")
    accept_and_pay(page, "mpesa")
    arrive_paid(page, order)
    finish(mz, base, page, order, open_page)


def test_a_backpack_with_nequi_approved_on_the_sandbox_phone(open_page, site, companies, co):
    base = site("co")
    page = open_page()
    put_in_cart(page, base, co.products[0])
    order = check_out(page, co.details, "nequi")
    choose(page, "nequi")
    page.locator("input[name=nequi-phone]").fill("300 123 4567")
    accept_and_pay(page, "nequi")
    page.wait_for_url(re.compile(r"/pay/.+/P\w+/$"))
    phone = open_page(viewport=PHONE)
    phone.goto(f"{companies.url}/phone/")
    prompt = phone.locator("section", has_text=Payment.objects.get().reference)
    prompt.locator("button[value=approve]").click(timeout=20_000)
    arrive_paid(page, order)
    finish(co, base, page, order, open_page)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_backpack_with_pse_on_the_page_of_the_bank(open_page, site, companies, co, javascript):
    page = open_page(javascript=javascript)
    put_in_cart(page, site("co"), co.products[0], scripts=javascript)
    order = check_out(page, co.details, "pse")
    fill_pse(page)
    accept_and_pay(page, "pse")
    page.wait_for_url(re.compile(re.escape(companies.url)), timeout=30_000)
    page.locator("button[value=approve]").click()
    arrive_paid(page, order)


def test_a_backpack_by_card_in_twelve_instalments(open_page, site, co):
    page = open_page()
    put_in_cart(page, site("co"), co.products[0])
    order = check_out(page, co.details, "card")
    choose(page, "card")
    page.locator("#card-holder").fill("Ana Gómez")
    page.locator("#card-number").fill("4242 4242 4242 4242")
    page.locator("#card-expiry").fill("08/40")
    page.locator("#card-cvc").fill("123")
    page.locator("select[name=card-installments]").select_option("12")
    accept_and_pay(page, "card")
    arrive_paid(page, order)
    assert Payment.objects.get().card["installments"] == 12


def test_without_scripts_a_card_is_typed_on_the_page_of_the_company(open_page, site, companies, co):
    page = open_page(javascript=False)
    put_in_cart(page, site("co"), co.products[0], scripts=False)
    order = check_out(page, co.details, "card")
    choose(page, "card")
    accept_and_pay(page, "card")
    page.wait_for_url(re.compile(re.escape(companies.url)), timeout=30_000)
    page.locator("input[name=method][value=CARD]").check()
    page.locator("button[value=approve]").click()
    arrive_paid(page, order)


@pytest.mark.parametrize("code", ["mz", "co"])
def test_three_stores_in_one_cart(open_page, site, companies, request, code):
    world = request.getfixturevalue(code)
    base = site(code)
    page = open_page(viewport=PHONE)
    for product in world.products:
        put_in_cart(page, base, product)
    method = {"mz": "mpesa", "co": "pse"}[code]
    order = check_out(page, world.details, method)
    if code == "mz":
        page.locator("input[name=mpesa-phone]").fill("84 123 4512")
        accept_and_pay(page, "mpesa")
    else:
        fill_pse(page)
        accept_and_pay(page, "pse")
        page.wait_for_url(re.compile(re.escape(companies.url)), timeout=30_000)
        page.locator("button[value=approve]").click()
    arrive_paid(page, order)
    assert order.seller_orders.count() == 3
