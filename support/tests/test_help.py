"""The help pages speak of the market they stand in."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/help/", "/terms/", "/privacy/"])
@pytest.mark.parametrize("host", ["co.localhost", "mz.localhost"])
def test_every_page_opens_in_both_markets(client, host, path):
    response = client.get(path, headers={"host": host})

    assert response.status_code == 200


def test_help_names_the_ways_to_pay_of_this_market_only(client):
    here = client.get("/help/", headers={"host": "mz.localhost"}).content.decode()
    there = client.get("/help/", headers={"host": "co.localhost"}).content.decode()

    assert "M-Pesa" in here and "Nequi" not in here
    assert "Nequi" in there and "M-Pesa" not in there


def test_help_pages_are_read_only(client):
    assert client.post("/help/", headers={"host": "co.localhost"}).status_code == 405
