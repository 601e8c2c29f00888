"""Load the demo: people, stores, goods, opinions and orders, in one transaction and always the same."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction

from catalog import versions
from marketplace.accounts.models import User
from marketplace.demo import catalogue, goods, opinions, people, shops, terms, trade
from marketplace.demo.catalogue import Words

MARKET_CODES = ("co", "mz")
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    stores: int
    products: int
    reviews: int
    orders: int


def is_loaded() -> bool:
    return User.objects.filter(email=people.SUPERUSER).exists()


def everything(*, report: Report, limit: int | None = None) -> Loaded:
    """Load both markets, or only the first `limit` products of each; all or nothing.

    What happened weeks ago sends no mail and calls no company today: the messages are marked as sent
    and what the domain functions queued for after the commit is dropped.
    """
    worlds = [catalogue.read(code) for code in MARKET_CODES]
    with transaction.atomic():
        report("people", 0, 1)
        cast = people.invite(worlds)
        report("people", 1, 1)
        counts = [_market(words, cast, report=report, limit=limit) for words in worlds]
        trade.forget_queue(connection)
    versions.bump(versions.market_shelf(code) for code in MARKET_CODES)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Loaded(
        stores=sum(count.stores for count in counts),
        products=sum(count.products for count in counts),
        reviews=sum(count.reviews for count in counts),
        orders=sum(count.orders for count in counts),
    )


def _market(words: Words, cast: people.Cast, *, report: Report, limit: int | None) -> Loaded:
    stores = shops.open_stores(words, cast)
    shelves = goods.put_up_shelves(words)
    terms.lay_down(words.market, shelves)
    items = words.items if limit is None else few(words, limit)
    told = partial(report, f"pictures {words.market}")
    products = goods.fill(words, items, stores=stores, shelves=shelves, report=told)
    shoppers = cast.shoppers(words)
    orders = trade.play(words, products=products, stores=stores, shoppers=shoppers, report=report)
    terms.issue_documents(stores)
    trade.leave_a_cart(shoppers[1], products)
    reviews = opinions.write(words, products, shoppers)
    return Loaded(stores=len(stores), products=len(products), reviews=reviews, orders=orders)


def few(words: Words, limit: int) -> list[catalogue.Item]:
    """The first products of every store in turn, so that a small load still has all of them."""
    by_store: dict[str, list[catalogue.Item]] = {}
    for item in words.items:
        by_store.setdefault(item.seller, []).append(item)
    ranked = sorted(
        (rank, place, item)
        for place, items in enumerate(by_store.values())
        for rank, item in enumerate(items)
    )
    return [item for _, _, item in ranked[:limit]]
