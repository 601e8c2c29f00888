"""What a list page shows round its cards: facets, chips of what is chosen, and ways of sorting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog import cards, wishes
from catalog.categories import Branch
from catalog.facets import SELLERS_SHOWN, Survey
from catalog.filters import DIETS, SORTS, Filters
from catalog.listing import Question, Slice
from marketplace.http import Request
from marketplace.money import Money, format_money

EAGER_CARDS = 4
_FILTER_NAMES = ("category", "seller", "diet", "in_stock", "price_min", "price_max")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value of a facet."""

    value: str
    label: str
    count: int
    selected: bool

    @property
    def disabled(self) -> bool:
        return not self.count and not self.selected


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter in use and the address of the list without it."""

    label: str
    query: str


def context(request: Request, question: Question, page: Slice) -> dict[str, Any]:
    """Everything `catalog/_list.html` needs."""
    filters, survey = question.filters, page.survey
    wished = wishes.among(request, [pk for pk, _version in page.rows])
    return {
        "question": question,
        "filters": filters,
        "page": page,
        "cards": cards.render_cards(page.rows, wished=wished, eager=EAGER_CARDS),
        "categories": category_options(question, survey),
        "sellers": [] if question.seller_id else seller_options(filters, survey),
        "diets": diet_options(question, survey),
        "in_stock": Option(value="1", label="", count=survey.in_stock, selected=filters.in_stock),
        "price_form": filters.price_form,
        "price_min": survey.price_min,
        "price_max": survey.price_max,
        "chips": list(chips(request.GET, question, survey)),
        "cleared": _without(request.GET, *_FILTER_NAMES),
        "sorts": [(value, label) for value, label in SORTS.items() if question.words or value != "relevance"],
        "kept": _pairs(request.GET, "sort"),
        "kept_by_filters": _pairs(request.GET, *_FILTER_NAMES),
    }


def category_options(question: Question, survey: Survey) -> list[Option]:
    """The level below where the visitor stands; counts of sub-categories are added up."""
    below = question.branch.children if question.branch else question.tree.roots
    depth = len(question.branch.path) if question.branch else 0
    counts: Counter[int] = Counter()
    for category_id, number in survey.categories.items():
        branch = question.tree.by_id.get(category_id)
        if branch and len(branch.path) > depth:
            counts[branch.path[depth].id] += number
    chosen = set(question.filters.categories)
    return [
        Option(value=branch.slug, label=branch.name, count=counts[branch.id], selected=branch in chosen)
        for branch in below
        if counts[branch.id] or branch in chosen
    ]


def seller_options(filters: Filters, survey: Survey) -> list[Option]:
    """The stores with most products, and those that are chosen."""
    return [
        Option(value=slug, label=name, count=number, selected=slug in filters.sellers)
        for place, (slug, name, number) in enumerate(survey.sellers)
        if place < SELLERS_SHOWN or slug in filters.sellers
    ]


def diet_options(question: Question, survey: Survey) -> list[Option]:
    """Only where food is sold: a market without such goods needs no such filter."""
    options = [
        Option(
            value=diet,
            label=str(DIETS[diet]),
            count=survey.diets.get(diet, 0),
            selected=diet in question.filters.diets,
        )
        for diet in question.market.diets
    ]
    return options if any(option.count or option.selected for option in options) else []


def chips(query: QueryDict, question: Question, survey: Survey) -> Iterator[Chip]:
    filters, market = question.filters, question.market
    names = {slug: name for slug, name, _number in survey.sellers}
    for branch in filters.categories:
        yield Chip(label=branch.name, query=_without_value(query, "category", branch.slug))
    for slug in filters.sellers:
        yield Chip(label=names.get(slug, slug), query=_without_value(query, "seller", slug))
    for diet in filters.diets:
        yield Chip(label=str(DIETS[diet]), query=_without_value(query, "diet", diet))
    if filters.in_stock:
        yield Chip(label=_("In stock"), query=_without(query, "in_stock"))
    for name, amount, text in (
        ("price_min", filters.price_min, _("From %(price)s")),
        ("price_max", filters.price_max, _("Up to %(price)s")),
    ):
        if amount is not None:
            shown = format_money(Money(amount, market.currency), question.language)
            yield Chip(label=text % {"price": shown}, query=_without(query, name))


def branch_crumbs(branch: Branch, *, last: bool = True) -> list[tuple[str, str]]:
    """(name, url) from the main category down; the page itself has no url."""
    crumbs = [(step.name, step.url) for step in branch.path]
    return [*crumbs[:-1], (crumbs[-1][0], "")] if last else crumbs


def _without(query: QueryDict, *names: str) -> str:
    left = query.copy()
    for name in (*names, "page"):
        left.pop(name, None)
    return f"?{left.urlencode()}"


def _without_value(query: QueryDict, name: str, value: str) -> str:
    left = query.copy()
    left.setlist(name, [kept for kept in query.getlist(name) if kept != value])
    left.pop("page", None)
    return f"?{left.urlencode()}"


def _pairs(query: QueryDict, *names: str) -> list[tuple[str, str]]:
    """What a form must carry along as hidden fields, besides the names it holds itself."""
    return [
        (name, value)
        for name, values in query.lists()
        if name not in (*names, "page")
        for value in values[:20]
        if name in (*_FILTER_NAMES, "q", "sort", "exact")
    ]
