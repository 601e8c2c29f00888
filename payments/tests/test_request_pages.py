"""A buyer's pages of money back: their own, with and without an account, and nobody else's."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.tests.factories import make_user
from orders import lifecycle
from orders.models import SellerOrder
from payments.models import Refund, RefundRequest
from payments.refunds import requesting
from payments.tests.conftest import HTMX
from payments.tests.refunds import give_back
from payments.tests.requests import make_part, make_request
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def ask_url(part):
    return reverse("payments:ask_refund", args=[part.pk])


def off_url(part):
    return reverse("payments:call_off", args=[part.pk])


def url(request, name="show_request"):
    return reverse(f"payments:{name}", args=[request.number])


def order_url(part):
    return reverse("orders:show_order", args=[part.order.number])


def typed(part, quantity=1, **fields):
    lines = {f"line-{line.pk}": quantity for line in part.lines.all()}
    return {"cause": "damaged", "words": "Broken", **lines} | fields


@pytest.fixture
def part(ana):
    return make_part(user=ana, quantity=2, deliveries="shipping")


def test_from_the_order_to_the_request(ana_shop, ana, part):
    assert ask_url(part) in ana_shop.get(order_url(part)).content.decode()
    assert ana_shop.get(ask_url(part)).status_code == 200

    response = ana_shop.post(ask_url(part), typed(part, with_delivery="on"))

    request = RefundRequest.objects.get()
    assert response["Location"] == url(request)
    assert request.quantities == {part.lines.get().pk: 1} and request.with_delivery
    assert request.seller_order.events.get(kind="refund_asked").by == ana
    html = ana_shop.get(url(request)).content.decode()
    assert "Broken" in html and url(request, "withdraw_request") in html
    html = ana_shop.get(order_url(part)).content.decode()
    assert url(request) in html and ask_url(part) not in html and request.number in html


def test_a_guest_asks_by_the_secret_link(shop):
    part = make_part()
    assert shop.get(ask_url(part)).status_code == 404
    shop.get(part.order.get_absolute_url())

    response = shop.post(ask_url(part), typed(part))

    request = RefundRequest.objects.get()
    assert response["Location"] == url(request)
    assert shop.get(url(request)).status_code == 200
    assert request.seller_order.events.get(kind="refund_asked").by is None
    shop.post(url(request, "withdraw_request"))
    request.refresh_from_db()
    assert request.status == "withdrawn"


@pytest.mark.parametrize("who", ["guest", "davi", "seller", "abroad"])
def test_strangers_find_nothing(who, ana, part):
    request = make_request(make_part(user=ana))
    paid = make_part("confirmed", user=ana)
    client = Client(headers={"host": "mz.localhost" if who == "abroad" else "co.localhost"})
    people = {"davi": make_user, "seller": part.seller.members.get, "abroad": lambda: ana}
    if who != "guest":
        found = people[who]()
        client.force_login(getattr(found, "user", found))
    pages = [ask_url(part), off_url(paid), url(request)]

    assert {client.get(page).status_code for page in pages} == {404}
    for page in [ask_url(part), off_url(paid), url(request, "withdraw_request")]:
        assert client.post(page, typed(part)).status_code == 404
    request.refresh_from_db()
    assert request.status == "open" and RefundRequest.objects.count() == 1
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, None),
        ({"quantity": 3}, "line"),
        ({"quantity": -1}, "line"),
        ({"quantity": "x"}, "line"),
        ({"cause": ""}, "cause"),
        ({"cause": "x"}, "cause"),
        ({"cause": "other", "words": " "}, "words"),
        ({"words": "x" * 2001}, "words"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(ana_shop, part, changes, field):
    sent = typed(part, **({"words": "Kept words"} | changes))

    response = ana_shop.post(ask_url(part), sent)

    errors = response.context["form"].errors
    named = {"line": f"line-{part.lines.get().pk}", None: "__all__"}.get(field, field)
    assert response.status_code == 422 and set(errors) == {named}
    assert str(sent["words"]).strip() in response.content.decode()
    assert not RefundRequest.objects.exists()


def test_a_line_of_another_part_is_not_even_read(ana_shop, part):
    other = make_part()
    sent = typed(part, quantity=0) | {f"line-{other.lines.get().pk}": 1}

    assert ana_shop.post(ask_url(part), sent).status_code == 422
    assert not RefundRequest.objects.exists()


def test_the_server_works_out_what_would_come_back(ana_shop, part):
    for headers in (None, HTMX):
        response = ana_shop.post(ask_url(part), typed(part, preview="1", cause=""), headers=headers)
        html = response.content.decode()
        assert response.status_code == 200 and html.count("50.000") == (2 if headers is None else 1)
        assert ("<html" in html) == (headers is None)
    nothing = ana_shop.post(ask_url(part), typed(part, quantity=0, preview="1"), headers=HTMX)
    assert "50.000" not in nothing.content.decode()
    assert not RefundRequest.objects.exists()


def test_a_double_click_makes_one_request(ana_shop, part):
    answers = {ana_shop.post(ask_url(part), typed(part))["Location"] for _click in "12"}

    assert answers == {url(RefundRequest.objects.get())}
    assert ana_shop.get(ask_url(part))["Location"] in answers


def test_what_has_gone_back_is_not_offered(ana_shop, part):
    give_back(part, {part.lines.get().pk: 1}, with_delivery=True)

    form = ana_shop.get(ask_url(part)).context["form"]

    assert "with_delivery" not in form.fields
    assert ana_shop.post(ask_url(part), typed(part, quantity=2)).status_code == 422
    give_back(part)
    assert ana_shop.get(ask_url(part))["Location"] == order_url(part)


def test_too_late_says_so_and_offers_nothing(ana_shop, part):
    days = part.market.refund_request_days + 1
    SellerOrder.objects.update(delivered_at=part.delivered_at.replace(year=part.delivered_at.year - 1))

    assert days and ask_url(part) not in ana_shop.get(order_url(part)).content.decode()
    assert ana_shop.post(ask_url(part), typed(part))["Location"] == order_url(part)
    assert not RefundRequest.objects.exists()


def test_a_request_in_every_status_can_be_read(ana_shop, ana):
    acts = {
        "open": lambda row: row,
        "late": lambda row: requesting.escalate_overdue(row.answer_by),
        "contested": lambda row: requesting.answer(row, accept=False, words="Not so", by=None),
        "approved": lambda row: requesting.answer(row, accept=True, words="", by=None),
        "declined": lambda row: requesting.decide(row, approve=False, words="Not so", by=None),
        "withdrawn": lambda row: requesting.withdraw(row, by=None),
    }
    for status, act in acts.items():
        request = make_request(make_part(user=ana))
        act(request)
        response = ana_shop.get(url(request))
        html = response.content.decode()
        assert response.status_code == 200 and response["X-Robots-Tag"] == "noindex"
        assert (url(request, "withdraw_request") in html) == (status in ("open", "late", "contested"))
        assert ("Not so" in html) == (status in ("contested", "declined"))
        if status == "approved":
            assert reverse("payments:show_refund", args=[Refund.objects.get().secret]) in html


def test_what_has_been_answered_is_not_withdrawn(ana_shop, ana):
    request = make_request(make_part(user=ana))
    requesting.answer(request, accept=True, words="", by=None)

    assert ana_shop.post(url(request, "withdraw_request"))["Location"] == url(request)
    request.refresh_from_db()
    assert request.status == "approved"


def test_a_part_is_called_off_once_after_a_question(ana_shop, ana):
    part = make_part("confirmed", user=ana)
    assert off_url(part) in ana_shop.get(order_url(part)).content.decode()
    assert ana_shop.get(off_url(part)).status_code == 200 and not Refund.objects.exists()

    for _click in "12":
        assert ana_shop.post(off_url(part), {"reason": "Too late"})["Location"] == order_url(part)

    part.refresh_from_db()
    assert part.status == "cancelled"
    assert Refund.objects.get().amount == part.total
    assert off_url(part) not in ana_shop.get(order_url(part)).content.decode()


def test_what_is_being_prepared_is_not_called_off(ana_shop, ana):
    part = make_part("confirmed", user=ana)
    lifecycle.process(part, by=None)

    assert off_url(part) not in ana_shop.get(order_url(part)).content.decode()
    for method in (ana_shop.get, ana_shop.post):
        assert method(off_url(part))["Location"] == order_url(part)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("size", [1, 3])
def test_the_pages_cost_the_same_whatever_was_bought(ana_shop, ana, size, django_assert_max_num_queries):
    seller = make_seller()
    part = make_part(seller=seller, prices=(10_000,) * size, user=ana)
    for page in (order_url(part), ask_url(part)):
        ana_shop.get(page)  # what every page shows is kept from here on
    with django_assert_max_num_queries(8):
        ana_shop.get(ask_url(part))
    request = make_request(part)
    with django_assert_max_num_queries(7):
        ana_shop.get(url(request))
    with django_assert_max_num_queries(10):
        ana_shop.get(order_url(part))
