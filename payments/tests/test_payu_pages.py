"""What the shopper sees on the way to PayU: a form that opens its page once, and who pays cash."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, gateways, polling, settling
from payments.gateways.payu_signing import digest
from payments.models import Payment, PaymentStatus
from payments.tests.conftest import HTMX
from payments.tests.factories import make_payment
from payments.tests.test_payu_paying import answer, begin, open_page, state

FORM = {"kind": "form", "url": "https://checkout.payulatam.com/ppp-web-gateway-payu/"}


def url(name, payment):
    return reverse(f"payments:{name}", args=[payment.order.number, payment.reference])


@pytest.fixture
def order(ana):
    return make_order(user=ana)


@pytest.fixture
def payment(order):
    return make_payment(order, method="card", gateway="payu", next_step=FORM)


def fields(html):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))


def test_the_wait_page_opens_payus_page_once_and_then_leaves_it_to_a_button(ana_shop, payment, settings):
    first = ana_shop.get(url("wait", payment)).content.decode()
    second = ana_shop.get(url("wait", payment)).content.decode()
    assert "<post-form auto>" in first and "<post-form>" in second
    assert f'<form method="post" action="{FORM["url"]}"' in first
    assert 'http-equiv="refresh" content="1;' not in first
    sent = fields(first)
    keys = settings.GATEWAY_CREDENTIALS["payu"]
    words = (keys["merchant_id"], payment.reference, sent["amount"], "COP", sent["paymentMethods"])
    assert sent["signature"] == digest("SHA256", *words, key=keys["api_key"])
    assert keys["api_key"] not in first and keys["api_login"] not in first
    assert "csrfmiddlewaretoken" not in first.split("<post-form")[1].split("</post-form>")[0]


def test_a_poll_brings_the_form_as_soon_as_it_is_known(ana_shop, payment):
    fragment = ana_shop.get(f"{url('wait', payment)}?seen=waiting", headers=HTMX)
    assert "<post-form auto>" in fragment.content.decode()
    assert "HX-Redirect" not in fragment
    again = ana_shop.get(f"{url('wait', payment)}?seen=form-cancel", headers=HTMX)
    assert "<post-form" not in again.content.decode()


def test_a_card_under_review_is_waited_for_and_cannot_be_paid_again(ana_shop, order, sandbox):
    payment = begin(order, "card")
    answer(open_page(payment), "review")
    collecting.ask(payment.pk)
    Payment.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    html = ana_shop.get(url("wait", payment)).content.decode()
    assert "<post-form" not in html and url("give_up", payment) not in html
    ana_shop.post(url("give_up", payment))
    ask_at(payment, order.expires_at + timedelta(hours=1))
    assert state(payment) == (PaymentStatus.PENDING, OrderStatus.PENDING)
    ask_at(payment, order.expires_at + timedelta(hours=24))
    assert state(payment) == (PaymentStatus.EXPIRED, OrderStatus.EXPIRED)


def ask_at(payment, now):
    settling.settle(payment.pk, gateways.get("payu").look_up(payment.reference), now=now)
    polling.expire_overdue(now=now)


def test_the_form_is_gone_when_the_payment_is_in_doubt(ana_shop, payment):
    Payment.objects.update(status=PaymentStatus.UNKNOWN)
    assert "<post-form" not in ana_shop.get(url("wait", payment)).content.decode()


def test_payus_page_can_be_left_for_another_way(ana_shop, payment):
    assert ana_shop.post(url("give_up", payment)).url == reverse(
        "payments:choose", args=[payment.order.number]
    )
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CANCELLED


@pytest.mark.parametrize("hint", ["f5e668f1-7ecc-4b83-a4d1-0aaa68260862", "'; drop", "x" * 500, "\x00"])
def test_coming_back_proves_nothing(ana_shop, payment, hint):
    told = {"transactionState": "4", "transactionId": hint, "referenceCode": payment.reference}
    assert ana_shop.get(url("come_back", payment), told).url == url("wait", payment)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING


@pytest.mark.parametrize(
    ("document", "number", "is_right"),
    [
        ("CC", "1020304050", True), ("CE", "123456", True), ("CC", "12", False), ("CC", "", False),
        ("XX", "1", False),
    ],
)  # fmt: skip
def test_who_pays_cash_says_who_it_is(lists, ana_shop, order, document, number, is_right):
    form = {"method": "efecty", "efecty-document_type": document, "efecty-document_number": number}
    response = ana_shop.post(reverse("payments:choose", args=[order.number]), form)
    assert response.status_code == (302 if is_right else 422)
    assert Payment.objects.exists() == is_right
    if is_right:
        charge = collecting.charge_of(Payment.objects.get())
        assert (charge.document_type, charge.document_number) == (document, number)
        assert (charge.city, charge.region) == ("Bogotá", "Bogotá D. C.")
        assert charge.notify_url.endswith("/webhooks/payu/")
