"""A card on PayU's page in a real browser, when Wompi is out of order: with JavaScript and without."""

import re

import pytest

from orders.tests.factories import make_order
from payments import availability
from payments.models import LedgerEntry, Payment
from payments.tests.test_paying_in_browser import accept_and_pay, choose, enter, is_paid, site

__all__ = ["site"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_card_is_declined_then_approved_on_payus_page(open_page, site, sandbox, javascript):  # noqa: F811
    for _ in range(availability.FAILURES_BEFORE_REST):
        availability.note_failure("wompi")
    order = make_order()
    page = open_page(javascript=javascript)
    enter(page, site, order)
    choose(page, "card")
    assert not page.locator("#card-number").count()
    accept_and_pay(page, "card")
    if not javascript:
        page.wait_for_selector("post-form button", timeout=20_000)
        page.locator("post-form button").click()
    page.wait_for_url(re.compile(f"{re.escape(sandbox.url)}/payu/checkout/"), timeout=20_000)
    payment = Payment.objects.get()
    assert (payment.gateway, payment.step) == ("payu", "form")

    page.locator("button[value=refuse]").click()
    assert "was declined" in page.locator(".bad").first.inner_text()
    page.locator("button[value=approve]").click()
    page.wait_for_url(re.compile("/result/$"), timeout=30_000)
    assert is_paid(order)
    assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1
