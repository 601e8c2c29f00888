"""What sellers do with their products: create, revise, publish, pause, archive, reprice, recount."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from catalog import cards, moderation, photos, stock
from catalog.models import TRANSITIONS, Product, ProductEvent, ProductReview, ProductStatus, Variant
from marketplace.accounts.models import User
from marketplace.lifecycle import advance
from sellers.models import Seller

# What a shopper reads: a change of these is looked at again where products are reviewed.
WORDS = frozenset(
    {"name", "short_description", "description", "tags", "attributes", "category_id"}
    | {"is_organic", "is_gluten_free", "is_vegan", "allergens", "nutrition"}
)
STOCK = "on_hand"


class LastVariant(Exception):
    """A product needs at least one variant that can be bought."""


class SkuTaken(Exception):
    """Another variant of this seller got the item number first."""


@transaction.atomic
def create(
    *,
    seller: Seller,
    by: User,
    product: dict[str, Any],
    variant: dict[str, Any],
    pictures: Sequence[UploadedFile] = (),
    publish: bool = False,
) -> Product:
    """A draft with its first variant, stock and pictures; `publish` offers it at once. Raises SkuTaken."""
    made = Product.objects.create(
        seller=seller,
        market_code=seller.market_code,
        slug=_free_slug(seller.market_code, product["name"]),
        **product,
    )
    add_variant(product=made, values=variant)
    for picture in pictures:
        photos.add(made, picture)
    _record(made, "created", by)
    if publish:
        offer(product=made, by=by)
    made.refresh_from_db()
    return made


@transaction.atomic
def revise(*, product: Product, by: User, changes: dict[str, Any]) -> None:
    """Write only what differs; the address stays, for links out there lead to it.

    Changed words of a live product are noted for staff and stay up meanwhile; a rejected product goes back
    into the queue.
    """
    different = {name: value for name, value in changes.items() if getattr(product, name) != value}
    if not different:
        return
    for name, value in different.items():
        setattr(product, name, value)
    product.save(update_fields=[*different, "updated_at"])
    if WORDS & different.keys():
        _record(product, "revised", by, ", ".join(sorted(WORDS & different.keys())))
        if product.review == ProductReview.REJECTED:
            moderation.submit(product=product, by=by)
    cards.refresh([product.pk])


@transaction.atomic
def offer(*, product: Product, by: User) -> None:
    """Put it up for sale; whether shoppers see it at once is for the market's review to say."""
    advance(product, ProductStatus.ACTIVE, transitions=TRANSITIONS)
    _record(product, "offered", by)
    moderation.submit(product=product, by=by)
    cards.refresh([product.pk])


@transaction.atomic
def pause(*, product: Product, by: User) -> None:
    advance(product, ProductStatus.INACTIVE, transitions=TRANSITIONS, is_listed=False)
    _record(product, "paused", by)
    cards.refresh([product.pk])


@transaction.atomic
def archive(*, product: Product, by: User) -> None:
    """Out of sight for good, kept for the orders that name it (MS-PRD-22)."""
    advance(
        product, ProductStatus.ARCHIVED, transitions=TRANSITIONS, is_listed=False, deleted_at=timezone.now()
    )
    _record(product, "archived", by)
    cards.refresh([product.pk])


@transaction.atomic
def restore(*, product: Product, by: User) -> None:
    """Out of the archive, still paused."""
    advance(product, ProductStatus.INACTIVE, transitions=TRANSITIONS, deleted_at=None)
    _record(product, "restored", by)


@transaction.atomic
def add_variant(*, product: Product, values: dict[str, Any]) -> Variant:
    """Raises SkuTaken."""
    on_hand = values.pop(STOCK, None)
    values["sku"] = values.get("sku") or _new_sku(product)
    _claim_sku(product.seller, values["sku"])
    position = product.variants.count()
    variant = Variant.objects.create(product=product, seller=product.seller, position=position, **values)
    if on_hand:
        stock.receive(variant, on_hand)
    cards.refresh([product.pk])
    return variant


@transaction.atomic
def revise_variant(*, variant: Variant, changes: dict[str, Any]) -> None:
    """Price and stock pass at once; carts see the new price, placed orders keep theirs.

    Nothing is counted where STOCK is None. Raises catalog.stock.BelowReserved and SkuTaken. Stock first:
    its lock comes before the product's.
    """
    on_hand = changes.pop(STOCK, None)
    if on_hand is not None:
        stock.adjust(variant, on_hand)
    different = {name: value for name, value in changes.items() if getattr(variant, name) != value}
    if "sku" in different:
        _claim_sku(variant.seller, different["sku"])
    for name, value in different.items():
        setattr(variant, name, value)
    if different:
        variant.save(update_fields=[*different, "updated_at"])
        cards.refresh([variant.product_id])


def reprice(*, variant: Variant, price: Decimal, on_hand: int | None) -> None:
    """The quick edit of the list: a struck price that is no longer above the price goes."""
    changes: dict[str, Any] = {"price": price, STOCK: on_hand}
    if variant.compare_price is not None and variant.compare_price <= price:
        changes["compare_price"] = None
    revise_variant(variant=variant, changes=changes)


@transaction.atomic
def withdraw_variant(*, variant: Variant) -> None:
    """Take one off sale; orders still name it. Raises LastVariant."""
    Product.objects.select_for_update().get(pk=variant.product_id)
    others = Variant.objects.filter(product=variant.product_id, is_active=True).exclude(pk=variant.pk)
    if not others.exists():
        raise LastVariant
    Variant.objects.filter(pk=variant.pk).update(is_active=False)
    cards.refresh([variant.product_id])


def _free_slug(market_code: str, name: str) -> str:
    """`tomates-organicos`; with a tail when somebody else has that address."""
    slug = slugify(name)[:100].strip("-") or "product"
    _wait_for(f"slug {market_code} {slug}")
    taken = Product.objects.filter(market_code=market_code, slug=slug).exists()
    return f"{slug}-{secrets.token_hex(3)}" if taken else slug


def _claim_sku(seller: Seller, sku: str) -> None:
    """The form has looked already; this is for two who send at once."""
    _wait_for(f"sku {seller.pk} {sku}")
    if Variant.objects.filter(seller=seller, sku=sku).exists():
        raise SkuTaken(sku)


def _wait_for(name: str) -> None:
    """Let nobody else take this name until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _new_sku(product: Product) -> str:
    return f"{slugify(product.name)[:12].strip('-').upper() or 'P'}-{secrets.token_hex(3).upper()}"


def _record(product: Product, kind: str, by: User, reason: str = "") -> None:
    ProductEvent.objects.create(product=product, kind=kind, by=by, reason=reason)
