"""Cash and bank pages in a real browser, with and without JavaScript."""

import re

import pytest

from orders.tests.factories import make_order
from payments.models import Payment
from payments.tests.test_paying_in_browser import accept_and_pay, choose, enter, is_paid, site

__all__ = ["site"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
both = pytest.mark.parametrize("javascript", [True, False])


@both
def test_efecty_shows_a_number_and_a_slip_and_follows_the_counter(open_page, site, sandbox, javascript):
    order = make_order()
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "efecty")
    page.locator("input[name=efecty-document_number]").fill("1020304050")
    accept_and_pay(page, "efecty")
    page.locator(".voucher").wait_for(timeout=20_000)
    code = page.locator(".voucher").inner_text()
    page.locator("a[href$='/slip/']").click()
    assert page.locator(".code").inner_text() == code
    assert page.locator("svg.qr").is_visible()
    page.go_back()
    sandbox.decide(Payment.objects.get().reference, "approve")
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)


@both
def test_a_bank_page_leads_back_to_a_paid_order(open_page, site, sandbox, javascript):
    order = make_order()
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "bancolombia")
    accept_and_pay(page, "bancolombia")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    page.locator("button").first.click()
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)


def test_pse_works_without_javascript(open_page, site, sandbox):
    order = make_order()
    page = open_page(javascript=False)
    enter(page, site, order)
    choose(page, "pse")
    page.locator("select[name=pse-bank]").select_option("1007")
    page.locator("input[name=pse-document_number]").fill("1020304050")
    accept_and_pay(page, "pse")
    page.wait_for_url(re.compile(re.escape(sandbox.url)), timeout=30_000)
    page.locator("button").first.click()
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)
