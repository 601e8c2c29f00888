"""A cast: Bento sells in Mozambique, Carla is on his team, Davi has no business there."""

import pytest
from django.test import Client

from marketplace.accounts.tests.factories import PASSWORD, make_user
from sellers.tests.factories import make_member, make_seller


@pytest.fixture
def bento(db):
    return make_user("bento@example.com", market_code="mz", first_name="Bento", language="pt")


@pytest.fixture
def farm(bento):
    """Bento's store."""
    return make_seller(
        market_code="mz", owner=bento, business_name="Machamba do Bento", slug="machamba-do-bento"
    )


@pytest.fixture
def sign_in():
    """`sign_in(user, "mz")`: a browser in which this person has just entered the password."""

    def enter(user, market_code="mz"):
        client = Client(headers={"host": f"{market_code}.localhost"})
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        return client

    return enter


@pytest.fixture
def portal(farm, bento, sign_in):
    return sign_in(bento)


@pytest.fixture
def carla_portal(farm, sign_in):
    carla = make_user("carla@example.com", market_code="mz", first_name="Carla")
    make_member(farm, carla)
    return sign_in(carla)


@pytest.fixture
def davi_portal(farm, sign_in):
    return sign_in(make_user("davi@example.com", market_code="mz", first_name="Davi"))
