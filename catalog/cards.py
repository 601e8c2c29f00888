"""What a list shows of a product: kept on its row, rendered once per language, fetched in one round trip."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Container, Iterable, Sequence
from functools import cache as remember
from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from redis.exceptions import RedisError

from catalog import versions
from catalog.models import Product

log = structlog.get_logger(__name__)
TEMPLATE = "catalog/_card.html"
CARD_AGE = 24 * 3600

_REFRESH = """
WITH offered AS (
    SELECT DISTINCT ON (v.product_id) v.product_id, v.price, v.compare_price,
        max(v.price) OVER whole > min(v.price) OVER whole AS has_price_range
    FROM catalog_variant v WHERE v.product_id = ANY(%(ids)s) AND v.is_active
    WINDOW whole AS (PARTITION BY v.product_id)
    ORDER BY v.product_id, v.price, v.position, v.id
), stocked AS (
    SELECT v.product_id, bool_or(s.on_hand > s.reserved) AS in_stock
    FROM catalog_variant v JOIN catalog_stockitem s ON s.variant_id = v.id
    WHERE v.product_id = ANY(%(ids)s) AND v.is_active GROUP BY v.product_id
), pictured AS (
    SELECT DISTINCT ON (product_id) product_id,
        jsonb_build_object('base', base, 'w', width, 'h', height, 'alt', alt) AS photo
    FROM catalog_photo WHERE product_id = ANY(%(ids)s) AND ready_at IS NOT NULL
    ORDER BY product_id, position, id
), rated AS (
    SELECT product_id, round(avg(rating), 2) AS average, count(*) AS number
    FROM catalog_review WHERE product_id = ANY(%(ids)s) AND status = 'approved' GROUP BY product_id
), shown AS (
    SELECT p.id, coalesce(offered.price, 0) AS price, offered.compare_price,
        coalesce(offered.has_price_range, false) AS has_price_range,
        coalesce(stocked.in_stock, false) AS in_stock,
        coalesce(pictured.photo, '{}'::jsonb) AS photo,
        coalesce(rated.average, 0) AS rating_average, coalesce(rated.number, 0) AS rating_count,
        catalog_is_listed(p.status, p.review, p.deleted_at, coalesce(offered.price, 0), s.status) AS is_listed
    FROM catalog_product p JOIN sellers_seller s ON s.id = p.seller_id
    LEFT JOIN offered ON offered.product_id = p.id LEFT JOIN stocked ON stocked.product_id = p.id
    LEFT JOIN pictured ON pictured.product_id = p.id LEFT JOIN rated ON rated.product_id = p.id
    WHERE p.id = ANY(%(ids)s) ORDER BY p.id FOR UPDATE OF p
)
UPDATE catalog_product p SET
    price = shown.price, compare_price = shown.compare_price, has_price_range = shown.has_price_range,
    in_stock = shown.in_stock, photo = shown.photo, rating_average = shown.rating_average,
    rating_count = shown.rating_count, is_listed = shown.is_listed, version = p.version + 1,
    published_at = CASE WHEN shown.is_listed THEN coalesce(p.published_at, now()) ELSE p.published_at END
FROM shown WHERE p.id = shown.id
RETURNING p.market_code, p.category_id, p.seller_id
"""


def refresh(product_ids: Iterable[uuid.UUID]) -> None:
    """Recompute the card columns of products, whether they are listed, and turn their version."""
    ids = list(product_ids)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, {"ids": ids})
        shelves = {shelf for row in set(cursor.fetchall()) for shelf in versions.of_product(*row)}
    versions.bump(shelves)


def refresh_seller(seller_id: int) -> None:
    """All products of a store, in helpings that keep locks short."""
    ids = list(Product.objects.filter(seller_id=seller_id).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), 500):
        with transaction.atomic():
            refresh(ids[start : start + 500])


@shared_task
def repair_availability() -> int:
    """Find cards that are wrong about "sold out": two sales in one instant can leave one behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM catalog_product p WHERE p.is_listed AND p.in_stock <> EXISTS ("
            " SELECT 1 FROM catalog_variant v JOIN catalog_stockitem s ON s.variant_id = v.id"
            " WHERE v.product_id = p.id AND v.is_active AND s.on_hand > s.reserved) LIMIT 1000"
        )
        ids = [row[0] for row in cursor.fetchall()]
    refresh(ids)
    return len(ids)


def render_cards(
    products: Sequence[tuple[uuid.UUID, int]], *, wished: Container[uuid.UUID] = (), eager: int = 0
) -> list[SafeString]:
    """The cards of (id, version) pairs in their order: one look into Redis, one query for what is missing.

    What is cached is the same for everybody; the hearts of this visitor and the haste of the first pictures
    are put in afterwards.
    """
    suffix = f"{get_language() or 'en'}:{_edition()}"
    keys = {product_id: f"card:{product_id}:{version}:{suffix}" for product_id, version in products}
    known = _get_many(list(keys.values()))
    if missing := [product_id for product_id, key in keys.items() if key not in known]:
        fresh = {keys[product_id]: html for product_id, html in _render(missing).items()}
        _set_many(fresh)
        known |= fresh
    shown = [(product_id, known[key]) for product_id, key in keys.items() if key in known]
    return [_personal(html, place < eager, pk in wished) for place, (pk, html) in enumerate(shown)]


def _personal(html: str, eager: bool, wished: bool) -> SafeString:
    if eager:
        html = html.replace('loading="lazy"', 'loading="eager"', 1)
    if wished:
        html = html.replace('aria-pressed="false"', 'aria-pressed="true"', 1)
    return mark_safe(html)  # noqa: S308  rendered and escaped by our own template


def _render(product_ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    template = get_template(TEMPLATE)
    products = Product.objects.filter(pk__in=product_ids).select_related("seller")
    return {
        product.pk: template.render({"product": product, "market": product.market}).strip()
        for product in products
    }


@remember
def _edition() -> str:
    """Changes with the card's template and the translations, so that a deploy never shows yesterday's."""
    digest = hashlib.sha256(get_template(TEMPLATE).template.source.encode())  # type: ignore[attr-defined]
    for folder in settings.LOCALE_PATHS:
        for catalogue in sorted(Path(folder).rglob("*.po")):
            digest.update(catalogue.read_bytes())
    return digest.hexdigest()[:8]


def _get_many(keys: list[str]) -> dict[str, str]:
    try:
        return cache.get_many(keys)
    except RedisError:
        log.warning("cache_unavailable", keys=len(keys))
        return {}


def _set_many(values: dict[str, str]) -> None:
    try:
        cache.set_many(values, CARD_AGE)
    except RedisError:
        log.warning("cache_unavailable", keys=len(values))
