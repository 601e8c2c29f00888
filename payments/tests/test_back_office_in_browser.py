"""Staff's money pages on a telephone and a tablet: nothing wider than the window, nothing that axe minds."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import PHONE
from marketplace.accounts.models import User
from payments.models import Difference, Statement, StatementLine
from payments.tests.factories import make_available, make_payment
from sellers.tests.factories import make_seller

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLET = {"width": 768, "height": 1024}

# What stands beyond the edge of the window, or of a box that neither shows nor scrolls what is too wide.
OUT_OF_SIGHT = """() => [document.documentElement, ...document.querySelectorAll("#content .module")]
    .filter(box => box.scrollWidth > box.clientWidth + 1)
    .filter(box => box === document.documentElement || getComputedStyle(box).overflowX === "hidden")
    .map(box => `${box.tagName}.${box.className}`)"""


def enter(page, base, root):
    client = Client()
    client.force_login(root)
    cookies = {django_settings.SESSION_COOKIE_NAME: client.session.session_key, "django_language": "pt"}
    page.context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])


def make_difference(payment, root):
    now = timezone.now()
    shown = {"market_code": "co", "company": "wompi"}
    statement = Statement.objects.create(
        **shown, first_day=now - timedelta(days=1), last_day=now, file_name="wompi.csv", digest="1" * 64,
        lines_count=1, imported_by=root,
    )  # fmt: skip
    line = StatementLine.objects.create(
        statement=statement, row=2, kind="charge", company_reference="1234-1610641025-49201" * 3,
        amount=81_500, currency="COP", happened_at=now,
    )  # fmt: skip
    return Difference.objects.create(
        **shown, kind="missing_here", key="seen", day=now, line=line, found=81_500, currency="COP"
    )


def addresses(root):
    payment, part = make_payment(amount=12_345_678), make_available(make_seller())
    difference = make_difference(payment, root)
    return [
        reverse("admin:index"),
        reverse("admin:payment_companies"),
        reverse("admin:payments_payment_changelist"),
        reverse("admin:payments_statement_changelist"),
        reverse("admin:payments_difference_close", args=[difference.pk]),
        reverse("admin:payments_ledgerentry_correct"),
        reverse("admin:payments_refund_part", args=[part.pk]),
    ]


def test_staff_pages_fit_and_can_be_used_by_everybody(live_server, open_page, axe):
    base = live_server.url.replace("localhost", "mz.localhost")
    root = User.objects.create_superuser("root@example.com", "correct-horse-battery")
    page, found = open_page(viewport=PHONE, dark=True), []
    enter(page, base, root)

    for address in addresses(root):
        page.set_viewport_size(PHONE)
        assert page.goto(base + address, wait_until="load").status in (200, 422), address
        found += [f"{address}: {problem}" for problem in axe(page, preload=False)]
        for size in (PHONE, TABLET):
            page.set_viewport_size(size)
            found += [f"{address}: {hidden} at {size['width']}" for hidden in page.evaluate(OUT_OF_SIGHT)]

    assert found == []
