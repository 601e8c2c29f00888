import gzip
import re

import pytest
from django.urls import reverse

from catalog.models import ProductStatus
from catalog.tests.factories import (
    make_category,
    make_photo,
    make_product,
    make_review,
    make_seller,
    make_variant,
)
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db


def page(client, name, *args, query="", market="co", **extra):
    response = client.get(reverse(name, args=args) + query, headers={"host": f"{market}.localhost"}, **extra)
    return response


def shelf(size, **fields):
    """A category with products of different prices, and pictures."""
    category = make_category(name_es="Hogar", icon="house")
    seller = make_seller()
    for number in range(size):
        product = make_product(seller=seller, category=category, price=10_000 + number, **fields)
        make_photo(product)
    return category


@pytest.mark.parametrize("size", [1, 3, 30])
def test_a_category_costs_two_statements_at_most(client, django_assert_max_num_queries, size):
    category = shelf(size)
    page(client, "catalog:show_category", category.slug)

    with django_assert_max_num_queries(2):
        response = page(client, "catalog:show_category", category.slug)

    assert response.status_code == 200
    assert response.content.decode().count("product-card__name") == min(size, 24)


@pytest.mark.parametrize("size", [1, 3, 30])
def test_signed_in_visitors_pay_four_statements_at_most(client, django_assert_max_num_queries, size):
    category = shelf(size)
    client.force_login(make_user())
    page(client, "catalog:show_category", category.slug)

    with django_assert_max_num_queries(4):
        assert page(client, "catalog:show_category", category.slug).status_code == 200


@pytest.mark.parametrize("size", [1, 3, 30])
def test_even_a_cold_list_costs_four_statements(client, django_assert_max_num_queries, size):
    category = shelf(size)
    page(client, "catalog:list_sellers")  # the menu is warm on any running site

    with django_assert_max_num_queries(4):
        assert page(client, "catalog:show_category", category.slug).status_code == 200


@pytest.mark.parametrize("size", [1, 3, 30])
def test_a_search_costs_two_statements_at_most(client, django_assert_max_num_queries, size):
    shelf(size, name="Mochila de lona")
    page(client, "catalog:search", query="?q=mochilas")

    with django_assert_max_num_queries(2):
        response = page(client, "catalog:search", query="?q=mochilas")

    assert response.content.decode().count("product-card__name") == min(size, 24)


@pytest.mark.parametrize("size", [1, 3, 30])
def test_a_product_page_costs_two_statements_whatever_stands_round_it(
    client, django_assert_max_num_queries, size
):
    category = shelf(size)
    product = make_product(category=category)
    for _ in range(size):
        make_variant(product)
        make_photo(product)
        make_review(product)
    page(client, "catalog:show_product", product.slug)

    with django_assert_max_num_queries(2):
        assert page(client, "catalog:show_product", product.slug).status_code == 200

    client.force_login(make_user())
    page(client, "catalog:show_product", product.slug)
    with django_assert_max_num_queries(4):
        assert page(client, "catalog:show_product", product.slug).status_code == 200


@pytest.mark.parametrize("size", [1, 3, 30])
def test_the_home_page_costs_four_statements_at_most(client, django_assert_max_num_queries, size):
    shelf(size, is_featured=True)
    page(client, "home")

    with django_assert_max_num_queries(0):
        assert page(client, "home").status_code == 200

    client.force_login(make_user())
    page(client, "home")
    with django_assert_max_num_queries(4):
        assert page(client, "home").status_code == 200


@pytest.mark.parametrize("size", [1, 3, 30])
def test_a_store_costs_three_statements_at_most(client, django_assert_max_num_queries, size):
    seller = make_seller()
    for _ in range(size):
        make_product(seller=seller)
    page(client, "catalog:show_store", seller.slug)

    with django_assert_max_num_queries(3):
        assert page(client, "catalog:show_store", seller.slug).status_code == 200


