"""Visitors of both countries, and a cache that forgets earlier tests' attempts."""

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.accounts.tests.factories import make_user


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def shop():
    """A visitor of the Colombian site."""
    return Client(headers={"host": "co.localhost"})


@pytest.fixture
def loja():
    """A visitor of the Mozambican site."""
    return Client(headers={"host": "mz.localhost"})


@pytest.fixture
def ana(db):
    return make_user("ana@example.com")


@pytest.fixture
def ana_shop(shop, ana):
    shop.force_login(ana)
    return shop
