from decimal import Decimal

import pytest
from django.urls import reverse

from catalog import stock
from catalog.models import StockItem
from catalog.tests.factories import make_product

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_quick_edit_swaps_the_form_and_turns_the_card(client, store):
    seller = store()
    product = make_product(seller=seller, price=50_000, compare_price=60_000)
    variant = product.variants.get()
    url = reverse("catalog_seller:quick_edit", args=[variant.pk])

    response = client.post(url, {"price": "65000", "on_hand": "3"}, headers=HTMX)

    product.refresh_from_db()
    html = response.content.decode()
    assert "<html" not in html and f'id="quick-{variant.pk}"' in html
    assert (product.price, product.compare_price) == (Decimal(65000), None)
    assert StockItem.objects.get().on_hand == 3


@pytest.mark.parametrize(("on_hand", "left"), [("10", 8), ("15", 15)])
def test_a_count_left_as_it_was_shown_does_not_bring_back_what_was_sold_meanwhile(
    client, store, on_hand, left
):
    variant = make_product(seller=store(), on_hand=10).variants.get()
    page = client.get(reverse("catalog_seller:list_products")).content.decode()
    assert '<input type="hidden" name="seen_on_hand" value="10">' in page
    (taken,) = stock.reserve({variant.pk: 2})
    stock.consume({taken.stock_item_id: 2}, source="ORD-1")

    values = {"price": "65000", "on_hand": on_hand, "seen_on_hand": "10"}
    client.post(reverse("catalog_seller:quick_edit", args=[variant.pk]), values, headers=HTMX)

    variant.refresh_from_db()
    assert (variant.price, StockItem.objects.get().on_hand) == (Decimal(65000), left)


def test_quick_edit_without_script_leads_back_to_the_list(client, store):
    variant = make_product(seller=store()).variants.get()

    response = client.post(
        reverse("catalog_seller:quick_edit", args=[variant.pk]), {"price": "65000", "on_hand": "3"}
    )

    assert response.url == reverse("catalog_seller:list_products")


def test_a_count_below_what_was_sold_is_refused_beside_the_field(client, store):
    variant = make_product(seller=store(), on_hand=5).variants.get()
    stock.reserve({variant.pk: 4})
    url = reverse("catalog_seller:quick_edit", args=[variant.pk])

    for headers in ({}, HTMX):
        response = client.post(url, {"price": "60000", "on_hand": "3"}, headers=headers)
        assert response.status_code == 422
        assert f"quick-error-{variant.pk}" in response.content.decode()
    variant.refresh_from_db()
    assert variant.price == Decimal(50_000)
    assert StockItem.objects.get().on_hand == 5


@pytest.mark.parametrize(
    "wrong", [{}, {"price": "abc", "on_hand": "1"}, {"price": "1e99", "on_hand": "1e99"}]
)
def test_a_wrong_quick_edit_changes_nothing(client, store, wrong):
    variant = make_product(seller=store()).variants.get()

    response = client.post(reverse("catalog_seller:quick_edit", args=[variant.pk]), wrong, headers=HTMX)

    assert response.status_code == 422
    assert StockItem.objects.get().on_hand == 10
