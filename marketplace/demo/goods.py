"""The shelves and products of the demo, with variants, stock and photos."""

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.text import slugify

from catalog import cards, categories
from catalog.models import (
    Category,
    MovementKind,
    Photo,
    Product,
    ProductReview,
    ProductStatus,
    StockItem,
    StockMovement,
    Variant,
)
from marketplace import markets
from marketplace.demo import catalogue, pictures
from marketplace.demo.catalogue import Choice, Item, Words
from sellers.models import Location, Seller

# What a part of a combined variant may be short of, so that "sold out" can be seen.
SOMETIMES_SOLD_OUT = 14
COST_SHARE = Decimal("0.6")


def put_up_shelves(words: Words) -> dict[str, Category]:
    """The category tree, main categories with a picture."""
    shelves: dict[str, Category] = {}
    for level in (0, 1):
        rows = [shelf for shelf in words.shelves.values() if bool(shelf.parent) == bool(level)]
        made = [
            Category(
                market_code=words.market,
                parent=shelves.get(shelf.parent),
                level=level,
                slug=shelf.slug,
                name_en=shelf.names[0],
                name_es=shelf.names[1],
                name_pt=shelf.names[2],
                icon=shelf.icon,
                image=_hang(f"category-{words.market}-{shelf.slug}") if shelf.picture else "",
                position=position,
            )
            for position, shelf in enumerate(rows)
        ]
        Category.objects.bulk_create(made)
        shelves |= {category.slug: category for category in made}
    categories.changed(words.market)
    return shelves


def _hang(name: str) -> str:
    path = f"categories/{name}.webp"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(pictures.original(name)))
    return path


def fill(
    words: Words,
    items: list[Item],
    *,
    stores: Mapping[str, Seller],
    shelves: Mapping[str, Category],
    report: Callable[[int, int], None],
) -> list[Product]:
    """All products of a market with everything that belongs to them."""
    chance = random.Random(f"goods-{words.market}")
    now = timezone.now()
    promises = {row["slug"]: row["promise"] for row in words.sellers}
    names = [name for item in items for name in (item.picture, item.close_up)]
    shown = pictures.develop(filter(None, names), report=report)
    products = [
        _product(words, item, stores[item.seller], shelves[item.shelf], promises[item.seller], chance, now)
        for item in items
    ]
    Product.objects.bulk_create(products)
    pairs = list(zip(products, items, strict=True))
    Photo.objects.bulk_create(
        _photo(product, shown[name], position, now)
        for product, item in pairs
        for position, name in enumerate(filter(None, (item.picture, item.close_up)))
    )
    prefixes = {row["slug"]: row["sku"] for row in words.sellers}
    variants = [
        variant
        for number, (product, item) in enumerate(pairs, start=1)
        for variant in _variants(product, item, f"{prefixes[item.seller]}-{number:04d}")
    ]
    Variant.objects.bulk_create(variants)
    stock_up(variants, {product.pk: item for product, item in pairs}, chance)
    cards.refresh([product.pk for product in products])
    return products


def _product(
    words: Words,
    item: Item,
    store: Seller,
    shelf: Category,
    promise: str,
    chance: random.Random,
    now: datetime,
) -> Product:
    market = markets.get(words.market)
    detail = words.shelves[item.shelf].detail
    is_food = bool(item.nutrition)
    return Product(
        pk=uuid.uuid5(uuid.NAMESPACE_URL, item.picture),  # the same on every machine
        market_code=words.market,
        seller=store,
        category=shelf,
        name=item.name,
        slug=item.slug,
        short_description=item.short,
        description="\n\n".join([*chance.sample(detail, len(detail)), promise]),
        language=words.language,
        tags=tags_of(item, words),
        unit=item.unit,
        attributes=[{"name": name, "value": value} for name, value in item.attributes],
        is_organic="o" in item.flags,
        is_gluten_free="g" in item.flags,
        is_vegan="v" in item.flags,
        allergens=list(item.allergens),
        nutrition=catalogue.nutrition()[item.nutrition] if is_food else {},
        tax_class=item.tax or market.default_tax_class,
        status=ProductStatus.ACTIVE,
        review=ProductReview.APPROVED,
        is_featured="f" in item.flags,
        published_at=now - timedelta(minutes=chance.randint(60, 75 * 24 * 60)),
        sales_count=int(chance.paretovariate(1.1) * (6 if "f" in item.flags else 2)) - 1,
    )


def tags_of(item: Item, words: Words) -> list[str]:
    """What people may type to find it: the shelf, and what it is made for."""
    column = {"es": 1, "pt": 2}[words.language]
    shelf = words.shelves[item.shelf]
    names = [shelf.names[column]] + ([words.shelves[shelf.parent].names[column]] if shelf.parent else [])
    return [name.lower() for name in names]


def _photo(product: Product, shown: pictures.Shown, position: int, now: datetime) -> Photo:
    return Photo(
        product=product,
        original=shown.original,
        digest=shown.digest,
        alt=product.name[:160],
        position=position,
        width=shown.width,
        height=shown.height,
        base=shown.base,
        ready_at=now,
    )


def _variants(product: Product, item: Item, sku: str) -> Iterator[Variant]:
    for position, choice in enumerate(item.choices):
        yield Variant(
            product=product,
            seller=product.seller,
            sku=_sku(sku, choice),
            options=choice.options,
            price=choice.price,
            compare_price=item.compare_price,
            cost_price=(choice.price * COST_SHARE).quantize(Decimal(1)),
            weight_kg=choice.weight(item.weight),
            position=position,
        )


def _sku(base: str, choice: Choice) -> str:
    return "-".join([base, *(slugify(value).upper() for value in choice.options.values())])[:100]


def stock_up(variants: list[Variant], items: Mapping[object, Item], chance: random.Random) -> None:
    """Goods on hand in every store's default place, received by a movement, as the books want it."""
    places = {place.seller_id: place for place in Location.objects.filter(is_default=True)}
    lying = []
    for variant in variants:
        item = items[variant.product_id]
        on_hand = item.stock
        if on_hand is None:
            is_short = len(item.choices) > 2 and chance.randrange(SOMETIMES_SOLD_OUT) == 0
            on_hand = 0 if is_short else chance.randint(9, 90)
        lying.append(StockItem(variant=variant, location=places[variant.seller_id], on_hand=on_hand))
    StockItem.objects.bulk_create(lying)
    StockMovement.objects.bulk_create(
        StockMovement(stock_item=item, kind=MovementKind.RECEIVED, quantity=item.on_hand, source="demo")
        for item in lying
        if item.on_hand
    )
