"""What the tests of the seller portal share."""

import pytest

from catalog.tests.factories import make_seller
from marketplace.accounts.tests.factories import make_user


@pytest.fixture
def store(client):
    """A store whose owner is signed in; requests go to its market."""

    def open_store(market_code="co"):
        owner = make_user(market_code=market_code)
        seller = make_seller(owner=owner, market_code=market_code)
        client.force_login(owner)
        client.defaults["HTTP_HOST"] = f"{market_code}.localhost"
        return seller

    return open_store
