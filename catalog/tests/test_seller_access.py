"""Other people's products do not exist: tried on every address of the seller portal."""

import uuid

import pytest
from django.urls import get_resolver, reverse

from catalog.models import Photo, StockItem
from catalog.tests.factories import make_photo, make_product
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db


def every_seller_url():
    """Each address of the app with the objects it names."""
    patterns = get_resolver("catalog.seller_urls").url_patterns
    return [pattern.name for pattern in patterns]


def arguments(name, product, variant, photo):
    own = {
        "edit_product": [product.pk],
        "change_status": [product.pk, "archive"],
        "create_variant": [product.pk],
        "add_photos": [product.pk],
        "edit_variant": [variant.pk],
        "quick_edit": [variant.pk],
        "withdraw_variant": [variant.pk],
        "describe_photo": [photo.pk],
        "move_photo": [photo.pk],
        "remove_photo": [photo.pk],
    }
    return own[name]


@pytest.mark.parametrize(
    "name", [n for n in every_seller_url() if n not in ("list_products", "tile", "create_product")]
)
@pytest.mark.parametrize("who", ["other seller", "buyer", "seller of another country"])
def test_other_peoples_products_do_not_exist(client, store, name, who):
    product = make_product()
    variant, photo = product.variants.get(), make_photo(product)
    product.refresh_from_db()
    if who == "buyer":
        client.force_login(make_user())
        client.defaults["HTTP_HOST"] = "co.localhost"
    else:
        store("mz" if who.endswith("country") else "co")
    before = (product.version, Photo.objects.count(), StockItem.objects.get().on_hand)
    url = reverse(f"catalog_seller:{name}", args=arguments(name, product, variant, photo))
    values = {"price": "1000", "on_hand": "0", "alt": "x", "low_stock_at": "1", "name": "Mine"}

    statuses = {client.get(url).status_code, client.post(url, values).status_code}

    product.refresh_from_db()
    assert statuses <= {404, 405} and 404 in statuses
    assert (product.version, Photo.objects.count(), StockItem.objects.get().on_hand) == before


@pytest.mark.parametrize("name", every_seller_url())
def test_strangers_are_sent_to_sign_in(client, name):
    product = make_product()
    variant, photo = product.variants.get(), make_photo(product)
    plain = name in ("list_products", "tile", "create_product")
    url = reverse(f"catalog_seller:{name}", args=[] if plain else arguments(name, product, variant, photo))

    response = client.get(url, headers={"host": "co.localhost"})

    assert response.status_code == 302
    assert "login" in response.url


def test_numbers_beyond_all_measure_are_not_found(client, store):
    store()
    for name, args in (
        ("edit_variant", [10**30]),
        ("remove_photo", [10**30]),
        ("edit_product", [uuid.uuid4()]),
    ):
        assert client.post(reverse(f"catalog_seller:{name}", args=args)).status_code == 404
