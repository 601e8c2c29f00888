"""Grow the catalogue to any size: the demo's products over and over, under new names, in large batches."""

import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from catalog import versions
from catalog.models import MovementKind, Photo, Product, StockItem, StockMovement, Variant
from marketplace.demo import catalogue
from marketplace.money import COINS
from sellers.models import Location

BATCH = 2000
Report = Callable[[str, int, int], None]
# What tells a copy from its original: believable names, and enough of them for a million products.
FROM = {
    "co": (
        "Villa de Leyva", "Jardín", "Barichara", "Guatapé", "Mompox", "Filandia", "Salamina", "Honda", "Girón",
        "Monguí", "Ráquira", "Sutatausa", "Aguadas", "Ciénaga", "Lorica", "Pamplona", "Zapatoca", "Suesca",
    ),
    "mz": (
        "Manjacaze", "Mocuba", "Angoche", "Chibuto", "Macia", "Gurué", "Mandlakazi", "Morrumbala", "Dondo",
        "Nhamatanda", "Montepuez", "Cuamba", "Milange", "Homoíne", "Massinga", "Vilankulo", "Ulongué", "Catandica",
    ),
}  # fmt: skip
KIND = {
    "co": ("selección", "edición", "línea", "reserva", "clásico", "taller"),
    "mz": ("seleção", "edição", "linha", "reserva", "clássico", "quinta"),
}


def grow(wanted: int, *, report: Report) -> int:
    """Add products until there are `wanted`; returns how many were made. Pictures are shared.

    What cards.refresh() would find is written at once: a second update of every row would double the time.
    """
    slugs = [item.slug for code in FROM for item in catalogue.read(code).items]
    originals = list(Product.objects.filter(slug__in=slugs, is_listed=True).order_by("market_code", "slug"))
    there = Product.objects.count()
    missing = max(wanted - there, 0)
    photos = {photo.product_id: photo for photo in Photo.objects.filter(product__in=originals, position=0)}
    places = {place.seller_id: place for place in Location.objects.filter(is_default=True)}
    chance = random.Random(f"bulk-{there}")
    now = timezone.now()
    copies = itertools.islice(_copies(originals, there, chance, now), missing)
    made = 0
    while batch := list(itertools.islice(copies, BATCH)):
        _save(batch, photos, places, chance)
        made += len(batch)
        report("products", made, missing)
    versions.bump({shelf for row in originals for shelf in _shelves(row)})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def _shelves(product: Product) -> set[str]:
    return versions.of_product(product.market_code, product.category_id, product.seller_id)


def _copies(
    originals: list[Product], first: int, chance: random.Random, now: datetime
) -> Iterator[tuple[Product, Product]]:
    for number in itertools.count(first):
        source = originals[number % len(originals)]
        coin = COINS[source.market.currency] * (100 if source.market_code == "co" else 1)
        price = (source.price * Decimal(chance.uniform(0.7, 1.6)) / coin).quantize(Decimal(1)) * coin
        kind, place = chance.choice(KIND[source.market_code]), chance.choice(FROM[source.market_code])
        name = f"{source.name} {kind} {place} {number}"
        copy = Product(
            pk=uuid.UUID(int=chance.getrandbits(128), version=4),
            market_code=source.market_code,
            seller_id=source.seller_id,
            category_id=source.category_id,
            name=name,
            slug=slugify(name)[-120:].strip("-"),
            short_description=source.short_description,
            description=source.description,
            language=source.language,
            tags=source.tags,
            unit=source.unit,
            attributes=source.attributes,
            is_organic=source.is_organic,
            is_gluten_free=source.is_gluten_free,
            is_vegan=source.is_vegan,
            allergens=source.allergens,
            nutrition=source.nutrition,
            tax_class=source.tax_class,
            status=source.status,
            review=source.review,
            published_at=now - timedelta(seconds=chance.randint(3600, 300 * 24 * 3600)),
            is_listed=True,
            price=max(price, coin),
            in_stock=True,
            photo=source.photo | {"alt": name[:160]},
            sales_count=int(chance.paretovariate(1.2)) - 1,
        )
        yield source, copy


@transaction.atomic
def _save(
    pairs: list[tuple[Product, Product]],
    photos: dict[uuid.UUID, Photo],
    places: dict[int, Location],
    chance: random.Random,
) -> None:
    products = [copy for _, copy in pairs]
    Product.objects.bulk_create(products)
    Photo.objects.bulk_create(
        Photo(
            product=copy,
            original=photos[source.pk].original.name,
            digest=photos[source.pk].digest,
            alt=copy.name[:160],
            base=photos[source.pk].base,
            width=photos[source.pk].width,
            height=photos[source.pk].height,
            ready_at=photos[source.pk].ready_at,
        )
        for source, copy in pairs
    )
    variants = [
        Variant(product=copy, seller_id=copy.seller_id, sku=f"B-{copy.pk.hex[:16]}", price=copy.price)
        for copy in products
    ]
    Variant.objects.bulk_create(variants)
    lying = [
        StockItem(variant=variant, location=places[variant.seller_id], on_hand=chance.randint(1, 60))
        for variant in variants
    ]
    StockItem.objects.bulk_create(lying)
    StockMovement.objects.bulk_create(
        StockMovement(stock_item=item, kind=MovementKind.RECEIVED, quantity=item.on_hand, source="demo")
        for item in lying
    )
