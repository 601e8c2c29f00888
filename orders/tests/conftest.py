"""The cast, in both countries."""

import pytest
from django.test import Client

from marketplace.accounts.tests.factories import make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(db):
    """A guest of the Colombian site."""
    return Client(headers={"host": "co.localhost"})


@pytest.fixture
def loja(db):
    """A guest of the Mozambican site."""
    return Client(headers={"host": "mz.localhost"})


@pytest.fixture
def ana(db):
    return make_user("ana@example.com")


@pytest.fixture
def ana_shop(shop, ana):
    shop.force_login(ana)
    return shop
