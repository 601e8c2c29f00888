"""The words of the demo are complete, believable and agree with each other."""

from collections import Counter
from datetime import date, time

import pytest

from catalog.models import Product
from catalog.product_page import ALLERGENS
from marketplace import markets
from marketplace.demo import catalogue, pictures
from marketplace.money import COINS

LEAST = {"co": (7, 220), "mz": (7, 180)}


@pytest.fixture(params=sorted(LEAST))
def words(request):
    return catalogue.read(request.param)


def test_both_markets_are_large_enough(words):
    stores, products = LEAST[words.market]
    assert len(words.sellers) >= stores
    assert len(words.items) >= products


def test_both_markets_together_have_14_stores_and_400_products():
    worlds = [catalogue.read(code) for code in LEAST]
    assert sum(len(words.sellers) for words in worlds) >= 14
    assert sum(len(words.items) for words in worlds) >= 400


def test_no_two_products_of_a_market_share_a_name_or_an_address(words):
    for of in (lambda item: item.name, lambda item: item.slug):
        assert [name for name, count in Counter(map(of, words.items)).items() if count > 1] == []


def test_every_product_belongs_to_a_store_and_to_a_shelf_without_branches(words):
    stores = {row["slug"] for row in words.sellers}
    parents = {shelf.parent for shelf in words.shelves.values()}
    for item in words.items:
        assert item.seller in stores
        assert item.shelf not in parents, f"{item.name} stands on a main shelf that has branches"


def test_no_store_and_no_shelf_is_empty(words):
    stocked = {item.shelf for item in words.items} | {
        words.shelves[item.shelf].parent for item in words.items
    }
    assert set(words.shelves) - stocked == set()
    assert {row["slug"] for row in words.sellers} == {item.seller for item in words.items}


def test_every_price_is_a_multiple_of_the_coin_and_below_the_struck_one(words):
    coin = COINS[markets.get(words.market).currency]
    for item in words.items:
        for choice in item.choices:
            assert choice.price > 0 and choice.price % coin == 0, item.name
            assert item.compare_price is None or item.compare_price > choice.price, item.name


def test_every_tax_class_exists_and_has_a_rate_today(words):
    market = markets.get(words.market)
    for item in words.items:
        assert market.tax_rate(item.tax or market.default_tax_class, date.today()) >= 0


def test_several_tax_classes_are_in_use(words):
    assert len({item.tax for item in words.items}) >= 2


def test_words_fit_their_columns(words):
    limit = {name: Product._meta.get_field(name).max_length for name in ("unit", "short_description", "slug")}
    for item in words.items:
        assert len(item.unit) <= limit["unit"], item.name
        assert 15 <= len(item.short) <= limit["short_description"], item.name
        assert 0 < len(item.slug) <= limit["slug"], item.name


def test_diets_agree_with_allergens(words):
    for item in words.items:
        assert set(item.allergens) <= set(ALLERGENS), item.name
        if "v" in item.flags:
            assert not {"milk", "eggs", "fish", "crustaceans"} & set(item.allergens), item.name
        if "g" in item.flags:
            assert "gluten" not in item.allergens, item.name


def test_nutrition_is_known_and_adds_up_to_no_more_than_the_food(words):
    for item in words.items:
        if item.nutrition:
            facts = catalogue.nutrition()[item.nutrition]
            assert facts["protein"] + facts["carbs"] + facts["fat"] <= 101, item.nutrition
            assert facts["sugar"] <= facts["carbs"] + 0.5, item.nutrition


def test_variants_of_a_product_differ(words):
    for item in words.items:
        options = [tuple(choice.options.items()) for choice in item.choices]
        assert len(options) == len(set(options)) >= 1, item.name


def test_larger_packs_weigh_more_and_cost_more():
    honey = next(item for item in catalogue.read("mz").items if item.name.startswith("Mel silvestre"))
    weights = [choice.weight(item_weight := honey.weight) for choice in honey.choices]
    assert weights == sorted(weights) and len(set(weights)) == 3, item_weight
    assert [choice.price for choice in honey.choices] == sorted(choice.price for choice in honey.choices)


def test_some_products_are_sold_out_and_some_nearly(words):
    stocks = [item.stock for item in words.items]
    assert 0 in stocks
    assert any(stock and stock <= 5 for stock in stocks)


def test_the_products_of_the_story_are_featured():
    featured = {
        code: {item.name for item in catalogue.read(code).items if "f" in item.flags} for code in LEAST
    }
    assert "Tomates orgânicos" in featured["mz"]
    assert any("Morral" in name for name in featured["co"])


def test_every_picture_is_there_and_none_is_left_over():
    there = {path.stem for path in pictures.FOLDER.glob("*.webp")}
    wanted = set()
    for words in map(catalogue.read, LEAST):
        wanted |= {name for item in words.items for name in (item.picture, item.close_up) if name}
        wanted |= {f"{kind}-{row['slug']}" for row in words.sellers for kind in ("logo", "banner")}
        wanted |= {
            f"category-{words.market}-{shelf.slug}" for shelf in words.shelves.values() if shelf.picture
        }
    assert wanted == there


def test_stores_and_shoppers_live_where_the_market_delivers(words):
    market = markets.get(words.market)
    for row in [*words.sellers, *words.applicants]:
        assert market.city(row["region"], row["city"]), row["slug"]
    for row in words.shoppers:
        *_, city, region = row["address"]
        assert market.city(region, city), row["email"]
        assert market.phone.normalise(row["phone"]) == row["phone"]


def test_stores_open_before_they_close(words):
    for row in words.sellers:
        opens, closes, saturday_opens, saturday_closes = map(time.fromisoformat, row["hours"])
        assert opens < closes and saturday_opens < saturday_closes, row["slug"]


def test_shelves_have_names_in_all_languages(words):
    for shelf in words.shelves.values():
        assert all(shelf.names) and shelf.icon and len(shelf.detail) >= 2, shelf.slug