@pytest.mark.parametrize("size", [1, 3, 30])
def test_the_directory_of_stores_costs_two_statements(client, django_assert_max_num_queries, size):
    for _ in range(size):
        make_seller()
    make_product()
    page(client, "catalog:list_sellers")

    with django_assert_max_num_queries(2):
        assert page(client, "catalog:list_sellers").status_code == 200


def test_products_of_another_country_are_not_found(client):
    product = make_product(seller=make_seller(market_code="mz"))

    assert page(client, "catalog:show_product", product.slug, market="mz").status_code == 200
    assert page(client, "catalog:show_product", product.slug, market="co").status_code == 404
    assert page(client, "catalog:show_category", product.category.slug, market="co").status_code == 404
    assert page(client, "catalog:show_store", product.seller.slug, market="co").status_code == 404
    assert product.name not in page(client, "catalog:search", market="co").content.decode()


@pytest.mark.parametrize("status", [ProductStatus.DRAFT, ProductStatus.INACTIVE, ProductStatus.ARCHIVED])
def test_what_is_not_for_sale_is_not_found(client, status):
    product = make_product(status=status)

    assert page(client, "catalog:show_product", product.slug).status_code == 404


def test_suspending_a_store_takes_its_products_along_at_once(client):
    product = make_product()
    assert page(client, "catalog:show_product", product.slug).status_code == 200

    type(product.seller).objects.filter(pk=product.seller_id).update(status="suspended")

    assert page(client, "catalog:show_product", product.slug).status_code == 404
    assert page(client, "catalog:show_store", product.seller.slug).status_code == 404


def test_a_store_that_comes_back_has_exactly_what_it_had(client):
    sold, draft = make_product(), None
    draft = make_product(seller=sold.seller, listed=False)
    stores = type(sold.seller).objects.filter(pk=sold.seller_id)

    stores.update(status="suspended")
    stores.update(status="approved")

    sold.refresh_from_db()
    draft.refresh_from_db()
    assert (sold.is_listed, draft.is_listed) == (True, False)


def test_a_chosen_variant_shows_its_price_and_its_form(client):
    product = make_product(price=40_000)
    big = make_variant(product, price=70_000, options={"Talla": "XL"})

    html = page(client, "catalog:show_product", product.slug, query=f"?variant={big.pk}").content.decode()

    assert "70.000" in html
    assert reverse("orders:add_to_cart", args=[big.pk]) in html


def test_variants_that_are_gone_are_marked(client):
    product = make_product()
    make_variant(product, on_hand=0, options={"Talla": "S"})

    html = page(client, "catalog:show_product", product.slug).content.decode()

    assert "option--gone" in html


def test_product_data_for_search_engines_cannot_leave_its_element(client):
    product = make_product(name="</script><script>alert(1)</script>", short_description="& <b>")

    html = page(client, "catalog:show_product", product.slug).content.decode()

    assert "<script>alert" not in html
    assert "\\u003c/script\\u003e" in html


def test_delivery_is_told_before_the_cart(client):
    product = make_product()

    html = page(client, "catalog:show_product", product.slug).content.decode()

    assert "15.000" in html and "200.000" in html


def test_a_card_is_rendered_once_and_its_heart_belongs_to_the_visitor(client):
    category = shelf(2)
    product = category.products.first()
    user = make_user()
    user.wishes.create(product=product)

    stranger = page(client, "catalog:show_category", category.slug).content.decode()
    client.force_login(user)
    own = page(client, "catalog:show_category", category.slug).content.decode()

    heart = re.compile(r'class="wish"[^>]*aria-pressed="true"')
    assert len(heart.findall(stranger)) == 0
    assert len(heart.findall(own)) == 1


def test_pages_are_light(client):
    category = shelf(24, name="Un nombre de producto bastante largo para una tarjeta", rating_count=3)
    for name, args in (("home", []), ("catalog:show_category", [category.slug])):
        html = page(client, name, *args).content
        assert len(gzip.compress(html)) < 30_000
