"""Every country profile is complete and its numbers are the ones decided."""

from datetime import date
from decimal import Decimal

import pytest

from marketplace import markets
from marketplace.markets import documents

EVERY_MARKET = pytest.mark.parametrize("market", markets.MARKETS.values(), ids=lambda market: market.code)


@EVERY_MARKET
def test_a_profile_names_only_things_that_exist(market):
    assert market.default_tax_class in market.tax_classes
    assert market.commission_tax_class in market.tax_classes
    assert market.search_language in market.languages
    assert market.seller_approval in {"automatic", "review"}
    assert market.payment_methods and market.payout_rails and market.identity_documents
    assert all(region.cities for region in market.regions)
    assert len({region.code for region in market.regions}) == len(market.regions)


@EVERY_MARKET
def test_the_example_phone_is_a_phone(market):
    assert market.phone.normalise(market.phone.example)


def test_colombia_has_its_33_departments_and_mozambique_its_11_provinces():
    assert len(markets.get("co").regions) == 33
    assert len(markets.get("mz").regions) == 11


def test_hosts_choose_the_market():
    assert markets.for_host("co.localhost").code == "co"
    assert markets.for_host("shop.example", {"shop.example": "mz"}).code == "mz"
    assert markets.for_host("elsewhere.example") is None


def test_tax_rates_are_dated():
    general = markets.get("mz").tax_classes["MZ_GENERAL_16"]

    assert general.rate(date(2022, 12, 31)) == Decimal("0.17")
    assert general.rate(date(2023, 1, 1)) == Decimal("0.16")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("mz", "84 123 4567", "+258841234567"),
        ("mz", "00258-84-123-4567", "+258841234567"),
        ("mz", "+258 87 1234567", "+258871234567"),
        ("mz", "81 123 4567", None),
        ("mz", "841234567890", None),
        ("co", "300 123 4567", "+573001234567"),
        ("co", "+57 (300) 123-4567", "+573001234567"),
        ("co", "601 123 4567", None),
        ("co", "٣٠٠١٢٣٤٥٦٧", None),
        ("co", "", None),
    ],
)
def test_phones_are_kept_in_one_form(code, text, expected):
    assert markets.get(code).phone.normalise(text) == expected


def test_check_digits():
    assert documents.nit_check_digit("830140299") == 6
    assert documents.is_nit("830.140.299-6")
    assert not documents.is_nit("830.140.299-5")
    assert documents.is_nib("000301080016367102371")
    assert not documents.is_nib("000301080016367102372")
    assert documents.is_nuit("400123456") and not documents.is_nuit("111111111")


def test_distance_between_cities():
    mozambique = markets.get("mz")
    maputo, matola = mozambique.city("MPM", "Maputo"), mozambique.city("L", "Matola")
    beira = mozambique.city("S", "Beira")

    assert 8 < maputo.distance_km(matola) < 16
    assert 700 < maputo.distance_km(beira) < 760
