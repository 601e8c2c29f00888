"""The pages of paying: what they show, refuse and hide. None of them talks to a company."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.throttling import LIMITS
from orders import lifecycle
from orders.access import SESSION_KEY
from orders.models import Order
from orders.tests.factories import make_order
from payments import availability, collecting
from payments.gateways.base import Reason
from payments.models import Payment, PaymentStatus
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


def test_guests_behind_one_address_do_not_use_up_each_others_tries(encomenda, loja, monkeypatch):
    """Mobile carriers put thousands of people behind one address."""
    monkeypatch.setitem(LIMITS, "pay", "1/m")
    neighbour = Client(headers={"host": "mz.localhost"})
    session = neighbour.session
    session[SESSION_KEY] = [encomenda.number]
    session.save()

    assert [loja.post(url("choose", encomenda)).status_code for _ in range(2)] == [422, 429]
    assert neighbour.post(url("choose", encomenda)).status_code == 422


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


def test_resting_companies_are_not_offered(lists, ana_shop, order):
    for company in ("wompi", "payu"):
        for _ in range(availability.FAILURES_BEFORE_REST):
            availability.note_failure(company)
    html = ana_shop.get(url("choose", order)).content.decode()
    assert html.count("disabled") == 4  # Efecty has a company of its own


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


def test_a_failed_payment_says_why_and_offers_another_way(lists, ana_shop, order):
    payment = make_payment(order)
    collecting.settle(payment.pk, failed(Reason.INSUFFICIENT_FUNDS))
    shown = ana_shop.get(url("result", payment), headers={"accept-language": "en"})
    assert url("choose", order) in shown.content.decode()
    again = ana_shop.get(url("choose", order))
    assert again.status_code == 200
    assert shown.context["reason"] == again.context["reason"]


@pytest.mark.parametrize("name", ["show_order", "show_receipt"])
def test_the_order_names_the_card_that_paid_it_and_no_other(ana_shop, order, name):
    refused, payment = make_payment(order, status="failed"), make_payment(order)
    collecting.settle(payment.pk, paid(payment))
    Payment.objects.filter(pk=payment.pk).update(card={"brand": "VISA", "last4": "4242", "installments": 12})
    Payment.objects.filter(pk=refused.pk).update(card={"brand": "VISA", "last4": "1111"})
    html = ana_shop.get(reverse(f"orders:{name}", args=[order.number])).content.decode()
    assert "Visa •••• 4242, 12" in html and "1111" not in html


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
