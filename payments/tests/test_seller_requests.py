"""A store answers refund requests about its own orders, and calls off what it cannot deliver."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import StockItem
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from payments.models import Refund
from payments.refunds import requesting
from payments.tests.requests import make_part, make_request
from sellers.models import MemberRole
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db
LIST = reverse("payments_seller:list_requests")
TILE = reverse("payments_seller:request_tile")


def url(request, name="show_request"):
    return reverse(f"payments_seller:{name}", args=[request.number])


def cannot_url(part):
    return reverse("payments_seller:cannot_deliver", args=[part.pk])


def portal(user, host="co.localhost"):
    client = Client(headers={"host": host})
    client.force_login(user)
    return client


@pytest.fixture
def seller():
    return make_seller()


@pytest.fixture
def owner(seller):
    return seller.members.get(role=MemberRole.OWNER).user


@pytest.fixture
def store(owner):
    return portal(owner)


@pytest.fixture
def asked(seller):
    return make_request(make_part(seller=seller), words="The bottle is broken.")


def test_the_request_is_on_the_dashboard_in_the_list_and_on_its_page(store, asked):
    foreign = make_request()

    assert TILE in store.get(reverse("sellers:dashboard")).content.decode()
    assert ">1<" in store.get(TILE).content.decode()
    html = store.get(LIST).content.decode()
    assert url(asked) in html and foreign.number not in html
    assert "The bottle is broken." in store.get(url(asked)).content.decode()
    for tab in ("with-us", "ended", "x", "%00"):
        assert store.get(f"{LIST}?tab={tab}&page=x").status_code == 200


def test_agreeing_gives_the_money_back_once(store, owner, asked):
    for _click in "12":
        response = store.post(url(asked, "answer_request"), {"answer": "accept", "words": ""})
        assert response["Location"] == url(asked)

    asked.refresh_from_db()
    assert (asked.status, asked.answered_by) == ("approved", owner)
    refund = Refund.objects.get()
    assert refund.number in store.get(url(asked)).content.decode()
    assert url(asked) in store.get(f"{LIST}?tab=ended").content.decode()


def test_disagreeing_needs_words(store, asked):
    response = store.post(url(asked, "answer_request"), {"answer": "contest", "words": " "})
    assert response.status_code == 422 and set(response.context["form"].errors) == {"words"}

    store.post(url(asked, "answer_request"), {"answer": "contest", "words": "It left here whole."})

    asked.refresh_from_db()
    assert (asked.status, asked.seller_words) == ("contested", "It left here whole.")
    html = store.get(url(asked)).content.decode()
    assert "It left here whole." in html and 'value="contest"' not in html and 'value="accept"' in html
    assert not Refund.objects.exists()


@pytest.mark.parametrize("answer", [{}, {"answer": "x"}, {"answer": "\0"}])
def test_an_answer_is_yes_or_no(store, asked, answer):
    assert store.post(url(asked, "answer_request"), answer).status_code == 422
    asked.refresh_from_db()
    assert asked.status == "open"


@pytest.mark.parametrize("who", ["davi", "rival", "abroad", "helper"])
def test_others_do_not_find_it(who, owner, seller, asked):
    part = make_part("confirmed", seller=seller)
    if who == "abroad":
        make_seller(market_code="mz", owner=owner)
    helper = make_user()
    make_member(seller, helper)
    people = {"davi": make_user, "abroad": lambda: owner, "helper": lambda: helper}
    user = people[who]() if who in people else make_seller().members.get().user
    client = portal(user, "mz.localhost" if who == "abroad" else "co.localhost")
    expected = 403 if who == "helper" else 404

    for page in (url(asked), cannot_url(part)):
        assert client.get(page).status_code == expected
    for page in (url(asked, "answer_request"), cannot_url(part)):
        assert client.post(page, {"answer": "accept", "reason": "Because"}).status_code == expected
    asked.refresh_from_db()
    part.refresh_from_db()
    assert (asked.status, part.status) == ("open", "confirmed")


def test_helpers_see_no_button_that_is_not_theirs(store, seller):
    part = make_part("confirmed", seller=seller)
    helper = make_user()
    make_member(seller, helper)
    page = reverse("orders_seller:show_order", args=[part.pk])

    assert cannot_url(part) in store.get(page).content.decode()
    assert cannot_url(part) not in portal(helper).get(page).content.decode()


@pytest.mark.parametrize("status", ["confirmed", "processing"])
def test_what_cannot_be_delivered_is_called_off_with_a_reason(store, seller, status):
    part = make_part(status, seller=seller, quantity=2)
    stock = StockItem.objects.get(variant=part.lines.get().variant_id)
    assert store.get(cannot_url(part)).status_code == 200
    assert store.post(cannot_url(part), {"reason": " "}).status_code == 422
    assert not Refund.objects.exists()

    for _click in "12":
        store.post(cannot_url(part), {"reason": "Sold out this morning"})

    part.refresh_from_db()
    assert (part.status, Refund.objects.get().amount) == ("cancelled", part.total)
    assert StockItem.objects.get(pk=stock.pk).on_hand == stock.on_hand + 2
    mail = OutgoingMessage.objects.filter(recipient=part.order.email, text__contains="Sold out this morning")
    assert mail.exists()


@pytest.mark.parametrize("status", ["shipped", "delivered"])
def test_what_has_left_is_not_called_off(store, seller, status):
    part = make_part(status, seller=seller)

    for method in (store.get, store.post):
        response = method(cannot_url(part), {"reason": "No"})
        assert response["Location"] == reverse("orders_seller:show_order", args=[part.pk])
    assert not Refund.objects.exists()


def test_an_answer_that_comes_after_the_decision_changes_nothing(store, asked):
    requesting.decide(asked, approve=False, words="No.", by=None)

    store.post(url(asked, "answer_request"), {"answer": "accept"})

    asked.refresh_from_db()
    assert asked.status == "declined" and not Refund.objects.exists()


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_and_the_page_cost_the_same_whatever_was_asked(
    store, seller, size, django_assert_max_num_queries
):
    for _row in range(size):
        asked = make_request(make_part(seller=seller, prices=(10_000,) * size))
    store.get(reverse("sellers:dashboard"))
    with django_assert_max_num_queries(8):
        store.get(LIST)
    with django_assert_max_num_queries(7):
        store.get(url(asked))
