"""The category tree of a market, read once and kept in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from redis.exceptions import RedisError

from catalog.models import Category
from marketplace.markets.base import Market

log = structlog.get_logger(__name__)
TREE_AGE = 3600


@dataclass(eq=False)
class Branch:
    """One category as menus and pages need it."""

    id: int
    parent: Branch | None
    level: int
    slug: str
    names: dict[str, str]
    descriptions: dict[str, str]
    icon: str
    image: str
    url: str
    children: list[Branch] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.names.get(get_language() or "en") or self.names["en"]

    @property
    def description(self) -> str:
        return self.descriptions.get(get_language() or "en") or self.descriptions["en"]

    @property
    def path(self) -> list[Branch]:
        """From the main category down to this one."""
        return [*(self.parent.path if self.parent else []), self]

    def with_descendants(self) -> Iterator[Branch]:
        yield self
        for child in self.children:
            yield from child.with_descendants()

    def __str__(self) -> str:
        return self.name


@dataclass(eq=False)
class Tree:
    roots: list[Branch]
    by_id: dict[int, Branch]
    by_slug: dict[str, Branch]


def tree(market: Market) -> Tree:
    """The active categories of a market; no SQL once it is cached."""
    key = f"categories:{market.code}"
    try:
        known = cache.get(key)
    except RedisError:
        log.warning("cache_unavailable", key=key)
        return _grow(market)
    if known is None:
        known = _grow(market)
        cache.set(key, known, TREE_AGE)
    return known


def changed(market_code: str) -> None:
    """Call after any write to the categories of a market."""
    try:
        cache.delete(f"categories:{market_code}")
    except RedisError:
        log.warning("cache_unavailable", market=market_code)


def _grow(market: Market) -> Tree:
    """Level by level; what hangs on a hidden category is hidden with it."""
    found = Tree(roots=[], by_id={}, by_slug={})
    active = Category.objects.filter(market_code=market.code, is_active=True)
    for row in active.order_by("level", "position", "pk"):
        parent = found.by_id.get(row.parent_id) if row.parent_id else None
        if row.parent_id and parent is None:
            continue
        branch = _branch(row, parent)
        found.by_id[branch.id] = found.by_slug[branch.slug] = branch
        (parent.children if parent else found.roots).append(branch)
    return found


def _branch(row: Category, parent: Branch | None) -> Branch:
    return Branch(
        id=row.pk,
        parent=parent,
        level=row.level,
        slug=row.slug,
        names={"en": row.name_en, "es": row.name_es, "pt": row.name_pt},
        descriptions={"en": row.description_en, "es": row.description_es, "pt": row.description_pt},
        icon=row.icon,
        image=row.image.url if row.image else "",
        url=reverse("catalog:show_category", args=[row.slug]),
    )


def of_request(request: HttpRequest) -> Tree:
    """The tree of the request's market, fetched once per request."""
    found: Tree | None = getattr(request, "category_tree", None)
    if found is None:
        found = tree(request.market)  # type: ignore[attr-defined]
        request.category_tree = found  # type: ignore[attr-defined]
    return found


def menu_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `menu_categories`, the main categories with their children."""
    if not hasattr(request, "market"):
        return {}
    return {"menu_categories": SimpleLazyObject(lambda: of_request(request).roots)}
