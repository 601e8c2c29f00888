"""A store's orders: its people work on them, Davi has no business there."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.tests.factories import make_user
from orders import seller_urls
from orders.models import OrderEvent, SellerOrder
from orders.tests.factories import make_paid_order, make_seller_order, set_deliveries
from sellers.models import Member, MemberRole

pytestmark = pytest.mark.django_db
OWN = [pattern for pattern in seller_urls.urlpatterns if "pk" in str(pattern.pattern)]
POSTS = ("confirm", "ship", "deliver", "edit_notes")


def url(name, row=None):
    return reverse(f"orders_seller:{name}", args=[row.pk] if row else [])


@pytest.fixture
def seller():
    return make_seller(business_name="Mochilas del Sol")


@pytest.fixture
def store(seller):
    """The owner at the desk."""
    client = Client(headers={"host": "co.localhost"})
    client.force_login(seller.members.get().user)
    return client


def order_of(seller, status="confirmed", **fields):
    return make_seller_order(status, seller=seller, **fields)


@pytest.mark.parametrize("pattern", OWN, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("who", ["guest", "davi", "other_store", "abroad"])
def test_every_url_of_another_sellers_order_is_not_found(pattern, who, seller):
    row = order_of(seller, "shipped" if pattern.name == "deliver" else "confirmed")
    client = Client(headers={"host": "mz.localhost" if who == "abroad" else "co.localhost"})
    if who == "davi":
        client.force_login(make_user())
    if who == "other_store":
        client.force_login(make_seller().members.get().user)
    if who == "abroad":
        client.force_login(make_seller(market_code="mz", owner=seller.members.get().user).members.get().user)
    before, events = row.status, OrderEvent.objects.count()

    response = client.generic("POST" if pattern.name in POSTS else "GET", url(pattern.name, row))

    if who == "guest":
        assert response["Location"].startswith("/accounts/login/")
    else:
        assert response.status_code == 404
    row.refresh_from_db()
    assert (row.status, row.seller_notes) == (before, "")
    assert OrderEvent.objects.count() == events


def test_strangers_to_selling_find_no_list(shop):
    shop.force_login(make_user())

    for name in ("list_orders", "tile", "packing_slips"):
        assert shop.get(url(name)).status_code == 404


def test_every_person_of_the_store_may_send(seller):
    carla = make_user()
    Member.objects.create(seller=seller, user=carla, role=MemberRole.STAFF)
    row = order_of(seller)
    client = Client(headers={"host": "co.localhost"})
    client.force_login(carla)

    client.post(url("ship", row), {})

    row.refresh_from_db()
    assert row.status == "shipped"
    assert row.events.get(kind="shipped").by == carla


def test_the_queue_shows_what_to_send_with_counts(store, seller):
    to_send, waiting, sent = (order_of(seller, status) for status in ("confirmed", "pending", "shipped"))
    foreign = make_seller_order()

    html = store.get(url("list_orders")).content.decode()

    assert to_send.number in html
    for row in (waiting, sent, foreign):
        assert row.number not in html
    assert re.findall(r'class="count">(\d+)<', html)[:5] == ["1", "1", "0", "1", "0"]
    assert sent.number in store.get(url("list_orders") + "?tab=sent").content.decode()
    assert sent.number in store.get(url("list_orders") + f"?q={sent.number}").content.decode()
    assert foreign.number not in store.get(url("list_orders") + "?q=ORD").content.decode()


@pytest.mark.parametrize("query", ["?tab=x&page=x", "?q=%00%27", "?page=-1", f"?q={'x' * 500}"])
def test_strange_queries_are_no_server_error(store, query):
    assert store.get(url("list_orders") + query).status_code == 200


def test_the_queue_costs_the_same_with_one_order_and_with_three(store, seller, django_assert_max_num_queries):
    order_of(seller)
    store.get(url("list_orders"))
    with django_assert_max_num_queries(7):
        store.get(url("list_orders"))
    order_of(seller)
    order_of(seller)
    with django_assert_max_num_queries(7):
        store.get(url("list_orders"))


def test_the_tile_counts_what_waits(store, seller):
    order_of(seller, "confirmed")
    order_of(seller, "processing")
    order_of(seller, "shipped")

    assert '<span class="tile__value">2</span>' in store.get(url("tile")).content.decode()


@pytest.mark.parametrize(
    "status", ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled"]
)
def test_the_order_page_in_every_status(store, seller, status):
    row = order_of(seller, status)

    html = store.get(url("show_order", row)).content.decode()

    assert (f'action="{url("confirm", row)}"' in html) == (status == "confirmed")
    assert (f'action="{url("ship", row)}"' in html) == (status in ("confirmed", "processing"))
    assert store.get(url("packing_slip", row)).status_code == 200


@pytest.mark.parametrize(
    ("status", "name", "contact"),
    [
        ("pending", False, False),
        ("confirmed", True, True),
        ("shipped", True, True),
        ("delivered", True, False),
        ("cancelled", True, False),
    ],
)
def test_sellers_learn_of_buyers_only_what_they_need(store, seller, status, name, contact):
    row = order_of(seller, status)

    for page in ("show_order", "packing_slip"):
        html = store.get(url(page, row)).content.decode()
        assert ("Ana Gómez" in html) == name
        assert ("+573001234567" in html and "Calle 72" in html) == contact
        assert row.order.email not in html


def test_who_fetches_the_goods_gives_no_address(store, seller):
    set_deliveries(seller, pickup={})
    row = order_of(seller)

    html = store.get(url("show_order", row)).content.decode()

    assert "Calle 72" not in html and "+573001234567" in html


def test_preparing_and_sending(store, seller):
    row = order_of(seller)

    store.post(url("confirm", row))
    row.refresh_from_db()
    assert row.status == "processing"
    sent = {"carrier": "Servientrega", "tracking_number": "9", "tracking_url": "https://example.com/9"}
    response = store.post(url("ship", row), sent)

    row.refresh_from_db()
    assert response["Location"] == url("show_order", row)
    assert (row.status, row.carrier, row.tracking_url) == ("shipped", "Servientrega", "https://example.com/9")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://example.com/1", "no address", "\0", "https://" + "x" * 300]
)
def test_a_wrong_tracking_link_is_refused(store, seller, address):
    row = order_of(seller)

    response = store.post(url("ship", row), {"carrier": "Coordinadora", "tracking_url": address})

    row.refresh_from_db()
    assert response.status_code == 422
    assert "errorlist" in response.content.decode() and "Coordinadora" in response.content.decode()
    assert row.status == "confirmed"


def test_an_unpaid_order_cannot_be_sent(store, seller):
    row = order_of(seller, "pending")

    assert store.post(url("ship", row), {}).status_code == 409
    assert store.post(url("confirm", row)).status_code == 409

    row.refresh_from_db()
    assert row.status == "pending"


def test_sending_twice_is_said_and_changes_nothing(store, seller):
    row = order_of(seller)
    store.post(url("ship", row), {"carrier": "First"})

    assert store.post(url("ship", row), {"carrier": "Second"}).status_code == 409

    row.refresh_from_db()
    assert row.carrier == "First"


def test_a_parcel_is_confirmed_by_its_buyer_not_its_seller(store, seller):
    row = order_of(seller, "shipped")

    assert store.post(url("deliver", row)).status_code == 409
    SellerOrder.objects.filter(pk=row.pk).update(delivery_kind="local_delivery")
    assert store.post(url("deliver", row)).status_code == 302

    row.refresh_from_db()
    assert row.status == "delivered"


def test_notes_are_kept_for_the_store_alone(store, seller, shop, ana):
    row = order_of(seller, user=ana)

    store.post(url("edit_notes", row), {"seller_notes": "Empaque de regalo"})
    too_long = store.post(url("edit_notes", row), {"seller_notes": "x" * 1001})

    row.refresh_from_db()
    assert row.seller_notes == "Empaque de regalo"
    assert too_long.status_code == 422
    shop.force_login(ana)
    assert "Empaque de regalo" not in shop.get(f"/orders/{row.order.number}/").content.decode()


def test_slips_for_a_selection_leave_out_what_is_not_ours(store, seller):
    mine, second, foreign = order_of(seller), order_of(seller), make_seller_order()
    query = f"?order={mine.pk}&order={second.pk}&order={foreign.pk}&order=x&order={'9' * 30}"

    html = store.get(url("packing_slips") + query).content.decode()

    assert mine.number in html and second.number in html
    assert foreign.number not in html
    assert store.get(url("packing_slips"))["Location"] == url("list_orders")


def test_a_seller_sees_its_own_part_alone(store, seller):
    order = make_paid_order(make_product(seller=seller, name="Mía"), make_product(name="Ajena"))

    html = store.get(url("show_order", order.seller_orders.get(seller=seller))).content.decode()

    assert "Mía" in html and "Ajena" not in html


@pytest.mark.parametrize("pattern", OWN, ids=lambda pattern: pattern.name)
def test_wrong_methods_are_refused(store, seller, pattern):
    row = order_of(seller)

    right, wrong = ("POST", "GET") if pattern.name in POSTS else ("GET", "POST")

    assert store.generic(wrong, url(pattern.name, row)).status_code == 405
    huge = reverse(f"orders_seller:{pattern.name}", args=[10**30])
    assert store.generic(right, huge).status_code == 404
