"""The pages of paying: what they show, refuse and hide. None of them talks to a company."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from orders import lifecycle
from orders.access import SESSION_KEY
from orders.models import Order
from orders.tests.factories import make_order
from payments import collecting
from payments.gateways.base import Reason
from payments.models import LedgerEntry, Payment, PaymentStatus
from payments.tests.conftest import HTMX
from payments.tests.factories import failed, make_payment, paid
from sellers.models import Seller
from sellers.tests.factories import make_seller

PSE = {
    "method": "pse",
    "pse-bank": "1007",
    "pse-user_type": "0",
    "pse-document_type": "CC",
    "pse-document_number": "1020304050",
    "pse-accept": "on",
}
NEQUI = {"method": "nequi", "nequi-phone": "399 111 1111", "nequi-accept": "on"}


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


def test_every_method_of_the_market_is_offered_with_its_fields(lists, ana_shop, order):
    html = ana_shop.get(url("choose", order)).content.decode()
    for needle in (
        'value="nequi"',
        'value="pse"',
        'value="card"',
        "nequi-phone",
        "pse-bank",
        "card-installments",
    ):
        assert needle in html
    assert "BANCOLOMBIA" in html.upper()
    assert html.count('<option value="36"') == 1
    assert "terminos" in html or "acceptance" in html or 'target="_blank"' in html


def test_the_fields_of_a_card_have_no_name_so_its_number_cannot_reach_us(lists, ana_shop, order):
    html = ana_shop.get(url("choose", order)).content.decode()
    for part in ("number", "cvc", "expiry", "holder"):
        field = html[html.index(f'id="card-{part}"') :].partition(">")[0]
        assert "name=" not in field
    assert 'url="' + lists.credentials("wompi")["api_url"] in html


def test_a_cold_list_shows_that_it_is_being_fetched_and_calls_nobody(sandbox, ana_shop, order):
    response = ana_shop.get(url("choose", order))
    assert response.status_code == 200
    assert 'http-equiv="refresh"' in response.content.decode()
    refused = ana_shop.post(url("choose", order), PSE)
    assert refused.status_code == 422
    assert not Payment.objects.exists()
    assert not sandbox.kept("calls")


def test_choosing_starts_an_attempt_and_leads_to_the_wait_page(lists, ana_shop, order):
    response = ana_shop.post(url("choose", order), NEQUI)
    payment = Payment.objects.get()
    assert response.status_code == 302
    assert response.url == url("wait", payment)
    assert payment.typed["phone"] == "+573991111111"
    assert payment.amount == order.total
    assert payment.ip == "127.0.0.1"


def test_the_amount_of_a_form_is_ignored(lists, ana_shop, order):
    ana_shop.post(url("choose", order), NEQUI | {"amount": "1", "total": "1", "nequi-amount": "1"})
    assert Payment.objects.get().amount == order.total


def test_a_second_attempt_leads_to_the_first_one(lists, ana_shop, order):
    ana_shop.post(url("choose", order), NEQUI)
    response = ana_shop.post(url("choose", order), PSE)
    assert response.url == url("wait", Payment.objects.get())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (NEQUI | {"nequi-phone": ""}, "nequi-phone"),
        (NEQUI | {"nequi-phone": "84 123 4567"}, "nequi-phone"),
        (NEQUI | {"nequi-phone": "\x00" * 9}, "nequi-phone"),
        ({**NEQUI, "nequi-accept": ""}, "nequi-accept"),
        (PSE | {"pse-bank": "9999"}, "pse-bank"),
        (PSE | {"pse-bank": ""}, "pse-bank"),
        (PSE | {"pse-user_type": "7"}, "pse-user_type"),
        (PSE | {"pse-user_type": "1"}, "pse-document_type"),
        (PSE | {"pse-document_type": "PASSPORT"}, "pse-document_type"),
        (PSE | {"pse-document_number": "abc"}, "pse-document_number"),
        ({"method": "card", "card-installments": "37", "card-accept": "on"}, "card-installments"),
        ({"method": "card", "card-installments": "0", "card-accept": "on"}, "card-installments"),
        ({"method": "card", "card-token": "a b", "card-accept": "on"}, "card-token"),
        ({"method": "mpesa"}, ""),
        ({"method": ""}, ""),
        ({}, ""),
    ],
)
def test_wrong_input_gets_the_form_back_and_starts_nothing(lists, ana_shop, order, values, words):
    response = ana_shop.post(url("choose", order), values)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Payment.objects.exists()


def test_a_phone_of_another_operator_is_refused_in_words(loja, encomenda):
    response = loja.post(url("choose", encomenda), {"method": "mpesa", "mpesa-phone": "86 123 4567"})
    assert response.status_code == 422
    assert "84, 85" in response.content.decode()
    assert not Payment.objects.exists()


def test_a_method_above_its_limit_is_shown_but_cannot_be_chosen(loja, encomenda):
    more = 60_000
    Order.objects.update(items_net=F("items_net") + more, total=F("total") + more)
    assert "disabled" in loja.get(url("choose", encomenda)).content.decode()
    refused = loja.post(url("choose", encomenda), {"method": "mpesa", "mpesa-phone": "841234567"})
    assert refused.status_code == 422
    assert not Payment.objects.exists()


def test_a_method_that_a_seller_does_not_accept_cannot_be_chosen(lists, ana_shop, order):
    Seller.objects.update(payment_methods=["pse"])
    assert ana_shop.post(url("choose", order), NEQUI).status_code == 422
    assert ana_shop.post(url("choose", order), PSE).status_code == 302


def test_a_resting_company_is_not_offered(lists, ana_shop, order):
    cache.set("payments:resting:wompi", "failing", 60)
    html = ana_shop.get(url("choose", order)).content.decode()
    assert html.count("disabled") == 3


def test_other_people_do_not_find_the_payment(ana_shop, order, client):
    payment = make_payment(order)
    stranger = make_user("davi@example.com")
    pages = [url("choose", order), *(url(name, payment) for name in ("wait", "result", "come_back"))]
    for page in pages:
        assert client.get(page, headers={"host": "co.localhost"}).status_code == 404
        assert ana_shop.get(page, headers={"host": "mz.localhost"}).status_code == 404
    client.force_login(stranger)
    for page in pages:
        assert client.get(page, headers={"host": "co.localhost"}).status_code == 404
    assert client.post(url("give_up", payment), headers={"host": "co.localhost"}).status_code == 404
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING


def test_the_payment_of_another_order_is_not_found_under_this_one(ana_shop, order):
    other = make_payment(make_order())
    page = reverse("payments:wait", args=[order.number, other.reference])
    assert ana_shop.get(page).status_code == 404


def test_the_wait_page_shows_the_phone_masked_and_follows_by_itself(loja, encomenda):
    loja.post(url("choose", encomenda), {"method": "mpesa", "mpesa-phone": "84 123 4567"})
    payment = Payment.objects.get()
    html = loja.get(url("wait", payment)).content.decode()
    assert "••••\N{NO-BREAK SPACE}4567" in html
    assert "841234567" not in html
    assert "hx-get=" in html
    assert '<noscript><meta http-equiv="refresh"' in html


def test_a_look_that_finds_nothing_new_replaces_only_the_poll(ana_shop, order):
    payment = make_payment(order, next_step={"kind": "prompt", "phone": "+573991111111"})
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


def test_a_failed_payment_says_why_and_offers_another_way(lists, ana_shop, order):
    payment = make_payment(order)
    collecting.settle(payment.pk, failed(Reason.INSUFFICIENT_FUNDS))
    shown = ana_shop.get(url("result", payment), headers={"accept-language": "en"})
    assert url("choose", order) in shown.content.decode()
    again = ana_shop.get(url("choose", order))
    assert again.status_code == 200
    assert shown.context["reason"] == again.context["reason"]


def test_an_order_whose_time_is_over_cannot_be_paid(lists, ana_shop, order):
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ana_shop.get(url("choose", order)).templates[0].name == "payments/closed.html"
    ana_shop.post(url("choose", order), NEQUI)
    assert not Payment.objects.exists()


def test_an_order_that_was_called_off_cannot_be_paid(lists, ana_shop, order):
    lifecycle.cancel(order, by=None, actor="buyer")
    ana_shop.post(url("choose", order), NEQUI)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("name", ["wait", "result", "come_back"])
def test_only_reading_is_allowed_where_nothing_is_to_change(ana_shop, order, name):
    payment = make_payment(order)
    assert ana_shop.post(url(name, payment)).status_code == 405


@pytest.mark.parametrize(("name", "most"), [("wait", 6), ("choose", 9)])
def test_pages_ask_few_questions(lists, ana_shop, order, django_assert_max_num_queries, name, most):
    target = make_payment(order) if name == "wait" else order
    ana_shop.get(url(name, target))
    with django_assert_max_num_queries(most):
        ana_shop.get(url(name, target))
