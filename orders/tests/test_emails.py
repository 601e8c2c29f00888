"""Order mails: both forms, the reader's language, the figures of the page."""

import re

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.tests.factories import make_product, make_seller
from marketplace.mailing.models import OutgoingMessage
from orders import emails, lifecycle
from orders.models import Order
from orders.tests.factories import make_order, set_deliveries

pytestmark = pytest.mark.django_db
ALL = {"placed", "receipt", "new_order", "shipped", "delivered", "cancelled", "expired", "link"}


def send_every_mail(market_code: str, language: str) -> list[OutgoingMessage]:
    product = make_product(market_code=market_code, name="A & B <i>", price="6000")
    for end in ("cancel", "expire", "deliver"):
        order = make_order(product, language=language)
        if end == "cancel":
            lifecycle.cancel(order, by=None, actor="buyer")
        elif end == "expire":
            lifecycle.expire(order, timezone.now())
        else:
            lifecycle.mark_paid(order, timezone.now())
            part = order.seller_orders.select_related("order", "seller").get()
            lifecycle.ship(part, by=None, tracking=lifecycle.Tracking(carrier="X & Y", number="1"))
            lifecycle.deliver(part, by=None, actor="buyer")
            emails.send_link(order)
    return list(OutgoingMessage.objects.all())


@pytest.mark.parametrize(("code", "language"), [("co", "es"), ("co", "en"), ("mz", "pt"), ("mz", "en")])
def test_every_mail_has_text_and_html_in_the_language_of_the_order(code, language):
    messages = send_every_mail(code, language)

    assert {message.template.removeprefix("orders/") for message in messages} == ALL
    for message in messages:
        assert message.subject and "\n" not in message.subject
        assert message.market_code == code
        if message.template != "orders/new_order":
            assert message.language == language
        for words in (message.text, message.html):
            assert not re.search(r"\{[{%]|None|&amp;amp;", words)
            assert "http://" in words
        assert "&amp;" not in message.text and "&lt;" not in message.text
        assert "<i>" not in message.html.replace("<img", "")


def test_pay_now_in_a_mail_works_in_a_browser_that_has_never_seen_the_order(client):
    order = make_order(make_product(), language="en")
    placed = OutgoingMessage.objects.get(template="orders/placed")
    (path,) = re.findall(r"Pay now: http://co\.localhost:\d+(\S+)", placed.text)

    page = client.get(path, headers={"host": "co.localhost"}, follow=True)

    assert page.status_code == 200
    assert f"/pay/{order.number}/" in page.content.decode()


def test_the_receipt_shows_the_figures_of_the_order():
    order = make_order(make_product(price="119000"), quantity=2)
    lifecycle.mark_paid(order, timezone.now())

    receipt = OutgoingMessage.objects.get(template="orders/receipt")

    for words in (receipt.text, receipt.html):
        plain = words.replace("\N{NO-BREAK SPACE}", " ")
        for amount in ("$ 200.000", "$ 38.000", "$ 238.000"):
            assert amount in plain
    assert order.secret in receipt.text


def test_a_mail_leads_to_the_site_of_its_market():
    make_order(make_product(market_code="mz", price="500"))

    message = OutgoingMessage.objects.get()

    assert "http://mz.localhost" in message.text and "co.localhost" not in message.html
    assert "Txova" in message.html


def test_pick_up_is_announced_with_the_place():
    seller = make_seller(street="Carrera 11", number="82-01")
    set_deliveries(seller, pickup={})
    order = make_order(seller=seller)
    lifecycle.mark_paid(order, timezone.now())
    lifecycle.ship(order.seller_orders.select_related("order", "seller").get(), by=None)

    assert "Carrera 11 82-01" in OutgoingMessage.objects.get(template="orders/shipped").text


def test_a_store_without_people_is_told_at_its_own_address():
    seller = make_seller()
    seller.members.all().delete()
    order = make_order(seller=seller)

    lifecycle.mark_paid(order, timezone.now())

    assert OutgoingMessage.objects.get(template="orders/new_order").recipient == seller.email


def test_mails_are_owed_only_if_the_order_stands():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make_order()
        raise ZeroDivisionError

    assert not OutgoingMessage.objects.exists()
    assert not Order.objects.exists()
