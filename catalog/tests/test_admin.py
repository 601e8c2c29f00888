import pytest
from django.urls import reverse

from catalog import categories
from catalog.models import Category, ProductEvent, ReviewStatus
from catalog.tests.factories import make_category, make_photo, make_product, make_review, make_seller
from marketplace import markets
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
PRODUCTS, REVIEWS = "admin:catalog_product_changelist", "admin:catalog_review_changelist"


@pytest.fixture
def office(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def press(office, address, action, *rows, **values):
    return office.post(
        reverse(address), {"action": action, "_selected_action": [row.pk for row in rows], **values}
    )


def waiting_product():
    return make_product(seller=make_seller(market_code="mz"), review="pending")


def test_approving_puts_a_product_on_sale(office):
    product = waiting_product()
    assert not product.is_listed

    press(office, PRODUCTS, "approve", product)

    product.refresh_from_db()
    assert product.is_listed
    assert ProductEvent.objects.get().kind == "approved"


def test_rejecting_asks_for_a_reason_first(office):
    product = waiting_product()

    asked = press(office, PRODUCTS, "reject", product)
    product.refresh_from_db()
    assert (asked.status_code, product.review) == (200, "pending")

    press(office, PRODUCTS, "reject", product, reason="The picture shows something else.")
    product.refresh_from_db()
    assert (product.review, product.review_reason) == ("rejected", "The picture shows something else.")


def test_approving_twice_is_said_and_changes_nothing(office):
    product = make_product()

    press(office, PRODUCTS, "approve", product)

    assert not ProductEvent.objects.exists()


def test_featured_products_stand_on_the_home_page(office):
    product = make_product()

    press(office, PRODUCTS, "feature", product)

    product.refresh_from_db()
    assert product.is_featured


def test_nothing_of_a_product_is_edited_by_hand(office):
    product = make_product()
    make_photo(product)
    url = reverse("admin:catalog_product_change", args=[product.pk])

    assert office.get(url).status_code == 200
    assert office.post(url, {"name": "Changed", "status": "archived"}).status_code == 403


def test_stars_count_approved_reviews_alone(office):
    product = make_product()
    good = make_review(product, rating=5)
    bad = make_review(product, rating=1, status=ReviewStatus.PENDING)

    press(office, REVIEWS, "approve", bad)
    product.refresh_from_db()
    assert (product.rating_average, product.rating_count) == (3, 2)

    press(office, REVIEWS, "reject", good)
    product.refresh_from_db()
    assert (product.rating_average, product.rating_count) == (1, 1)


def test_the_menu_follows_the_category_tree(office):
    parent = make_category()
    tree = categories.tree(markets.get("co"))
    assert "new" not in tree.by_slug

    office.post(
        reverse("admin:catalog_category_add"),
        {
            "market_code": "co",
            "parent": parent.pk,
            "slug": "new",
            "name_en": "New",
            "position": 0,
            "is_active": "on",
        },
    )

    assert Category.objects.get(slug="new").level == 1
    assert "new" in categories.tree(markets.get("co")).by_slug


def test_a_category_cannot_hang_too_deep_abroad_or_below_itself(office):
    top = make_category()
    leaf = make_category(parent=make_category(parent=top))
    foreign = make_category(market_code="mz")
    values = {"market_code": "co", "slug": "x", "name_en": "X", "position": 0, "is_active": "on"}

    for parent in (leaf, foreign):
        response = office.post(reverse("admin:catalog_category_add"), values | {"parent": parent.pk})
        assert response.context["adminform"].form.errors["parent"]
    office.post(reverse("admin:catalog_category_change", args=[top.pk]), values | {"parent": leaf.parent_id})

    top.refresh_from_db()
    assert top.parent is None
    assert not Category.objects.filter(slug="x").exists()


@pytest.mark.parametrize("model", ["product", "category", "review", "stockmovement"])
def test_lists_and_searches_open(office, model):
    make_review(make_product())

    assert office.get(reverse(f"admin:catalog_{model}_changelist"), {"q": "x"}).status_code == 200


def test_strangers_do_not_enter(client):
    client.force_login(make_user())

    assert client.get(reverse(PRODUCTS)).status_code in (302, 403)
