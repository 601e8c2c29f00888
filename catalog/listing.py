"""One page of a list, its total and its facets: two statements cold, one warm, the same cost at any depth.

A list is read in one of two ways, told apart by how many products it has:

- few (at most CAP): they are collected first (MATERIALIZED), then sorted, so that the planner cannot walk a
  date index in search of a rare word;
- many: the index of the wanted order is walked branch by branch of the category tree and merged.

Numbered pages stand on keys, not on offsets: the last row of a page is the anchor of the next one, kept in
Redis under the list's version. A jump into the unknown counts its way once and leaves all anchors in between.
Totals and facets stop counting at CAP.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from catalog import facets, versions
from catalog.categories import Branch, Tree
from catalog.facets import Survey
from catalog.filters import Filters
from marketplace.markets.base import Market

CAP = 10_000
PER_PAGE = 24
ANCHOR_AGE = 600

# Column and direction; relevance is known only beside words.
KEYS = {
    "newest": ("p.published_at", "DESC"),
    "price_up": ("p.price", "ASC"),
    "price_down": ("p.price", "DESC"),
    "rating": ("p.rating_average", "DESC"),
    "best_selling": ("p.sales_count", "DESC"),
}
Anchor = tuple[Any, uuid.UUID]
# Products are written in the market's language; who reads in English also meets English category names.
QUERY = "(market_tsq(%s, %s) || market_tsq(%s, %s))"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which products, in which order."""

    market: Market
    tree: Tree
    branch: Branch | None = None
    seller_id: int | None = None
    words: str = ""
    language: str = ""
    filters: Filters = Filters()
    sort: str = "newest"

    def conditions(self, *, without: str = "", in_branch: bool = False) -> tuple[str, list[Any]]:
        """The WHERE clause; `without` leaves one facet's own filter out, to count its other values."""
        parts: list[tuple[str, list[Any]]] = [("p.market_code = %s AND p.is_listed", [self.market.code])]
        if in_branch:
            parts.append(("p.category_id = branch.id", []))
        elif ids := self.category_ids(chosen=without != "category"):
            parts.append(("p.category_id = ANY(%s)", [ids]))
        if self.seller_id is not None:
            parts.append(("p.seller_id = %s", [self.seller_id]))
        if self.words:
            parts.append((f"p.search @@ {QUERY}", self.query))
        parts += facets.conditions(self.filters, without=without)
        return " AND ".join(text for text, _ in parts), [value for _, values in parts for value in values]

    def category_ids(self, *, chosen: bool = True) -> list[int]:
        """The categories in question with everything below them; those of the filter when there are any."""
        tops = self.filters.categories if chosen else ()
        tops = tops or ((self.branch,) if self.branch else ())
        return sorted({branch.id for top in tops for branch in top.with_descendants()})

    @property
    def query(self) -> list[Any]:
        return [self.market.search_language, self.words, self.language or "en", self.words]

    @property
    def key(self) -> tuple[str, list[Any], str]:
        """What is sorted by, its parameters and the direction."""
        if self.sort == "relevance":
            return f"(ts_rank(p.search, {QUERY}) * 1000000)::int", self.query, "DESC"
        column, direction = KEYS[self.sort]
        return column, [], direction

    @property
    def version(self) -> str:
        """A token that turns with any write that may touch this list."""
        if self.seller_id is not None:
            shelves = [versions.seller_shelf(self.seller_id)]
        elif self.branch and not self.words:
            shelves = [versions.category_shelf(pk) for pk in self.category_ids(chosen=False)]
        else:
            shelves = [versions.market_shelf(self.market.code)]
        return versions.read(shelves)

    def name(self, version: str) -> str:
        """The cache key of this question, its page apart."""
        asked = (
            self.market.code, self.branch and self.branch.id, self.seller_id,
            self.words, self.language, self.filters.key,
        )  # fmt: skip
        return f"{version}:{hashlib.sha256(repr(asked).encode()).hexdigest()[:24]}"


@dataclass(frozen=True, kw_only=True)
class Paginator:
    num_pages: int
    count: str


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One page: (id, version) pairs for catalog.cards, and where it stands; looks like Django's Page."""

    rows: list[tuple[uuid.UUID, int]]
    number: int
    survey: Survey
    paginator: Paginator

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.paginator.num_pages

    @property
    def previous_page_number(self) -> int:
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def start_index(self) -> int:
        return (self.number - 1) * PER_PAGE + 1

    @property
    def end_index(self) -> int:
        return (self.number - 1) * PER_PAGE + len(self.rows)


