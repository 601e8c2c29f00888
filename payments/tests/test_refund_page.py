"""The signed page of a refund: for whoever holds the link, once, and never an error."""

import pytest
from django.conf import settings
from django.urls import reverse

from marketplace.mailing.models import OutgoingMessage
from orders.models import Order
from payments.gateways.base import Outcome, State
from payments.models import Refund, RefundStatus
from payments.refunds import requesting, returned, returning
from payments.tests.factories import DESTINATIONS, make_sale
from payments.tests.refunds import by_account, give_back, part_of, sell_by_mpesa
from payments.tests.requests import make_request

pytestmark = pytest.mark.django_db

ACCOUNT = DESTINATIONS["co"][1]


@pytest.fixture
def refund():
    return give_back(part_of(make_sale()), reason="One was broken")


def page(refund, way=""):
    return reverse("payments:show_refund", args=[refund.secret]) + (f"?way={way}" if way else "")


def status(refund):
    refund.refresh_from_db()
    return refund.status


def test_whoever_holds_the_link_sees_what_is_owed_and_names_an_account(shop, refund):
    shown = shop.get(page(refund))
    html = shown.content.decode()
    assert shown.status_code == 200
    assert shown["X-Robots-Tag"] == "noindex" and shown["Referrer-Policy"] == "same-origin"
    assert "no-store" in shown["Cache-Control"]
    assert "One was broken" in html and refund.number in html
    assert shop.post(page(refund), ACCOUNT)["Location"] == page(refund)
    assert status(refund) == RefundStatus.CREATED
    after = shop.get(page(refund)).content.decode()
    assert "••••8901" in after and "12345678901" not in after
    assert '<form class="card form"' not in after


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("account_number", "12"),
        ("account_number", "0000000000"),
        ("account_number", "abc"),
        ("bank_code", ""),
        ("bank_code", "9999"),
        ("account_type", "gold"),
        ("holder_name", ""),
        ("document_number", "1' OR 1=1"),
        ("document_type", "\x00"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_taken(shop, refund, field, typed):
    answer = shop.post(page(refund), ACCOUNT | {field: typed})
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert status(refund) == RefundStatus.NEEDS_ACCOUNT


def test_the_account_is_taken_once(shop, refund):
    shop.post(page(refund), ACCOUNT)
    reference, typed = Refund.objects.values_list("reference", "account").get()
    assert shop.post(page(refund), ACCOUNT | {"account_number": "99887766554"}).status_code == 200
    assert Refund.objects.values_list("reference", "account").get() == (reference, typed)


@pytest.mark.parametrize("ends", [s for s in RefundStatus if not s.startswith("needs_")])
def test_afterwards_the_page_says_how_far_it_is(shop, ends):
    refund = by_account()
    Refund.objects.filter(pk=refund.pk).update(status=ends, ended_at=refund.created_at)
    answer = shop.get(page(refund))
    assert answer.status_code == 200
    assert "••••8901" in answer.content.decode()
    assert "form" not in answer.context or not answer.context["form"]


def test_after_a_refusal_it_asks_again_and_says_why(shop):
    refund = by_account()
    Refund.objects.update(status=RefundStatus.SENDING)
    returned.apply(refund.pk, Outcome(state=State.FAILED), reference=refund.reference)
    html = shop.get(page(refund)).content.decode()
    assert "••••8901" in html
    shop.post(page(refund), ACCOUNT | {"account_number": "99887766554"})
    refund.refresh_from_db()
    assert refund.masked.endswith("6554")


@pytest.mark.parametrize("secret", ["x", "a" * 32, "-", "9" * 500])
def test_a_wrong_secret_is_not_found(shop, refund, secret):
    assert shop.get(f"/refunds/{secret}/").status_code == 404
    assert shop.post(f"/refunds/{secret}/", ACCOUNT).status_code == 404
    assert status(refund) == RefundStatus.NEEDS_ACCOUNT


def test_the_other_country_does_not_know_it_and_guessing_is_slow(loja, shop, refund, settings):
    assert loja.get(page(refund)).status_code == 404
    answers = [shop.get(f"/refunds/{'z' * 32}/").status_code for _ in range(70)]
    assert answers[-1] == 429


def test_a_wallet_is_chosen_by_link_and_must_fit_its_operator(loja, sandbox):
    refund = give_back(sell_by_mpesa())
    returned.need_account(refund.pk, reference=refund.reference, why="test")
    shown = loja.get(page(refund))
    assert shown.context["way"].code == "mpesa_b2c"
    assert shown.context["form"].initial["phone"] == refund.order.phone
    typed = {"phone": "84 123 4567", "holder_name": "Ana"}
    assert loja.post(page(refund, "emola_b2c"), typed).status_code == 422
    assert loja.get(page(refund, "bank_file")).context["way"].code == "mpesa_b2c"
    loja.post(page(refund, "emola_b2c"), typed | {"phone": "86 123 4567"})
    refund.refresh_from_db()
    assert (refund.rail, refund.status) == ("emola_b2c", RefundStatus.CREATED)
    returning.send(refund.pk)
    assert status(refund) == RefundStatus.SUCCEEDED


def test_the_buyers_page_and_receipt_show_it_and_a_strangers_do_not_exist(ana_shop, shop, ana):
    part = part_of(make_sale(user=ana, quantity=2, price="10000"))
    refund = give_back(part, {part.lines.get().pk: 1})
    order = reverse("orders:show_order", args=[part.order.number])
    html = ana_shop.get(order).content.decode()
    assert page(refund) in html and refund.number in html
    receipt = ana_shop.get(reverse("orders:show_receipt", args=[part.order.number])).content.decode()
    assert "−$\N{NO-BREAK SPACE}10.000" in receipt
    shop.logout()
    assert shop.get(order).status_code == 404


def test_a_refund_that_was_asked_for_says_so_in_words_and_keeps_the_number(shop):
    asked = make_request()
    requesting.answer(asked, accept=True, words="", by=None)
    refund = asked.refunds.get()
    shop.cookies["django_language"] = "en"
    html = shop.get(page(refund)).content.decode()
    assert f"Asked back: It arrived damaged or spoiled (request {asked.number})" in html
    told = OutgoingMessage.objects.get(template="payments/refund_approved")
    assert refund.why != asked.number and asked.number in told.text
    assert asked.get_cause_display() not in refund.reason
    typed = give_back(part_of(make_sale()), reason="Sold out")
    assert typed.why == "Sold out", "what people wrote stays as they wrote it"


@pytest.mark.django_db(transaction=True)
def test_a_browser_without_javascript_names_an_account(live_server, open_page):
    refund = give_back(part_of(make_sale()))
    page_ = open_page(javascript=False)
    page_.goto(live_server.url.replace("localhost", "co.localhost") + page(refund))
    page_.locator("main form button").click()
    assert page_.locator("[aria-invalid=true]").count() == 3
    for name in ("bank_code", "account_type", "document_type"):
        page_.locator(f"[name={name}]").select_option(ACCOUNT[name])
    for name in ("account_number", "holder_name", "document_number"):
        page_.locator(f"[name={name}]").fill(ACCOUNT[name])
    page_.locator("main form button").click()
    page_.get_by_text("••••8901").wait_for()
    assert status(refund) == RefundStatus.CREATED


@pytest.mark.parametrize(("chosen", "shown"), [("", "en"), ("es", "es")])
def test_who_comes_by_our_message_reads_on_in_its_language(client, refund, chosen, shown):
    Order.objects.update(language="en")
    if chosen:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = chosen
    html = client.get(page(refund), headers={"host": "co.localhost"})
    assert f'<html lang="{shown}"' in html.content.decode() and html["Content-Language"] == shown
    link = reverse("orders:show_guest_order", args=[refund.order.secret])
    client.get(link, headers={"host": "co.localhost"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == shown
