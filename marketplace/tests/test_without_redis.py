"""Shopping goes on while Redis is away (sessions and carts live in the database)."""

import pytest

from catalog.tests.factories import make_product
from orders.models import CartLine

pytestmark = pytest.mark.django_db
GONE = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}


@pytest.fixture
def without_redis(settings):
    settings.CACHES = {**settings.CACHES, "default": GONE}


def test_a_guest_keeps_the_cart_that_was_filled_before(client, settings):
    product = make_product(price=100, on_hand=5)
    client.defaults["HTTP_HOST"] = f"{product.market_code}.localhost"
    variant = product.variants.get()
    client.post(f"/cart/add/{variant.pk}/", {"quantity": 2})

    settings.CACHES = {**settings.CACHES, "default": GONE}

    assert product.name in client.get("/cart/").content.decode()


def test_a_guest_finds_and_adds_a_product(client, without_redis):
    product = make_product(price=100, on_hand=5)
    client.defaults["HTTP_HOST"] = f"{product.market_code}.localhost"

    for path in ("/", product.get_absolute_url(), f"/search/?q={product.name}"):
        assert client.get(path).status_code == 200
    client.post(f"/cart/add/{product.variants.get().pk}/", {"quantity": 2})

    assert CartLine.objects.get().quantity == 2
    assert client.get("/checkout/").status_code == 200
