"""The home page's choice of products and stores, read again when anything in the market changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from catalog import listing, storefronts, versions
from catalog.categories import Tree
from catalog.listing import Question
from catalog.models import Product
from marketplace.markets.base import Market
from sellers.models import Seller

log = structlog.get_logger(__name__)
CHOICE_AGE = 300
PRODUCTS, STORES = 8, 6
Rows = list[tuple[uuid.UUID, int]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    featured: Rows
    newest: Rows
    best_selling: Rows
    stores: list[Seller]


def choice(market: Market, tree: Tree) -> Choice:
    """Four statements when something changed, none otherwise."""
    key = f"home:{market.code}:{versions.read([versions.market_shelf(market.code)])}"
    try:
        known: Choice | None = cache.get(key)
    except RedisError:
        log.warning("cache_unavailable", key=key)
        return _choose(market, tree)
    if known is None:
        known = _choose(market, tree)
        cache.set(key, known, CHOICE_AGE)
    return known


def _choose(market: Market, tree: Tree) -> Choice:
    featured = Product.objects.on_sale(market).filter(is_featured=True, in_stock=True)
    stores = storefronts.directory(market).defer("document_number", "description")
    return Choice(
        featured=list(featured.order_by("-published_at", "-pk").values_list("pk", "version")[:PRODUCTS]),
        newest=listing.first(Question(market=market, tree=tree, sort="newest"), PRODUCTS),
        best_selling=listing.first(Question(market=market, tree=tree, sort="best_selling"), PRODUCTS),
        stores=list(stores[:STORES]),
    )
