"""Paying in a real browser, with a real worker and the pretend companies: with JavaScript and without."""

import re

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.cached_db import SessionStore

from orders.access import SESSION_KEY
from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import company_lists
from payments.models import Payment, PaymentStatus
from sellers.tests.factories import make_seller

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server, worker, sandbox):
    """The shop with everything that works behind it."""
    sandbox.post_events_to(live_server.url)
    company_lists.refresh_all()
    return live_server.url


def enter(page, site, order):
    """Open the choice as the guest who has just ordered."""
    session = SessionStore()
    session[SESSION_KEY] = [order.number]
    session.create()
    base = site.replace("localhost", f"{order.market_code}.localhost")
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": session.session_key, "url": base}])
    page.goto(f"{base}/pay/{order.number}/")
    return base


def choose(page, method):
    page.locator(f"input[name=method][value={method}]").check()


def accept_and_pay(page, method):
    consent = page.locator(f"input[name={method}-accept]")
    if consent.count():
        consent.check()
    page.locator("form .button--pop").click()


def is_paid(order):
    order.refresh_from_db()
    return order.status == OrderStatus.PAID


@pytest.mark.parametrize("javascript", [True, False])
def test_nequi_is_approved_on_the_phone_and_the_page_follows(open_page, site, sandbox, javascript):
    order = make_order()
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "nequi")
    page.locator("input[name=nequi-phone]").fill("300 123 4567")
    accept_and_pay(page, "nequi")
    page.wait_for_url(re.compile(r"/pay/.+/P\w+/$"))
    reference = Payment.objects.get().reference
    sandbox.wait_for("transactions", reference=reference)
    sandbox.decide(reference, "approve")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert page.locator(".pay-state--paid").is_visible()
    assert is_paid(order)


def test_a_card_goes_straight_to_the_company(open_page, site, sandbox):
    order = make_order()
    page = open_page()
    sent = []
    page.on("request", lambda request: sent.append((request.url, request.post_data or "")))
    enter(page, site, order)
    choose(page, "card")
    page.locator("#card-holder").fill("Ana Gómez")
    page.locator("#card-number").fill("4242 4242 4242 4242")
    page.locator("#card-expiry").fill("08/40")
    page.locator("#card-cvc").fill("123")
    page.locator("select[name=card-installments]").select_option("12")
    accept_and_pay(page, "card")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert is_paid(order)
    assert Payment.objects.get().card["last4"] == "4242"
    ours = [data for url, data in sent if url.startswith(site.replace("localhost", "co.localhost"))]
    assert ours and not any("4242" in data or "cvc" in data for data in ours)


def test_wrong_card_digits_are_told_beside_the_field(open_page, site, sandbox):
    page = open_page()
    enter(page, site, make_order())
    choose(page, "card")
    page.locator("#card-number").fill("12")
    accept_and_pay(page, "card")
    assert page.locator("#card-number-error").is_visible()
    assert page.locator("#card-number").get_attribute("aria-invalid") == "true"
    assert not Payment.objects.exists()


def test_without_javascript_a_card_is_taken_on_the_company_page(open_page, site, sandbox):
    order = make_order()
    page = open_page(javascript=False)
    enter(page, site, order)
    choose(page, "card")
    assert not page.locator("#card-number").is_visible()
    accept_and_pay(page, "card")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    assert Payment.objects.get().reference in page.content()


def test_pse_leads_to_the_bank_and_back(open_page, site, sandbox):
    order = make_order()
    page = open_page()
    enter(page, site, order)
    choose(page, "pse")
    page.locator("select[name=pse-bank]").select_option("1007")
    page.locator("input[name=pse-document_number]").fill("1020304050")
    accept_and_pay(page, "pse")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    page.locator("button").first.click()
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_card_in_mozambique_is_paid_on_the_company_page(open_page, site, sandbox, javascript):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "card")
    assert not page.locator("#card-number").count()
    accept_and_pay(page, "card")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    assert Payment.objects.get().reference in page.content()
    page.locator("input[name=number]").fill("4242 4242 4242 4242")
    page.locator("button.good").click()
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)
    assert Payment.objects.get().card["exp_year"] == 2040


def test_the_way_back_from_the_card_page_offers_another_way(open_page, site, sandbox):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    page = open_page()
    enter(page, site, order)
    choose(page, "card")
    accept_and_pay(page, "card")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    page.get_by_text("Back to the shop").last.click()
    page.locator("form[action$='/cancel/'] button").click()
    page.wait_for_url(re.compile(f"/pay/{order.number}/$"), timeout=20_000)
    sandbox.wait_for("sessions", status="expired", seconds=20)


@pytest.mark.parametrize("javascript", [True, False])
def test_mpesa_is_confirmed_by_pin(open_page, site, sandbox, javascript):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    page = open_page(javascript=javascript)
    enter(page, site, order)
    page.locator("input[name=mpesa-phone]").fill("84 123 4512")
    accept_and_pay(page, "mpesa")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert page.locator(".pay-state--paid").is_visible()
    assert is_paid(order)


@pytest.mark.parametrize("javascript", [True, False])
def test_emola_calls_back_and_the_page_follows(open_page, site, sandbox, javascript):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "emola")
    page.locator("input[name=emola-phone]").fill("86 123 4570")
    assert page.get_by_text("86 123 4567").is_visible()
    accept_and_pay(page, "emola")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert page.locator(".pay-state--paid").is_visible()
    assert is_paid(order)
    assert sandbox.kept("events")[0]["answers"] == ["200"]


def test_a_refused_payment_says_why_and_leads_to_another_way(open_page, site, sandbox):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    page = open_page()
    enter(page, site, order)
    page.locator("input[name=mpesa-phone]").fill("84 123 4581")
    accept_and_pay(page, "mpesa")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert page.locator(".pay-state--failed").is_visible()
    page.locator(".pay-state .button--pop").click()
    choose(page, "mpesa")
    page.locator("input[name=mpesa-phone]").fill("84 123 4512")
    accept_and_pay(page, "mpesa")
    page.wait_for_url(re.compile("/result/$"), timeout=20_000)
    assert is_paid(order)
    assert Payment.objects.filter(status=PaymentStatus.SUCCEEDED).count() == 1


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_are_accessible(open_page, site, sandbox, axe, dark):
    order = make_order()
    page = open_page(dark=dark)
    enter(page, site, order)
    choose(page, "card")
    assert axe(page) == []
    choose(page, "nequi")
    page.locator("input[name=nequi-phone]").fill("300 123 4567")
    accept_and_pay(page, "nequi")
    page.wait_for_selector("#payment-status")
    assert axe(page) == []
