"""Following a payment: the phone, the bank, the way back, the end."""

import pytest
from django.urls import reverse

from orders.access import SESSION_KEY
from orders.tests.factories import make_order
from payments import collecting
from payments.models import LedgerEntry, Payment, PaymentStatus
from payments.tests.conftest import HTMX
from payments.tests.factories import make_payment, paid
from sellers.tests.factories import make_seller


def url(name, payment_or_order):
    if isinstance(payment_or_order, Payment):
        return reverse(f"payments:{name}", args=[payment_or_order.order.number, payment_or_order.reference])
    return reverse(f"payments:{name}", args=[payment_or_order.number])


@pytest.fixture
def order(ana):
    return make_order(user=ana)


@pytest.fixture
def encomenda(loja):
    """An order of a Mozambican guest, whose browser remembers it."""
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    session = loja.session
    session[SESSION_KEY] = [order.number]
    session.save()
    return order


def test_the_wait_page_shows_the_phone_masked_and_follows_by_itself(loja, encomenda):
    loja.post(url("choose", encomenda), {"method": "mpesa", "mpesa-phone": "84 123 4567"})
    payment = Payment.objects.get()
    html = loja.get(url("wait", payment)).content.decode()
    assert "••••\N{NO-BREAK SPACE}4567" in html
    assert "841234567" not in html
    assert "hx-get=" in html
    assert '<noscript><meta http-equiv="refresh"' in html


def test_a_look_that_finds_nothing_new_replaces_only_the_poll(ana_shop, order):
    payment = make_payment(order, next_step={"kind": "prompt", "phone": "•••• 1111"})
    page = url("wait", payment)
    same = ana_shop.get(f"{page}?seen=prompt", headers=HTMX).content.decode()
    new = ana_shop.get(f"{page}?seen=waiting", headers=HTMX).content.decode()
    assert 'id="payment-poll"' in same and "payment-status" not in same and "<html" not in same
    assert 'hx-swap-oob="innerHTML:#payment-status"' in new


def test_a_finished_payment_leads_the_wait_page_to_the_result(ana_shop, order):
    payment = make_payment(order)
    collecting.settle(payment.pk, paid(payment))
    assert ana_shop.get(url("wait", payment)).url == url("result", payment)
    followed = ana_shop.get(url("wait", payment), headers=HTMX)
    assert followed["HX-Redirect"] == url("result", payment)
    html = ana_shop.get(url("result", payment)).content.decode()
    assert order.number in html
    assert ana_shop.get(url("choose", order)).status_code == 302


def test_the_bank_is_opened_once_and_then_left_to_a_button(ana_shop, order):
    bank = "https://bank.example/pay?a=1&b=2"
    payment = make_payment(order, next_step={"kind": "redirect", "url": bank})
    first = ana_shop.get(url("wait", payment)).content.decode()
    second = ana_shop.get(url("wait", payment)).content.decode()
    assert 'content="1;url=https://bank.example/pay?a=1&amp;b=2"' in first
    assert 'content="1;url=' not in second
    assert 'href="https://bank.example/pay?a=1&amp;b=2"' in second


def test_htmx_is_led_to_the_bank_as_soon_as_its_address_is_known(ana_shop, order):
    payment = make_payment(order, next_step={"kind": "redirect", "url": "https://bank.example/pay"})
    response = ana_shop.get(f"{url('wait', payment)}?seen=waiting", headers=HTMX)
    assert response["HX-Redirect"] == "https://bank.example/pay"
    assert "HX-Redirect" not in ana_shop.get(url("wait", payment), headers=HTMX)


def test_an_address_that_is_no_web_page_is_never_opened(ana_shop, order):
    payment = make_payment(order, next_step={"kind": "redirect", "url": "javascript:alert(1)"})
    assert "javascript:" not in ana_shop.get(url("wait", payment)).content.decode()


@pytest.mark.parametrize("hint", ["", "11-22", "'; drop table", "x" * 500, "\x00", "12" * 40])
def test_coming_back_from_the_bank_proves_nothing(ana_shop, order, hint):
    payment = make_payment(order)
    response = ana_shop.get(url("come_back", payment), {"id": hint})
    assert response.url == url("wait", payment)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert not LedgerEntry.objects.exists()


def test_a_bank_page_can_be_left_for_another_method(ana_shop, order):
    payment = make_payment(order, next_step={"kind": "redirect", "url": "https://bank.example"})
    assert url("give_up", payment) in ana_shop.get(url("wait", payment)).content.decode()
    assert ana_shop.post(url("give_up", payment)).url == url("choose", order)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CANCELLED


@pytest.mark.parametrize("status", [PaymentStatus.UNKNOWN, PaymentStatus.CREATED])
def test_a_payment_in_doubt_cannot_be_left(ana_shop, order, status):
    payment = make_payment(order, status=status)
    assert url("give_up", payment) not in ana_shop.get(url("wait", payment)).content.decode()
    assert ana_shop.post(url("give_up", payment)).url == url("wait", payment)
    payment.refresh_from_db()
    assert payment.status == status