def fetch(question: Question, *, page: int = 1) -> Slice:
    """The page with that number, or the last one there is."""
    name = question.name(question.version)
    survey = facets.survey(question, name=name, cap=CAP)
    pages = max(math.ceil(survey.total / PER_PAGE), 1)
    number = min(page, pages)
    if survey.capped and question.sort == "relevance":
        # A word that so many products share says little about any of them.
        question = replace(question, sort="newest")
    narrowed = question.filters.active or question.words or question.seller_id
    rows = (
        _read(question, number, name=f"{name}:{question.sort}", walk=survey.capped or not narrowed)
        if survey.total
        else []
    )
    shown = f"{survey.total:,}+".replace(",", "\N{NO-BREAK SPACE}") if survey.capped else str(survey.total)
    return Slice(rows=rows, number=number, survey=survey, paginator=Paginator(num_pages=pages, count=shown))


def first(question: Question, count: int) -> list[tuple[uuid.UUID, int]]:
    """The first few, where nobody asks for totals: strips on the home page, related products."""
    statement, params = _walk(question, anchor=None, limit=count)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [(pk, version) for pk, version, _key in cursor.fetchall()]


def _read(question: Question, number: int, *, name: str, walk: bool) -> list[tuple[uuid.UUID, int]]:
    """Start behind the anchor of the page; while it is unknown, count from the start and leave anchors."""
    anchor = _anchor(name, number) if number > 1 else None
    offset = 0 if anchor or number == 1 else (number - 1) * PER_PAGE
    ask = _walk if walk else _collect
    statement, params = ask(question, anchor=anchor, limit=offset + PER_PAGE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, version, key, n FROM (SELECT found.*, row_number() OVER () AS n"  # noqa: S608  our own text
            f" FROM ({statement}) found) counted WHERE n > %s OR n %% %s = 0 ORDER BY n",
            [*params, offset, PER_PAGE],
        )
        found = cursor.fetchall()
    first = number if anchor else 1
    _remember(name, {first + n // PER_PAGE: (key, pk) for pk, _, key, n in found if n % PER_PAGE == 0})
    return [(pk, version) for pk, version, _, n in found if n > offset]


def _collect(question: Question, *, anchor: Anchor | None, limit: int) -> tuple[str, list[Any]]:
    """All hits first, then the rows behind the anchor."""
    key, key_params, direction = question.key
    where, params = question.conditions()
    after, after_params = _after("key", "id", direction, anchor)
    return (
        f"WITH hits AS MATERIALIZED (SELECT p.id, p.version, {key} AS key FROM catalog_product p"  # noqa: S608
        f" WHERE {where} LIMIT {CAP + 1}) SELECT id, version, key FROM hits WHERE {after}"
        f" ORDER BY key {direction}, id {direction} LIMIT %s",
        [*key_params, *params, *after_params, limit],
    )


def _walk(question: Question, *, anchor: Anchor | None, limit: int) -> tuple[str, list[Any]]:
    """The index of every branch from the anchor on, merged."""
    key, _, direction = question.key
    where, params = question.conditions(in_branch=True)
    after, after_params = _after(key, "p.id", direction, anchor)
    branches = question.category_ids() or sorted(question.tree.by_id)
    return (
        "SELECT rows.* FROM unnest(%s::bigint[]) AS branch(id) CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT p.id, p.version, {key} AS key FROM catalog_product p WHERE {where} AND {after}"
        f" ORDER BY {key} {direction}, p.id {direction} LIMIT %s) rows"
        f" ORDER BY rows.key {direction}, rows.id {direction} LIMIT %s",
        [branches, *params, *after_params, limit, limit],
    )


def _after(key: str, pk: str, direction: str, anchor: Anchor | None) -> tuple[str, list[Any]]:
    if anchor is None:
        return "true", []
    return f"({key}, {pk}) {'>' if direction == 'ASC' else '<'} (%s, %s)", list(anchor)


def _anchor(name: str, number: int) -> Anchor | None:
    try:
        return cache.get(f"anchor:{name}:{number}")
    except RedisError:
        return None


def _remember(name: str, anchors: dict[int, Anchor]) -> None:
    """`anchors`: page number → last row of the page before it."""
    try:
        cache.set_many({f"anchor:{name}:{number}": anchor for number, anchor in anchors.items()}, ANCHOR_AGE)
    except RedisError:
        return
