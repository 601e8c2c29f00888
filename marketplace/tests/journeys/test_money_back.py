"""A buyer asks for money back, the store agrees, the company pays it back: in a real browser."""

import re

import pytest

from conftest import PHONE
from marketplace.tests.journeys import steps
from marketplace.tests.journeys.test_in_browser import sign_in
from orders import lifecycle
from payments.models import Refund, RefundRequest, RefundStatus
from payments.tests.refunds import sell_by_mpesa

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def bought(world):
    """Two of the first store's goods, paid by M-Pesa and delivered; nobody has an account."""
    part = sell_by_mpesa(world.products[0], quantity=2)
    lifecycle.ship(part, by=None)
    lifecycle.deliver(part, by=None, actor="buyer")
    return part


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_one_of_two_comes_back_to_a_guest(open_page, site, mz, javascript):
    base, part = site("mz"), bought(mz)
    page = open_page(viewport=PHONE, javascript=javascript)
    page.goto(f"{base}{part.order.get_absolute_url()}")
    page.locator(f"a[href='/refund-requests/new/{part.pk}/']").click()
    field = page.locator("input[name^=line-]")
    if javascript:
        page.locator("quantity-stepper button").first.click()  # one less than both
    else:
        field.fill("1")
        page.locator("button[name=preview]").click()
    page.locator("#refund-amount dd").get_by_text("120,00").wait_for()
    page.locator("input[name=cause][value=damaged]").check()
    page.locator("textarea[name=words]").fill("One of them was squashed.")
    page.locator("form .form__actions button").click()
    page.wait_for_url(re.compile("/refund-requests/RR-"))
    asked = RefundRequest.objects.get()

    portal = open_page(javascript=javascript)
    sign_in(portal, base, mz.owners[0])
    portal.goto(f"{base}/sell/")
    portal.locator("a.tile[href='/sell/requests/']").click()
    portal.locator(f"a[href='/sell/requests/{asked.number}/']").click()
    portal.get_by_text("One of them was squashed.").wait_for()
    portal.locator("button[name=answer][value=accept]").click()
    portal.locator(".alert--success").first.wait_for()

    steps.until(lambda: Refund.objects.get().status == RefundStatus.SUCCEEDED)
    page.reload()
    page.locator(".status--succeeded").wait_for()
    assert Refund.objects.get().amount == 120
