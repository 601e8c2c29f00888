"""The cast of the payment pages."""

import pytest
from django.test import Client

from marketplace.accounts.tests.factories import make_user
from payments import company_lists

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


@pytest.fixture
def lists(sandbox):
    """Banks and agreements, fetched as the clock does it."""
    company_lists.refresh_all()
    return sandbox


@pytest.fixture
def eva(db):
    """The first of two of our staff who must agree."""
    return make_user("eva@example.com", is_staff=True)


@pytest.fixture
def rui(db):
    """The second."""
    return make_user("rui@example.com", is_staff=True)
