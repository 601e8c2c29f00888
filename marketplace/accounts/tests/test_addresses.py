"""The address book: one's own, of one's country, with one default."""

import pytest
from django.db import IntegrityError, transaction

from marketplace.accounts import addresses
from marketplace.accounts.models import Address
from marketplace.accounts.tests.factories import make_address, make_user

pytestmark = pytest.mark.django_db
BOOK = "/account/addresses/"


def details(**changes):
    return {
        "kind": "shipping", "first_name": "Ana", "last_name": "Gómez", "phone": "300 123 4567",
        "street": "Calle 72", "number": "10-34", "region": "11", "city": "Bogotá",
    } | changes  # fmt: skip


def test_the_first_address_becomes_the_default(ana_shop, ana):
    response = ana_shop.post(BOOK + "new/", details())

    assert response.url == BOOK
    address = ana.addresses.get()
    assert address.is_default
    assert (address.market_code, address.phone) == ("co", "+573001234567")


def test_a_new_default_takes_the_place_of_the_old(ana_shop, ana):
    old = make_address(ana, is_default=True)

    ana_shop.post(BOOK + "new/", details(is_default="on", street="Carrera 7"))

    old.refresh_from_db()
    assert not old.is_default
    assert ana.addresses.get(is_default=True).street == "Carrera 7"


def test_the_database_knows_one_default_per_kind_and_country(ana):
    make_address(ana, is_default=True)
    make_address(ana, is_default=True, kind="billing")
    make_address(ana, is_default=True, market_code="mz")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_address(ana, is_default=True)


def test_another_address_can_be_preferred(ana_shop, ana):
    make_address(ana, is_default=True)
    other = make_address(ana)

    ana_shop.post(f"{BOOK}{other.pk}/prefer/")

    assert ana.addresses.get(is_default=True) == other


def test_removing_asks_first_and_the_next_address_inherits(ana_shop, ana):
    gone = make_address(ana, is_default=True)
    heir = make_address(ana)

    assert ana_shop.get(f"{BOOK}{gone.pk}/remove/").status_code == 200
    assert ana.addresses.count() == 2
    ana_shop.post(f"{BOOK}{gone.pk}/remove/")

    assert ana.addresses.get() == heir
    assert ana.addresses.get().is_default


def test_an_address_can_be_edited(ana_shop, ana):
    address = make_address(ana, is_default=True)

    ana_shop.post(f"{BOOK}{address.pk}/", details(street="Carrera 7", is_default="on"))

    address.refresh_from_db()
    assert address.street == "Carrera 7"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", "ZZ"), ("phone", "84 123 4567"), ("street", ""), ("city", ""), ("kind", "pirate"),
        ("first_name", "\x00"), ("street", "x" * 161),
    ],
)  # fmt: skip
def test_what_does_not_fit_stores_nothing(ana_shop, ana, field, value):
    response = ana_shop.post(BOOK + "new/", details(**{field: value}))

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert not ana.addresses.exists()


@pytest.mark.parametrize("tail", ["", "prefer/", "remove/"])
def test_other_peoples_addresses_do_not_exist(ana_shop, tail):
    address = make_address(make_user(), is_default=False)

    assert ana_shop.post(f"{BOOK}{address.pk}/{tail}", details(street="Mine now")).status_code == 404
    address.refresh_from_db()
    assert address.street == "Calle 72" and not address.is_default


@pytest.mark.parametrize("tail", ["", "prefer/", "remove/"])
def test_addresses_of_the_other_country_do_not_exist_here(loja, ana, tail):
    loja.force_login(ana)
    address = make_address(ana, market_code="co")

    assert loja.post(f"{BOOK}{address.pk}/{tail}", details()).status_code == 404
    assert Address.objects.filter(pk=address.pk, is_default=False).exists()


@pytest.mark.parametrize("path", ["", "new/", "1/", "1/prefer/", "1/remove/"])
def test_strangers_are_asked_to_sign_in(shop, path):
    response = shop.post(BOOK + path) if path.endswith(("prefer/", "remove/")) else shop.get(BOOK + path)

    assert response.url.startswith("/accounts/login/")


def test_an_expired_session_sends_a_fragment_to_sign_in(shop):
    response = shop.get(
        BOOK, headers={"HX-Request": "true", "HX-Current-URL": "http://co.localhost/account/"}
    )

    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2Faccount%2F"


def test_numbers_beyond_the_database_are_not_found(ana_shop):
    assert ana_shop.get(f"{BOOK}{10**30}/").status_code == 404


def test_the_book_costs_the_same_with_one_address_and_with_three(
    ana_shop, ana, django_assert_max_num_queries
):
    make_address(ana)
    ana_shop.get(BOOK)
    for count in (1, 3):
        with django_assert_max_num_queries(3):
            assert ana_shop.get(BOOK).content.count(b"<article") == count
        make_address(ana), make_address(ana)


def test_a_snapshot_says_where_and_to_whom(ana):
    snapshot = make_address(ana).snapshot()

    assert snapshot["city"] == "Bogotá" and snapshot["first_name"] == "Ana"
    assert "user" not in snapshot and all(isinstance(value, str) for value in snapshot.values())


def test_keeping_the_default_keeps_it(ana):
    address = addresses.keep(user=ana, address=Address(**make_address(ana).snapshot()))
    address.is_default = False

    addresses.keep(user=ana, address=address)

    assert ana.addresses.filter(is_default=True).count() == 1
