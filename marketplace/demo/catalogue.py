"""The words of the demo: stores, shelves, products and opinions, read from the files in words/."""

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

WORDS = Path(__file__).parent / "words"
NUTRIENTS = ("calories", "protein", "carbs", "fat", "fiber", "sugar")
TAX = {
    "co": {"5": "CO_REDUCED_5", "0": "CO_EXEMPT_0", "X": "CO_EXCLUDED", "19": "CO_GENERAL_19"},
    "mz": {"16": "MZ_GENERAL_16", "5": "MZ_REDUCED_5", "X": "MZ_EXEMPT"},
}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A category: its names in the three languages, and how its pictures are coloured."""

    slug: str
    names: tuple[str, str, str]  # en, es, pt
    icon: str
    palette: str
    picture: str
    parent: str = ""
    tax: str = ""
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One variant: `{"Talla": "M"}` and what it costs if that differs."""

    options: dict[str, str]
    price: Decimal

    def weight(self, usual: Decimal) -> Decimal:
        """In kilograms: what the size of the pack says, else what the product usually weighs."""
        for value in self.options.values():
            if size := re.fullmatch(r"([\d.]+) (g|kg|ml)", value):
                return Decimal(size[1]) / (1 if size[2] == "kg" else 1000)
        return usual


@dataclass(frozen=True, kw_only=True)
class Item:
    """One product as its line in the words says."""

    market: str
    seller: str
    shelf: str
    name: str
    price: Decimal
    compare_price: Decimal | None
    unit: str
    scene: str
    short: str
    choices: tuple[Choice, ...]
    flags: frozenset[str]  # o organic, v vegan, g gluten-free, f featured
    tax: str
    allergens: tuple[str, ...]
    nutrition: str
    stock: int | None
    weight: Decimal
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def slug(self) -> str:
        return slugify(self.name)[:110]

    @property
    def picture(self) -> str:
        return f"{self.market}-{self.slug}"

    @property
    def close_up(self) -> str:
        """A second picture, for the featured products."""
        return f"{self.picture}-close" if "f" in self.flags else ""


@dataclass(frozen=True, kw_only=True)
class Words:
    market: str
    language: str
    sellers: list[dict[str, Any]]
    applicants: list[dict[str, Any]]
    shoppers: list[dict[str, Any]]
    reviews: dict[str, list[Any]]
    shelves: dict[str, Shelf]
    items: list[Item] = field(default_factory=list)


@cache
def read(market: str) -> Words:
    """Everything the demo says about one market."""
    table = tomllib.loads((WORDS / f"{market}.toml").read_text())
    shelves = {shelf.slug: shelf for shelf in _shelves(table["categories"])}
    items = [
        item for path in sorted((WORDS / market).glob("*.psv")) for item in _items(path, market, shelves)
    ]
    return Words(
        market=market,
        language=table["language"],
        sellers=table["sellers"],
        applicants=table.get("applicants", []),
        shoppers=table["shoppers"],
        reviews=table["reviews"],
        shelves=shelves,
        items=items,
    )


@cache
def nutrition() -> dict[str, dict[str, float]]:
    """What 100 g of a food hold, by its key."""
    table = tomllib.loads((WORDS / "nutrition.toml").read_text())
    return {key: dict(zip(NUTRIENTS, values, strict=True)) for key, values in table.items()}


def _shelves(rows: list[dict[str, Any]]) -> list[Shelf]:
    shelves = []
    for row in rows:
        common = {"tax": row.get("tax", ""), "detail": tuple(row["detail"])}
        main = Shelf(
            slug=row["slug"], names=tuple(row["names"]), icon=row["icon"], palette=row["palette"],
            picture=row["picture"], **common,
        )  # fmt: skip
        shelves.append(main)
        for slug, en, es, pt, icon, *palette in row.get("children", []):
            shelves.append(
                Shelf(
                    slug=slug,
                    names=(en, es, pt),
                    icon=icon,
                    palette=palette[0] if palette else main.palette,
                    picture="",
                    parent=main.slug,
                    **common,
                )  # fmt: skip
            )
    return shelves


def _items(path: Path, market: str, shelves: dict[str, Shelf]) -> list[Item]:
    seller = shelf = ""
    items = []
    for line in path.read_text().splitlines():
        if line.startswith("## "):
            seller = line[3:].strip()
        elif line.startswith("# "):
            shelf = line[2:].strip()
        elif line.strip():
            items.append(_item(line, market=market, seller=seller, shelf=shelves[shelf]))
    return items


def _item(line: str, *, market: str, seller: str, shelf: Shelf) -> Item:
    name, prices, unit, scene, traits, short = line.split("|")
    price, _, compare = prices.partition("<")
    flags, single, options, attributes = set(), {}, {}, []
    for trait in filter(None, traits.split(";")):
        key, _, value = trait.partition("=")
        if not value:
            flags.add(key)
        elif key.startswith("@"):
            attributes.append((key[1:], value))
        elif len(key) == 1:
            single[key] = value
        else:
            options[key] = value.split(",")
    tax = TAX[market][single["t"]] if "t" in single else shelf.tax
    return Item(
        market=market,
        seller=seller,
        shelf=shelf.slug,
        name=name,
        price=Decimal(price),
        compare_price=Decimal(compare) if compare else None,
        unit=unit,
        scene=scene,
        short=short,
        choices=_choices(options, Decimal(price)),
        flags=frozenset(flags),
        tax=tax,
        allergens=tuple(filter(None, single.get("a", "").split(","))),
        nutrition=single.get("n", ""),
        stock=int(single["s"]) if "s" in single else None,
        weight=Decimal(single.get("w", "0.5")),
        attributes=tuple(attributes),
    )


def _choices(options: dict[str, list[str]], price: Decimal) -> tuple[Choice, ...]:
    """Every combination; `250 g:32900` gives a value its own price."""
    combined: list[tuple[dict[str, str], Decimal]] = [({}, price)]
    for name, values in options.items():
        combined = [
            (chosen | {name: value.partition(":")[0]}, Decimal(value.partition(":")[2] or cost))
            for chosen, cost in combined
            for value in values
        ]
    return tuple(Choice(options=chosen, price=cost) for chosen, cost in combined)
