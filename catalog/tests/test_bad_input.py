"""Nothing a visitor sends may break a page or change what it should not."""

import uuid

import pytest
from django.urls import reverse

from catalog.models import Product, Wish
from catalog.tests.factories import make_product, make_review, make_seller
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
HOST = {"host": "co.localhost"}
ODD = {
    "page": ["abc", "-1", "0", "1.5", "9" * 40, "\x00", "²", ""],
    "price_min": ["NaN", "Infinity", "-1", "1e400", "9" * 50, "abc", "\x00", "1,5"],
    "price_max": ["NaN", "-Infinity", "-5", "0x10", "\x00"],
    "sort": ["relevance", "price", "'; DROP TABLE catalog_product; --", "\x00"],
    "category": ["nope", "\x00", "a" * 3000, "../.."],
    "seller": ["nope", "\x00", "a" * 3000, "%"],
    "diet": ["everything", "is_organic OR true", "\x00"],
    "in_stock": ["2", "yes", "\x00"],
    "q": ["\x00", "'", "%", "🦜" * 300, "\ud800".encode("utf-8", "surrogatepass")],
    "variant": ["abc", "9" * 40, "-1", "\x00"],
    "exact": ["\x00"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ODD.items() for value in values]
)
def test_senseless_addresses_show_the_page_all_the_same(client, name, value):
    product = make_product()
    addresses = [
        reverse("catalog:show_category", args=[product.category.slug]),
        reverse("catalog:search"),
        reverse("catalog:show_store", args=[product.seller.slug]),
        reverse("catalog:show_product", args=[product.slug]),
        reverse("catalog:list_sellers"),
        reverse("home"),
    ]

    for address in addresses:
        assert client.get(address, {name: value}, headers=HOST).status_code == 200, address


def test_a_wrong_price_is_said_beside_its_field_and_ignored(client):
    product = make_product()
    url = reverse("catalog:show_category", args=[product.category.slug])

    response = client.get(url, {"price_min": "500", "price_max": "100"}, headers=HOST)

    assert response.context["filters"].price_form.errors["price_max"]
    assert response.context["page"].survey.total == 1
    assert 'aria-invalid="true"' in response.content.decode()


def test_hundreds_of_filter_values_are_cut(client):
    product = make_product()
    url = reverse("catalog:show_category", args=[product.category.slug])

    response = client.get(url, {"seller": [f"s{number}" for number in range(500)]}, headers=HOST)

    assert response.status_code == 200
    assert len(response.context["filters"].sellers) == 20


def test_a_page_of_reviews_beyond_the_last_is_empty(client):
    product = make_product()
    for _ in range(12):
        make_review(product)
    url = reverse("catalog:show_product", args=[product.slug])

    first, second, beyond = (
        client.get(url, {"page": page}, headers=HOST).context for page in (1, 2, 999_999)
    )

    assert [len(context["reviews"]) for context in (first, second, beyond)] == [10, 2, 0]
    assert (first["has_more_reviews"], second["has_more_reviews"]) == (True, False)


@pytest.mark.parametrize("name", ["home", "catalog:search", "catalog:list_sellers"])
def test_pages_to_read_take_no_posts(client, name):
    assert client.post(reverse(name), headers=HOST).status_code == 405


def test_a_heart_needs_a_person_and_leads_back(client):
    product = make_product()
    url = reverse("catalog:toggle_wish", args=[product.pk])

    response = client.post(url, headers=HOST)
    assert response.status_code == 302 and "login" in response.url

    client.force_login(make_user())
    assert client.get(url, headers=HOST).url == product.get_absolute_url()
    assert not Wish.objects.exists()


def test_a_heart_is_given_and_taken(client):
    product = make_product()
    url = reverse("catalog:toggle_wish", args=[product.pk])
    client.force_login(make_user())

    plain = client.post(url, {"next": "/search/?q=x"}, headers=HOST)
    assert (plain.url, Wish.objects.count()) == ("/search/?q=x", 1)
    listed = client.get(reverse("catalog:list_wishes"), headers=HOST)
    assert product.name in listed.content.decode()

    swapped = client.post(url, headers=HOST | {"HX-Request": "true"}).content.decode()
    assert swapped.startswith("<button") and 'aria-pressed="false"' in swapped
    assert not Wish.objects.exists()


def test_hearts_lead_nowhere_else_and_stay_in_the_country(client):
    client.force_login(make_user())
    own, foreign = make_product(), make_product(seller=make_seller(market_code="mz"))

    away = client.post(
        reverse("catalog:toggle_wish", args=[own.pk]), {"next": "https://evil.example/"}, headers=HOST
    )
    missing = [
        client.post(reverse("catalog:toggle_wish", args=[pk]), headers=HOST).status_code
        for pk in (foreign.pk, uuid.uuid4())
    ]

    assert away.url == own.get_absolute_url()
    assert missing == [404, 404]
    assert list(Wish.objects.values_list("product", flat=True)) == [own.pk]


def test_nothing_a_seller_writes_becomes_markup(client):
    evil = "<img src=x onerror=alert(1)>"
    product = make_product(
        name=evil,
        short_description=evil,
        description=evil,
        unit="<b>",
        attributes=[{"name": evil, "value": evil}],
        seller=make_seller(business_name=evil, description=evil, tagline=evil),
    )
    make_review(product, title=evil, body=evil, author_name=evil)

    for address in (
        reverse("catalog:show_product", args=[product.slug]),
        reverse("catalog:show_store", args=[product.seller.slug]),
        reverse("catalog:search"),
        reverse("home"),
    ):
        assert evil not in client.get(address, headers=HOST).content.decode()
    assert Product.objects.count() == 1
