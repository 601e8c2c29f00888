"""Money in another amount waits for staff, who are told at once and every day; its buyer reads the truth."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from orders.access import SESSION_KEY
from orders.tests.factories import make_order
from payments import collecting
from payments.refunds import surplus
from payments.tests.factories import failed, make_payment, paid, wrong
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def flagged(market="co", *, order=None):
    payment = make_payment(order or make_order(seller=make_seller(market_code=market), price=5_000))
    collecting.settle(payment.pk, wrong(payment, 700))
    payment.refresh_from_db()
    return payment


def letters():
    return OutgoingMessage.objects.filter(template="payments/wrong_amounts").order_by("pk")


def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_staff_are_written_to_at_once_and_once(status):
    payment = make_payment(status=status)
    for _ in range(2):
        collecting.settle(payment.pk, wrong(payment, 700))
    letter = letters().get()
    assert letter.recipient == payment.market.support_email
    assert payment.reference in letter.text and payment.order.number in letter.text
    assert "/admin/payments/payment/?attention__exact=wrong_amount" in letter.text


def test_every_day_until_somebody_has_decided():
    first, second, other = flagged(), flagged(), flagged("mz")
    assert surplus.remind() == 0
    letters().delete()
    assert surplus.remind(tomorrow()) == 3
    told = {letter.market_code: letter for letter in letters()}
    assert first.reference in told["co"].text and second.reference in told["co"].text
    assert other.reference in told["mz"].text and first.reference not in told["mz"].text

    surplus.book(first.pk, wrong(first, 700), by="1")
    collecting.settle(second.pk, failed())
    collecting.settle(other.pk, paid(other))
    assert surplus.remind(tomorrow()) == 0


def test_it_waits_on_the_first_page_of_the_back_office():
    flagged()
    staff = Client(headers={"host": "co.localhost"})
    staff.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
    rows = staff.get(reverse("admin:index")).context["waiting"]
    (row,) = (each for each in rows if "attention__exact=wrong_amount" in each.url)
    assert row.count == 1 and staff.get(row.url).status_code == 200


def test_the_buyer_may_call_the_order_off_meanwhile():
    payment = flagged()
    lifecycle.cancel(payment.order, by=None, actor="buyer")
    assert surplus.book(payment.pk, wrong(payment, 700), by="1")
    assert payment.refunds.get().amount == 700


def test_who_paid_another_amount_is_not_told_that_it_came_too_late():
    payment = flagged(order=make_order(language="en"))
    surplus.book(payment.pk, wrong(payment, 700), by="1")
    shown = result_of(payment)
    assert "It is not the amount of the order." in shown and "too late" not in shown
    assert re.search(r"pay-state__amount\">\$\s700<", shown)
    assert reverse("payments:choose", args=[payment.order.number]) in shown

    late = make_payment(make_order(language="en"))
    lifecycle.cancel(late.order, by=None, actor="buyer")
    collecting.settle(late.pk, paid(late))
    assert "Your payment came too late" in result_of(late)


def result_of(payment):
    browser = Client(headers={"host": f"{payment.market_code}.localhost"})
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    session = browser.session
    session[SESSION_KEY] = [payment.order.number]
    session.save()
    address = reverse("payments:result", args=[payment.order.number, payment.reference])
    return browser.get(address).content.decode()
