"""What a visitor asked of a list: words, filters, order and page, with everything senseless left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.categories import Branch, Tree

DIETS = {"organic": _("Organic"), "gluten_free": _("Gluten-free"), "vegan": _("Vegan")}
SORTS = {
    "relevance": _("Relevance"),
    "newest": _("Newest"),
    "price_up": _("Price: low to high"),
    "price_down": _("Price: high to low"),
    "rating": _("Best rated"),
    "best_selling": _("Best selling"),
}
MAX_VALUES = 20
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,120}")


class PriceForm(forms.Form):
    """The two price fields; the rest of a filter cannot be typed, so it needs no messages."""

    price_min = forms.DecimalField(
        label=pgettext_lazy("price", "From"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    price_max = forms.DecimalField(
        label=pgettext_lazy("price", "To"), min_value=0, max_digits=14, decimal_places=2, required=False
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        lowest, highest = values.get("price_min"), values.get("price_max")
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("price_max", _("The highest price is below the lowest."))
        return values


@dataclass(frozen=True, kw_only=True)
class Filters:
    categories: tuple[Branch, ...] = ()
    sellers: tuple[str, ...] = ()
    diets: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    price_form: PriceForm = field(default_factory=PriceForm, compare=False)

    @property
    def active(self) -> bool:
        return bool(self.categories or self.sellers or self.diets or self.in_stock or self.by_price)

    @property
    def by_price(self) -> bool:
        return self.price_min is not None or self.price_max is not None

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal wishes, whatever their order in the address."""
        return (
            sorted(branch.id for branch in self.categories),
            sorted(self.sellers),
            sorted(self.diets),
            str(self.price_min),
            str(self.price_max),
            self.in_stock,
        )


def read(query: QueryDict, tree: Tree) -> Filters:
    """Unknown categories, sellers and diets are ignored; a wrong price is ignored and said so in its form."""
    form = PriceForm(query) if query.get("price_min") or query.get("price_max") else PriceForm()
    prices = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    return Filters(
        categories=tuple(tree.by_slug[slug] for slug in _values(query, "category") if slug in tree.by_slug),
        sellers=tuple(slug for slug in _values(query, "seller") if _SLUG.fullmatch(slug)),
        diets=tuple(diet for diet in _values(query, "diet") if diet in DIETS),
        price_min=prices.get("price_min"),
        price_max=prices.get("price_max"),
        in_stock=query.get("in_stock") == "1",
        price_form=form,
    )


def _values(query: QueryDict, name: str) -> list[str]:
    return list(dict.fromkeys(query.getlist(name)))[:MAX_VALUES]


def read_words(query: QueryDict) -> str:
    """What was typed into the search box, without control characters and overlong tails."""
    words = "".join(" " if char < " " or char == "\x7f" else char for char in query.get("q", "")[:200])
    return " ".join(words.encode("utf-8", "ignore").decode().split())


def read_sort(query: QueryDict, *, default: str, words: str = "") -> str:
    """Relevance needs words to be relevant to."""
    chosen = query.get("sort", "")
    return chosen if chosen in SORTS and (words or chosen != "relevance") else default


def read_page(query: QueryDict) -> int:
    """1 for anything that is no page number."""
    text = query.get("page", "")
    return max(int(text), 1) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else 1
