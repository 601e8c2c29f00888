"""A buyer's orders: their own, by secret link, and nobody else's."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.tests.factories import make_product, make_seller
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders.models import CartLine, Order
from orders.tests.factories import make_order, make_paid_order, make_seller_order, set_deliveries

pytestmark = pytest.mark.django_db


def url(name, order, *args):
    return reverse(f"orders:{name}", args=[order.number, *args])


def test_my_orders_are_mine_and_of_this_country(ana_shop, ana, loja):
    mine, theirs = make_order(user=ana), make_order(user=make_user())
    abroad = make_order(make_product(market_code="mz", price="500"), user=ana)

    html = ana_shop.get("/orders/").content.decode()

    assert mine.number in html
    assert theirs.number not in html and abroad.number not in html
    loja.force_login(ana)
    assert abroad.number in loja.get("/orders/").content.decode()


def test_the_list_filters_by_status_and_has_pages(ana_shop, ana):
    for _ in range(11):
        make_order(user=ana)
    paid = make_paid_order(user=ana)

    assert paid.number in ana_shop.get("/orders/?status=paid").content.decode()
    assert paid.number not in ana_shop.get("/orders/?status=pending").content.decode()
    assert ana_shop.get("/orders/?page=2").content.decode().count("order-card__photos") == 2
    for strange in ("?status=x&page=x", "?page=0", f"?page={'9' * 40}", "?status=%00"):
        assert ana_shop.get(f"/orders/{strange}").status_code == 200


def test_the_list_costs_the_same_with_one_order_and_with_three(ana_shop, ana, django_assert_max_num_queries):
    make_order(make_product(), make_product(), user=ana)
    ana_shop.get("/orders/")
    with django_assert_max_num_queries(6):
        ana_shop.get("/orders/")
    for _ in range(2):
        make_order(make_product(), make_product(), user=ana)
    with django_assert_max_num_queries(6):
        ana_shop.get("/orders/")


def test_guests_are_asked_to_sign_in_for_the_list(shop):
    assert shop.get("/orders/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("start", ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled"])
def test_the_page_of_an_order_in_every_status(ana_shop, ana, start):
    row = make_seller_order(start, user=ana)

    response = ana_shop.get(url("show_order", row.order))
    receipt = ana_shop.get(url("show_receipt", row.order))

    html = response.content.decode()
    assert response.status_code == receipt.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert row.lines.get().product_name in html and row.lines.get().product_name in receipt.content.decode()
    assert (reverse("payments:choose", args=[row.order.number]) in html) == (start == "pending")
    assert (url("cancel_order", row.order) in html) == (start == "pending")
    assert (url("confirm_delivery", row.order, row.pk) in html) == (start == "shipped")


def test_an_orders_page_costs_the_same_with_one_part_and_with_three(
    ana_shop, ana, django_assert_max_num_queries
):
    small = make_order(user=ana)
    large = make_order(make_product(), make_product(), make_product(), user=ana)
    ana_shop.get("/orders/")
    for order in (small, large):
        with django_assert_max_num_queries(7):
            ana_shop.get(url("show_order", order))


def test_the_secret_link_lets_a_guest_in_and_disappears(shop):
    order = make_paid_order()
    assert shop.get(url("show_order", order)).status_code == 404

    response = shop.get(order.get_absolute_url())

    assert response["Location"] == url("show_order", order)
    assert response["X-Robots-Tag"] == "noindex" and response["Referrer-Policy"] == "no-referrer"
    assert shop.get(url("show_order", order)).status_code == 200
    assert shop.get(url("show_order", make_order())).status_code == 404


@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "..%2f", "9" * 200])
def test_a_wrong_link_is_not_found(shop, secret):
    make_order()

    assert shop.get(f"/o/{secret}/").status_code == 404


def test_a_link_of_the_other_country_is_not_found(loja):
    order = make_order()

    assert loja.get(order.get_absolute_url()).status_code == 404


POSTS = ("cancel_order", "buy_again", "confirm_delivery")
GETS = ("show_order", "show_receipt")


@pytest.mark.parametrize("name", [*GETS, *POSTS])
@pytest.mark.parametrize("who", ["guest", "davi", "abroad"])
def test_strangers_find_nothing(name, who, ana):
    row = make_seller_order("shipped" if name == "confirm_delivery" else "pending", user=ana)
    client = Client(headers={"host": "mz.localhost" if who == "abroad" else "co.localhost"})
    if who != "guest":
        client.force_login(ana if who == "abroad" else make_user())
    args = [row.pk] if name == "confirm_delivery" else []

    response = client.generic("POST" if name in POSTS else "GET", url(name, row.order, *args))

    assert response.status_code == 404
    status = row.status
    row.refresh_from_db()
    assert row.status == status
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("name", POSTS)
def test_changes_are_posted(ana_shop, ana, name):
    row = make_seller_order("pending", user=ana)
    args = [row.pk] if name == "confirm_delivery" else []

    assert ana_shop.get(url(name, row.order, *args)).status_code == 405


@pytest.mark.parametrize("number", ["ORD-20261121-00000000", "x", "%00", "9" * 300, "find%2f"])
def test_an_unknown_number_is_not_found(ana_shop, number):
    assert ana_shop.get(f"/orders/{number}/").status_code == 404


def test_cancelling_an_unpaid_order(ana_shop, ana):
    order = make_order(user=ana)

    response = ana_shop.post(url("cancel_order", order))

    order.refresh_from_db()
    assert response["Location"] == url("show_order", order)
    assert order.status == "cancelled"
    assert order.events.get(kind="cancelled").by == ana


def test_a_paid_order_is_not_cancelled_here(ana_shop, ana):
    order = make_paid_order(user=ana)

    html = ana_shop.post(url("cancel_order", order), follow=True).content.decode()

    order.refresh_from_db()
    assert order.status == "paid"
    assert "alert--error" in html


def test_the_buyer_confirms_what_has_been_sent_and_nothing_else(ana_shop, ana):
    sent, other = make_seller_order("shipped", user=ana), make_seller_order("confirmed", user=ana)
    foreign = make_seller_order("shipped")

    ana_shop.post(url("confirm_delivery", sent.order, sent.pk))
    ana_shop.post(url("confirm_delivery", other.order, other.pk))
    swapped = ana_shop.post(url("confirm_delivery", sent.order, foreign.pk))

    statuses = {}
    for row in (sent, other, foreign):
        row.refresh_from_db()
        statuses[row] = row.status
    assert list(statuses.values()) == ["delivered", "confirmed", "shipped"]
    assert swapped.status_code == 404


def test_buying_again_fills_the_cart_with_what_there_is(ana_shop, ana):
    there, gone, scarce = make_product(), make_product(name="Ruana azul"), make_product(on_hand=10)
    order = make_order(there, gone, scarce, user=ana, quantity=3)
    gone.variants.update(is_active=False)
    scarce.variants.get().stock_items.update(on_hand=5, reserved=3)

    html = ana_shop.post(url("buy_again", order), follow=True).content.decode()

    held = {
        line.variant.product: line.quantity for line in CartLine.objects.select_related("variant__product")
    }
    assert held == {there: 3, scarce: 2}
    assert "Ruana azul" in html


def test_a_lost_link_is_sent_again_without_telling_whether_it_exists(shop):
    order = make_order()
    OutgoingMessage.objects.all().delete()
    told = {"number": order.number.lower(), "email": order.email.upper()}

    right = shop.post("/orders/find/", told)
    sent = OutgoingMessage.objects.get()
    wrong = shop.post("/orders/find/", told | {"email": "else@example.com"})

    assert right.status_code == wrong.status_code == 200
    assert OutgoingMessage.objects.count() == 1
    assert sent.recipient == order.email and order.secret in sent.text
    same = right.content.decode().replace(order.email.upper(), "…")
    assert same.count("…") == wrong.content.decode().count("else@example.com")


@pytest.mark.parametrize("told", [{}, {"number": "x", "email": "y"}, {"number": "\0", "email": "\0"}])
def test_a_wrong_search_is_explained(shop, told):
    response = shop.post("/orders/find/", told)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()


def test_a_picked_up_order_shows_where_to_go(ana_shop, ana):
    seller = make_seller(street="Carrera 11 # 82-01")
    set_deliveries(seller, pickup={})
    order = make_order(make_product(seller=seller), user=ana)

    assert "Carrera 11 # 82-01" in ana_shop.get(url("show_order", order)).content.decode()
    assert Order.objects.get().delivery == 0
