"""How many products each filter would leave, counted in one statement and never beyond a cap."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from catalog.filters import DIETS, Filters

if TYPE_CHECKING:
    from catalog.listing import Question

SURVEY_AGE = 300
SELLERS_SHOWN = 10


@dataclass(kw_only=True)
class Survey:
    """Totals of one question. A facet's counts leave its own filter out; diets add up, so theirs do not."""

    total: int = 0
    capped: bool = False
    in_stock: int = 0
    diets: dict[str, int] = field(default_factory=dict)
    categories: dict[int, int] = field(default_factory=dict)
    sellers: list[tuple[str, str, int]] = field(default_factory=list)  # slug, name, count
    price_min: Decimal | None = None
    price_max: Decimal | None = None


def conditions(filters: Filters, *, without: str = "") -> list[tuple[str, list[Any]]]:
    """The filters (categories apart) as SQL conditions on `p`."""
    parts: list[tuple[str, list[Any]]] = []
    if filters.sellers and without != "seller":
        parts.append(
            ("p.seller_id IN (SELECT id FROM sellers_seller WHERE slug = ANY(%s))", [list(filters.sellers)])
        )
    if filters.price_min is not None and without != "price":
        parts.append(("p.price >= %s", [filters.price_min]))
    if filters.price_max is not None and without != "price":
        parts.append(("p.price <= %s", [filters.price_max]))
    parts += [(f"p.is_{diet}", []) for diet in filters.diets]
    if filters.in_stock:
        parts.append(("p.in_stock", []))
    return parts


def survey(question: Question, *, name: str, cap: int) -> Survey:
    """Totals and facets, from the cache or counted now."""
    key = f"survey:{name}"
    try:
        known: Survey | None = cache.get(key)
    except RedisError:
        return _count(question, cap)
    if known is None:
        known = _count(question, cap)
        cache.set(key, known, SURVEY_AGE)
    return known


def _count(question: Question, cap: int) -> Survey:
    """One pass over each set of hits; a facet in use needs a set of its own, without its filter."""
    filters = question.filters
    in_use = {"category": filters.categories, "seller": filters.sellers, "price": filters.by_price}
    sources = {name: name if used else "hits" for name, used in in_use.items()}
    names = ["hits", *(name for name, used in in_use.items() if used)]
    sets, params = [], []
    for name in names:
        where, values = question.conditions(without=name)
        sets.append(_SET.format(name=name, where=where, limit=cap + 1))
        params += values
    groups = " UNION ALL ".join(_GROUPS.format(name=name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(sets)} {_NAMED.format(groups=groups)}", params)
        return _read(cursor.fetchall(), sources, cap)


_SET = """set_{name} AS MATERIALIZED (
    SELECT p.category_id, p.seller_id, p.price, p.is_organic, p.is_gluten_free, p.is_vegan, p.in_stock
    FROM catalog_product p WHERE {where} LIMIT {limit})"""
_GROUPS = """
    SELECT '{name}' AS source, category_id, seller_id, grouping(category_id, seller_id) AS level,
        count(*) AS number,
        count(*) FILTER (WHERE is_organic) AS organic,
        count(*) FILTER (WHERE is_gluten_free) AS gluten_free,
        count(*) FILTER (WHERE is_vegan) AS vegan,
        count(*) FILTER (WHERE in_stock) AS in_stock,
        min(price) AS price_min, max(price) AS price_max
    FROM set_{name} GROUP BY GROUPING SETS ((category_id), (seller_id), ())"""
_NAMED = """
    SELECT g.source, g.level, g.category_id, s.slug, s.business_name, g.number, g.organic, g.gluten_free,
        g.vegan, g.in_stock, g.price_min, g.price_max
    FROM ({groups}) g LEFT JOIN sellers_seller s ON s.id = g.seller_id
    ORDER BY g.number DESC, s.business_name"""
_BY_CATEGORY, _BY_SELLER, _ALL = 1, 2, 3


def _read(rows: list[tuple[Any, ...]], sources: dict[str, str], cap: int) -> Survey:
    found = Survey()
    for source, level, category_id, slug, seller, number, *flags, in_stock, lowest, highest in rows:
        if level == _ALL and source == "hits":
            found.total, found.capped = min(number, cap), number > cap
            found.in_stock = in_stock
            found.diets = dict(zip(DIETS, flags, strict=True))
        if level == _ALL and source == sources["price"]:
            found.price_min, found.price_max = lowest, highest
        if level == _BY_CATEGORY and source == sources["category"]:
            found.categories[category_id] = number
        if level == _BY_SELLER and source == sources["seller"]:
            found.sellers.append((slug, seller, number))
    return found
