"""What the main pages may cost: SQL statements, warm, for guests and for people with an account."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.tests.factories import make_photo
from marketplace.accounts.tests.factories import make_address, make_user
from marketplace.tests.journeys import steps, world
from marketplace.tests.visitor import Visitor
from orders.models import Order
from orders.tests.factories import ADDRESSES

pytestmark = pytest.mark.django_db
BUDGETS = {"home": 4, "list": 4, "search": 4, "product": 4, "store": 4, "add to cart": 8, "place order": 20}
BRACKETS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


@pytest.fixture(params=["mz", "co"])
def country(request):
    built = world.build(request.param)
    for product in built.products:
        make_photo(product)
    return built


@pytest.fixture(params=["guest", "signed in"])
def visitor(request, country):
    visitor = Visitor(country.code)
    if request.param == "signed in":
        user = make_user("joana@example.com", market_code=country.code)
        make_address(user, market_code=country.code, **{"city": ADDRESSES[country.code]["city"]})
        visitor.client.force_login(user)
    visitor.visit("/")
    return visitor


def cost(act):
    """The statements of one act, the brackets of transactions apart."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [each["sql"] for each in captured.captured_queries if not each["sql"].startswith(BRACKETS)]


def assert_within(page, statements):
    assert len(statements) <= BUDGETS[page], "\n".join([f"{page}: {len(statements)}", *statements])


def test_pages_one_looks_at(visitor, country):
    product = country.products[0]
    pages = {
        "home": "/",
        "list": f"/c/{product.category.slug}/?sort=price_low",
        "search": f"/search/?q={product.name.split()[0]}",
        "product": product.get_absolute_url(),
        "store": f"/stores/{product.seller.slug}/",
    }
    for page, address in pages.items():
        visitor.visit(address)
        assert_within(page, cost(lambda address=address: visitor.visit(address)))
        assert visitor.status == 200


def test_the_first_and_the_third_thing_put_into_the_cart(visitor, country):
    for product in country.products:
        visitor.visit(product.get_absolute_url())
        form = visitor.form("/cart/add/", field="quantity")
        sent = {name: values[0] for name, values in form.values.items()}
        assert_within("add to cart", cost(lambda form=form, sent=sent: post(visitor, form.action, sent)))


def test_an_order_with_three_things_from_three_stores(visitor, country):
    for product in country.products:
        steps.put_in_cart(visitor, product)
    visitor.visit("/checkout/")
    form = visitor.form("/checkout/", field="terms")
    sent = {name: values[0] for name, values in form.values.items()} | country.details
    sent |= {"method": country.market.payment_methods[0].code, "terms": "on"}

    statements = cost(lambda: post(visitor, "/checkout/", sent))

    assert Order.objects.get().seller_orders.count() == 3
    assert_within("place order", statements)


def post(visitor, address, values):
    """One request, as a press of the button makes it; where it leads costs its own."""
    response = visitor.client.post(address, values)
    assert response.status_code == 302, response.content.decode()
