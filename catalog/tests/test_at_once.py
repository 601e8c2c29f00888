"""Two who save the same thing in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from catalog import selling
from catalog.models import Product, Variant
from catalog.tests.factories import make_category, make_product, make_seller
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def at_once(function, arguments):
    def call(argument):
        try:
            return function(argument)
        except selling.SkuTaken:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(ROUNDS) as people:
        return list(people.map(call, arguments))


def test_products_of_one_name_get_addresses_of_their_own():
    category, by = make_category(), make_user("ana@example.com")
    words = {"name": "Mochila", "category": category, "language": "es", "tax_class": "CO_GENERAL_19"}

    at_once(
        lambda seller: selling.create(
            seller=seller, by=by, product=dict(words), variant={"price": Decimal(1000)}
        ),
        [make_seller() for _ in range(ROUNDS)],
    )

    assert Product.objects.values("slug").distinct().count() == ROUNDS


def test_an_item_number_is_given_once_per_store():
    product = make_product()

    made = at_once(
        lambda _: selling.add_variant(product=product, values={"sku": "AZUL", "price": Decimal(1000)}),
        range(ROUNDS),
    )

    assert len([variant for variant in made if variant]) == 1
    assert Variant.objects.filter(sku="AZUL").count() == 1
