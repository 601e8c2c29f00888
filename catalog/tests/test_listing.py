import random
from decimal import Decimal

import pytest
from django.http import QueryDict

from catalog import browsing, cards, categories, filters, listing
from catalog.listing import Question
from catalog.models import Product
from catalog.tests.factories import make_category, make_product, make_seller
from marketplace import markets

pytestmark = pytest.mark.django_db
CO = markets.get("co")


def ask(query="", *, branch=None, words="", sort="newest", page=1, seller=None):
    """The question an address means, and its answer."""
    tree = categories.tree(CO)
    question = Question(
        market=CO,
        tree=tree,
        branch=tree.by_id[branch.pk] if branch else None,
        words=words,
        language="es",
        seller_id=seller.pk if seller else None,
        filters=filters.read(QueryDict(query), tree),
        sort=sort,
    )
    return question, listing.fetch(question, page=page)


def names(found):
    known = dict(Product.objects.values_list("pk", "name"))
    return [known[pk] for pk, _version in found.rows]


def all_names(sort="newest", **options):
    _, first = ask(sort=sort, **options)
    out = []
    for number in range(1, first.paginator.num_pages + 1):
        out += names(ask(sort=sort, page=number, **options)[1])
    return out


def test_a_category_holds_what_lies_below_it():
    main = make_category()
    middle = make_category(parent=main)
    leaf = make_category(parent=middle)
    for category in (main, middle, leaf):
        make_product(category=category)
    make_product()

    assert [ask(branch=branch)[1].survey.total for branch in (main, middle, leaf)] == [3, 2, 1]
    assert len(ask(branch=main)[1].rows) == 3


@pytest.mark.parametrize(
    ("sort", "column", "reverse"),
    [
        ("newest", "published_at", True),
        ("price_up", "price", False),
        ("price_down", "price", True),
        ("rating", "rating_average", True),
        ("best_selling", "sales_count", True),
    ],
)
@pytest.mark.parametrize("narrowed", [False, True])
def test_every_order_shows_every_product_once_over_all_pages(sort, column, reverse, narrowed):
    main = make_category()
    leaves = [make_category(parent=main) for _ in range(3)]
    seller = make_seller()
    chance = random.Random(7)
    for _ in range(60):
        product = make_product(
            seller=seller, category=chance.choice(leaves), price=chance.choice([1000, 2000, 3000])
        )
        Product.objects.filter(pk=product.pk).update(
            rating_average=chance.choice([0, 4, 5]), sales_count=chance.choice([0, 1, 2])
        )
    query = "in_stock=1" if narrowed else ""

    shown = all_names(sort, query=query, branch=main)

    assert len(shown) == len(set(shown)) == 60
    values = [dict(Product.objects.values_list("name", column))[name] for name in shown]
    assert values == sorted(values, reverse=reverse)


def test_a_deep_page_reached_by_jump_or_step_by_step_is_the_same():
    category = make_category()
    seller = make_seller()
    for number in range(80):
        make_product(seller=seller, category=category, price=1000 + number)

    jumped = names(ask(branch=category, sort="price_up", page=4)[1])
    for number in (1, 2, 3):
        ask(branch=category, sort="price_up", page=number)
    stepped = names(ask(branch=category, sort="price_up", page=4)[1])

    assert jumped == stepped
    assert len(stepped) == 80 - 3 * listing.PER_PAGE


def test_a_known_deep_page_starts_from_its_key(django_assert_num_queries):
    category = make_category()
    seller = make_seller()
    for number in range(60):
        make_product(seller=seller, category=category, price=1000 + number)
    ask(branch=category, sort="price_up", page=3)

    with django_assert_num_queries(1) as captured:
        ask(branch=category, sort="price_up", page=3)

    assert "(p.price, p.id) > (" in captured.captured_queries[0]["sql"]
    assert "n > 0" in captured.captured_queries[0]["sql"]


def test_a_page_beyond_the_end_is_the_last_one():
    category = make_category()
    make_product(category=category)

    _, found = ask(branch=category, page=999_999)

    assert (found.number, len(found.rows)) == (1, 1)


def test_writing_turns_the_list_at_once():
    category = make_category()
    make_product(category=category)
    before = ask(branch=category)[1].survey.total

    make_product(category=category)

    assert (before, ask(branch=category)[1].survey.total) == (1, 2)


def test_totals_stop_at_the_cap(monkeypatch):
    monkeypatch.setattr(listing, "CAP", 5)
    category = make_category()
    for _ in range(8):
        make_product(category=category)

    _, found = ask(branch=category)

    assert (found.survey.total, found.survey.capped, found.paginator.count) == (5, True, "5+")


def test_counts_of_a_facet_leave_its_own_filter_out():
    main = make_category()
    one, other = make_category(parent=main, name="One"), make_category(parent=main, name="Other")
    ana, bento = make_seller(business_name="Ana"), make_seller(business_name="Bento")
    make_product(seller=ana, category=one, price=10)
    make_product(seller=bento, category=one, price=20, is_organic=True)
    make_product(seller=bento, category=other, price=30, is_organic=True, on_hand=0)

    question, found = ask(f"seller={ana.slug}", branch=main)
    sellers = browsing.seller_options(question.filters, found.survey)
    branches = browsing.category_options(question, found.survey)

    assert found.survey.total == 1
    assert {option.label: (option.count, option.selected) for option in sellers} == {
        "Ana": (1, True),
        "Bento": (2, False),
    }
    assert {option.label: option.count for option in branches} == {"One": 1}
    assert (found.survey.price_min, found.survey.price_max) == (Decimal(10), Decimal(10))


def test_several_values_of_one_filter_widen_and_different_filters_narrow():
    main = make_category()
    one, other = make_category(parent=main), make_category(parent=main)
    make_product(category=one, price=10, is_organic=True)
    make_product(category=other, price=20, is_organic=True)
    make_product(category=other, price=30)

    both = ask(f"category={one.slug}&category={other.slug}", branch=main)[1]
    narrowed = ask(f"category={one.slug}&category={other.slug}&diet=organic&price_max=15", branch=main)[1]

    assert (both.survey.total, narrowed.survey.total) == (3, 1)
    assert narrowed.survey.price_max == Decimal(20)


def test_in_stock_and_diet_count_what_they_would_leave():
    category = make_category()
    make_product(category=category, is_organic=True, is_vegan=True)
    make_product(category=category, is_organic=True, on_hand=0)

    survey = ask(branch=category)[1].survey

    assert (survey.total, survey.in_stock) == (2, 1)
    assert survey.diets == {"organic": 2, "gluten_free": 0, "vegan": 1}


def test_a_hidden_category_hides_what_hangs_on_it():
    main = make_category(is_active=False)
    make_category(parent=main, slug="below")

    assert "below" not in categories.tree(CO).by_slug


def test_cards_turn_with_the_version_and_are_fetched_together(django_assert_num_queries):
    product = make_product(name="Old name")
    assert "Old name" in cards.render_cards([(product.pk, product.version)])[0]
    with django_assert_num_queries(0):
        cards.render_cards([(product.pk, product.version)])

    Product.objects.filter(pk=product.pk).update(name="New name")
    cards.refresh([product.pk])
    product.refresh_from_db()

    assert "New name" in cards.render_cards([(product.pk, product.version)])[0]


def test_numbers_of_pages_are_spelled_without_redis(monkeypatch, settings):
    category = make_category()
    for number in range(30):
        make_product(category=category, price=1000 + number)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    _, found = ask(branch=category, sort="price_up", page=2)

    assert len(found.rows) == 6
    assert len(cards.render_cards(found.rows)) == 6
