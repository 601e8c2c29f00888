"""After an attempt came to nothing: why it did, and how little the next one asks for."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.mailing import delivery
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from orders.access import SESSION_KEY
from orders.models import Order
from orders.tests.factories import make_order
from payments import collecting
from payments.gateways.base import Outcome, Reason, State
from payments.models import Payment
from payments.tests.factories import failed, make_payment, paid
from payments.wording import why
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db(transaction=True)
UNCONFIRMED = "The payment company could not confirm your payment."
EMOLA = {"method": "emola", "emola-phone": "86 765 4321"}


@pytest.fixture
def order():
    return make_order(seller=make_seller(market_code="mz"), price=500, language="en")


@pytest.fixture
def guest(order):
    return enter(order)


def enter(order):
    browser = Client(headers={"host": "mz.localhost"})
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    session = browser.session
    session[SESSION_KEY] = [order.number]
    session.save()
    return browser


def page(browser, name, payment):
    return browser.get(reverse(f"payments:{name}", args=[payment.order.number, payment.reference]))


def choice(browser, order, method=""):
    return browser.get(reverse("payments:choose", args=[order.number]), {"method": method})


def try_with(browser, order, fields):
    browser.post(reverse("payments:choose", args=[order.number]), fields)
    return order.payments.latest("number")


@pytest.mark.parametrize("ending", ["failed", "expired"])
def test_the_same_way_is_one_press_away(guest, order, ending):
    payment = make_payment(order, method="mpesa", status=ending, failure_reason="insufficient_funds")
    html = page(guest, "result", payment).content.decode()
    assert f'href="/pay/{order.number}/?method=mpesa">Try again' in html
    assert f'href="/pay/{order.number}/">Pay another way' in html


def test_the_wallet_need_not_be_typed_twice_and_is_shown_to_nobody_else(guest, order):
    payment = try_with(guest, order, EMOLA)
    collecting.settle(payment.pk, failed(Reason.INSUFFICIENT_FUNDS))
    assert 'value="867654321"' in choice(guest, order, "emola").content.decode()
    assert "867654321" not in choice(enter(order), order, "emola").content.decode()
    assert not Payment.objects.get(pk=payment.pk).inputs


def test_the_way_last_tried_is_chosen_already(guest, order):
    payment = try_with(guest, order, EMOLA)
    collecting.settle(payment.pk, failed(Reason.EXPIRED))
    options = choice(guest, order).context["options"]
    assert [option.code for option in options if option.is_chosen] == ["emola"]


def test_an_attempt_that_ran_out_of_time_is_told_too(guest, order):
    make_payment(order, method="mpesa", status="expired")
    assert "The time to confirm the payment ran out." in choice(guest, order).content.decode()


def test_the_order_names_the_way_that_was_really_paid(guest, order):
    late, meant = (make_payment(order, method=method, status="failed") for method in ("card", "mpesa"))
    collecting.settle(late.pk, paid(late))
    order.refresh_from_db()
    assert order.preferred_method == "card" != meant.method
    html = guest.get(reverse("orders:show_order", args=[order.number])).content.decode()
    assert "Credit or debit card" in html and "M-Pesa" not in html.partition("<footer")[0]


def test_nobody_is_told_that_nothing_was_paid_while_that_is_not_certain(guest, order):
    payment = make_payment(order, method="mpesa", status="unknown")
    Payment.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    collecting.settle(payment.pk, Outcome(state=State.UNKNOWN))
    mail = OutgoingMessage.objects.exclude(template="orders/placed").get()
    assert mail.template == "payments/unconfirmed" and order.secret in mail.text
    pages = [page(guest, "result", payment), choice(guest, order)]
    for told in [mail.subject + mail.text, mail.html, *(each.content.decode() for each in pages)]:
        assert UNCONFIRMED in told and "If money was taken, it will be found" in told
        assert not re.search("did not go through|last attempt did not|another way|No money was taken", told)


@pytest.mark.parametrize("known", ["", "W-1"])
def test_only_what_never_reached_the_company_took_no_money_for_certain(known):
    payment = Payment(status="failed", failure_reason=Reason.COMPANY_ERROR, company_reference=known)
    assert ("No money was taken" in str(why(payment))) == (not known)


def test_goods_of_an_order_given_up_are_one_press_from_the_cart(guest, order):
    payment = make_payment(order, method="mpesa", status="expired")
    lifecycle.expire(order, timezone.now())
    html = page(guest, "result", payment).content.decode()
    assert reverse("orders:buy_again", args=[order.number]) in html
    assert "Try again" not in html


@pytest.mark.parametrize("held", [False, True])
def test_money_that_came_twice_leads_to_where_it_should_go(guest, order, held):
    first, again = (make_payment(order, method=method, status="failed") for method in ("card", "mpesa"))
    collecting.settle(first.pk, paid(first))
    collecting.settle(again.pk, paid(again))
    if held:
        Order.objects.update(held_at=timezone.now())
    html = page(guest, "result", again).content.decode()
    assert "This second payment will be sent back to you." in html
    assert reverse("payments:show_refund", args=[again.refunds.get().secret]) in html
    assert "This second payment" not in page(guest, "result", first).content.decode()


def test_who_comes_back_from_the_company_too_late_is_not_told_to_pay_again(guest, order):
    payment = make_payment(order, method="card", status="expired")
    page(guest, "come_back", payment)
    asking = page(guest, "result", payment).content.decode()
    assert "Try again" not in asking and "hx-get" in asking and "http-equiv" in asking
    collecting.settle(payment.pk, paid(payment))
    assert "your order is paid" in page(guest, "result", payment).content.decode()


def test_the_companys_own_no_is_told_without_waiting(guest, order):
    payment = make_payment(order, method="card")
    collecting.settle(payment.pk, failed(Reason.INSUFFICIENT_FUNDS))
    page(guest, "come_back", payment)
    assert "There was not enough money" in page(guest, "result", payment).content.decode()


def test_in_the_end_it_is_said_that_nothing_was_paid(guest, order, monkeypatch):
    payment = make_payment(order, method="card", status="expired")
    monkeypatch.setattr("payments.views.ASKED_FOR", 0)
    page(guest, "come_back", payment)
    assert "Try again" in page(guest, "result", payment).content.decode()


class TestPrompt:
    STEP = {"kind": "prompt", "phone": "•••• 4567", "seconds": "60"}

    def shown(self, guest, order, seconds):
        payment = make_payment(order, method="mpesa", next_step=self.STEP)
        Payment.objects.update(started_at=timezone.now() - timedelta(seconds=seconds))
        return page(guest, "wait", payment)

    def test_it_counts_the_minute_that_the_phone_asks(self, guest, order):
        shown = self.shown(guest, order, 20)
        assert 30 <= shown.context["page"].seconds_left <= 40
        assert "Type your PIN within one minute" in shown.content.decode()

    def test_when_it_is_gone_the_page_says_what_to_do(self, guest, order):
        html = self.shown(guest, order, 100).content.decode()
        assert "count-down" not in html
        assert "Has no request come, or has it gone?" in html
        assert Order.objects.get().payments.get().is_live


class TestTheMailAboutIt:
    """It is for whoever has left the page: who looks at it knows already."""

    @pytest.fixture
    def refused(self, order):
        payment = make_payment(order)
        collecting.settle(payment.pk, failed(Reason.REFUSED_BY_BANK))
        payment.refresh_from_db()
        return payment

    @pytest.mark.parametrize("name", ["result", "choose"])
    def test_it_is_called_back_from_whoever_reads_it_on_the_page(self, guest, refused, name):
        assert waiting().exists()
        shown = page(guest, name, refused) if name == "result" else choice(guest, refused.order)
        assert "Your bank or wallet refused the payment." in shown.content.decode()
        assert not waiting().exists()
        assert refused.events.last().kind == "seen"

    def test_a_look_at_another_order_calls_nothing_back(self, refused):
        other = make_order(seller=make_seller(market_code="mz"), price=500, language="en")
        choice(enter(other), other)
        assert waiting().exists()

    def test_it_leaves_three_minutes_later(self, refused, mailoutbox):
        message = waiting().get()
        delivery.deliver(message.pk)
        assert not mailoutbox
        waiting().update(next_try_at=F("next_try_at") - timedelta(minutes=3))
        assert OutgoingMessage.objects.due().filter(pk=message.pk).exists()
        delivery.deliver(message.pk)
        assert [each.to for each in mailoutbox] == [[refused.order.email]]

    @pytest.mark.parametrize("left", [timedelta(minutes=2), timedelta(hours=1)])
    def test_it_leaves_while_the_order_is_still_kept(self, order, left):
        payment = make_payment(order)
        Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() + left)
        collecting.settle(payment.pk, failed())
        due = waiting().get().next_try_at - timezone.now()
        assert timedelta(seconds=30) < due <= min(timedelta(minutes=3), left / 2)

    @pytest.mark.parametrize("end", ["paid", "called off", "given up"])
    def test_what_became_untrue_meanwhile_is_not_said(self, refused, end):
        if end == "paid":
            collecting.settle(refused.pk, paid(refused))
        elif end == "called off":
            lifecycle.cancel(refused.order, by=None, actor="buyer")
        else:
            lifecycle.expire(refused.order, timezone.now())
        assert not waiting().exists()

    def test_what_is_being_sent_is_not_called_back(self, guest, refused):
        waiting().update(attempts=1)
        page(guest, "result", refused)
        assert waiting().exists()
        assert not refused.events.filter(kind="seen").exists()


def waiting():
    return OutgoingMessage.objects.filter(template="payments/failed", sent_at=None)
