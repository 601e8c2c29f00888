"""A second try after a refusal asks for nothing that was typed already, and a stranger finds none of it."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders import lifecycle
from orders.access import SESSION_KEY
from orders.tests.factories import make_order
from payments import collecting, company_lists
from payments.gateways.base import Reason
from payments.tests.factories import failed, make_payment, paid
from payments.tests.test_paying_in_browser import accept_and_pay, choose, enter

pytestmark = pytest.mark.django_db(transaction=True)
PSE = {
    "pse-bank": "1007",
    "pse-user_type": "1",
    "pse-document_type": "NIT",
    "pse-document_number": "830140299-6",
}
CARD = {"card-token": "tok_test_1", "card-installments": "12"}


@pytest.fixture
def guest(sandbox):
    company_lists.refresh_all()
    browser = Client(headers={"host": "co.localhost"})
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return browser


def let_in(browser, *orders):
    session = browser.session
    session[SESSION_KEY] = [order.number for order in orders]
    session.save()


def form_of(browser, order, method):
    answer = browser.get(reverse("payments:choose", args=[order.number]), {"method": method})
    return next(option.form for option in answer.context["options"] if option.code == method)


def typed(form):
    return {name: form[name].value() for name in form.fields}


def try_and_fail(browser, order, method, fields):
    body = {"method": method, f"{method}-accept": "on"} | fields
    browser.post(reverse("payments:choose", args=[order.number]), body)
    payment = order.payments.get()
    collecting.settle(payment.pk, failed(Reason.REFUSED_BY_BANK))
    return payment


def test_bank_and_document_are_there_again(guest):
    order = make_order()
    let_in(guest, order)
    try_and_fail(guest, order, "pse", PSE)
    again = typed(form_of(guest, order, "pse"))
    assert [again[name.removeprefix("pse-")] for name in PSE] == list(PSE.values())
    assert not again["accept"]


def test_instalments_are_there_again_and_the_token_is_not(guest):
    order = make_order()
    let_in(guest, order)
    try_and_fail(guest, order, "card", CARD)
    again = typed(form_of(guest, order, "card"))
    assert again["installments"] == "12" and not again["token"]


def test_another_order_and_the_database_know_nothing_of_it(guest):
    order, other = make_order(), make_order()
    let_in(guest, order, other)
    try_and_fail(guest, order, "pse", PSE)
    assert not typed(form_of(guest, other, "pse"))["document_number"]
    assert "830140299" not in str(dict(guest.session.items()))


def test_once_paid_it_is_forgotten(guest):
    order = make_order()
    let_in(guest, order)
    payment = try_and_fail(guest, order, "pse", PSE)
    collecting.settle(payment.pk, paid(payment))
    guest.get(reverse("payments:result", args=[order.number, payment.reference]))
    assert not any("typed" in name for name in guest.session.keys())


class TestEndings:
    def result(self, guest, payment):
        let_in(guest, payment.order)
        path = reverse("payments:result", args=[payment.order.number, payment.reference])
        return guest.get(path).content.decode()

    def test_of_money_that_must_go_back_the_page_asks_where_to(self, guest):
        order = make_order()
        first, payment = (make_payment(order, method="nequi", status=now) for now in ("expired", "expired"))
        for each in (first, payment):
            collecting.settle(each.pk, paid(each))
        refund = payment.refunds.get()
        assert reverse("payments:show_refund", args=[refund.secret]) in self.result(guest, payment)

    def test_an_order_that_ran_out_of_time_can_be_bought_again(self, guest):
        order = make_order()
        payment = make_payment(order, method="nequi", status="expired")
        lifecycle.expire(order, timezone.now())
        html = self.result(guest, payment)
        assert reverse("orders:buy_again", args=[order.number]) in html

    def test_another_payment_of_a_paid_order_is_told_what_becomes_of_it(self, guest):
        order = make_order()
        left = make_payment(order, method="bancolombia", status="cancelled")
        payment = make_payment(order, method="card", status="pending")
        collecting.settle(payment.pk, paid(payment))
        assert "Should this one arrive as well" in self.result(guest, left)
        assert "Should this one arrive as well" not in self.result(guest, payment)


def test_who_comes_back_from_the_bank_is_not_sent_there_again(guest):
    order = make_order()
    let_in(guest, order)
    step = {"kind": "redirect", "url": "https://bank.example/pay"}
    payment = make_payment(order, method="pse", status="pending", next_step=step)
    first = guest.get(reverse("payments:wait", args=[order.number, payment.reference])).content.decode()
    again = guest.get(reverse("payments:wait", args=[order.number, payment.reference])).content.decode()
    assert "We are taking you to your bank" in first and "Have you paid?" not in first
    assert "Have you paid?" in again and "https://bank.example/pay" in again
    assert not re.search("We are taking you", again)


@pytest.mark.browser
def test_what_is_wrong_with_a_card_is_told_beside_its_field(open_page, live_server, worker, sandbox):
    company_lists.refresh_all()
    page = open_page()
    enter(page, live_server.url, make_order())
    choose(page, "card")
    fields = {"holder": "Ana Gómez", "number": "4242 4242 4242 4241", "expiry": "08/40", "cvc": "123"}
    for name, value in fields.items():
        page.locator(f"#card-{name}").fill(value)
    page.locator("form .button--pop").click()
    page.locator("#card-accept-error").wait_for()
    accept_and_pay(page, "card")
    page.locator("#card-number-error").wait_for()  # the company's own check of the digits
    assert not page.locator("#card-accept-error").is_visible()
    page.locator("#card-number").fill("4242 4242 4242 4242")
    page.locator("#card-expiry").fill("08/20")
    page.locator("form .button--pop").click()
    page.locator("#card-expiry-error").wait_for()
    assert not page.locator("#card-number-error").is_visible()
    assert page.locator("#card-number").input_value() == "4242 4242 4242 4242"
    assert not page.locator("[data-problem]").is_visible()
