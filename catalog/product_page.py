"""What the product page shows: two statements for what must be live, the rest from the cache by version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Value
from django.http import Http404
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from catalog import cards, listing, storefronts, versions
from catalog.assortment import available
from catalog.categories import Branch, Tree
from catalog.listing import Question
from catalog.models import Product, Review, ReviewStatus, Variant, Wish
from catalog.templatetags.pictures import rendition, shape
from marketplace.http import Request
from marketplace.markets.base import Market

log = structlog.get_logger(__name__)
DETAILS_AGE = 3600
REVIEWS_PER_PAGE = 10
RELATED = 8
# (key in Product.nutrition, label, unit, part of the line above)
NUTRITION = (
    ("calories", _("Energy"), "kcal", False),
    ("fat", _("Fat"), "g", False),
    ("carbs", _("Carbohydrates"), "g", False),
    ("sugar", _("of which sugars"), "g", True),
    ("fiber", _("Fibre"), "g", False),
    ("protein", _("Protein"), "g", False),
)
ALLERGENS = {
    "gluten": _("Gluten"),
    "milk": _("Milk"),
    "eggs": _("Eggs"),
    "nuts": _("Nuts"),
    "peanuts": _("Peanuts"),
    "soy": _("Soy"),
    "fish": _("Fish"),
    "crustaceans": _("Crustaceans"),
    "sesame": _("Sesame"),
    "celery": _("Celery"),
    "mustard": _("Mustard"),
    "sulphites": _("Sulphites"),
}


@dataclass(frozen=True, kw_only=True)
class Star:
    """One bar of the histogram."""

    stars: int
    count: int
    percent: int


@dataclass(frozen=True, kw_only=True)
class Details:
    """What changes only with the product's version."""

    photos: list[dict[str, Any]]
    reviews: list[Review]
    histogram: list[Star]


def find(request: Request, slug: str) -> Product:
    """A listed product of this market with its store, ways of delivery and this visitor's heart, or 404."""
    wished = Wish.objects.filter(user_id=request.user.pk, product=OuterRef("pk"))
    product = (
        Product.objects.on_sale(request.market)
        .select_related("seller")
        .defer("search", "review_reason", "seller__document_number")
        .annotate(
            delivery=storefronts.delivery_rows("seller_id"),
            is_wished=Exists(wished) if request.user.is_authenticated else Value(False),
        )
        .filter(slug=slug)
        .first()
    )
    if product is None:
        raise Http404
    return product


def variants_of(product: Product) -> list[Variant]:
    """What can be bought, with how many there are right now."""
    return list(
        product.variants.filter(is_active=True).annotate(available=available()).order_by("position", "pk")
    )


def choose(variants: list[Variant], wanted: str) -> Variant:
    """The variant asked for, else the cheapest that can be had."""
    for variant in variants:
        if str(variant.pk) == wanted:
            return variant
    return min(
        variants,
        key=lambda variant: (variant.available < 1, variant.price, variant.position),  # type: ignore[attr-defined]
    )


def details(product: Product) -> Details:
    """From the cache; its key carries the version, so nothing here needs deleting."""
    key = f"details:{product.pk}:{product.version}"
    try:
        known: Details | None = cache.get(key)
    except RedisError:
        log.warning("cache_unavailable", key=key)
        return _details(product)
    if known is None:
        known = _details(product)
        cache.set(key, known, DETAILS_AGE)
    return known


def _details(product: Product) -> Details:
    photos = [dict(shape(photo)) for photo in product.photos.filter(ready_at__isnull=False)]
    found = product.reviews.filter(status=ReviewStatus.APPROVED)
    counts = dict(found.order_by().values_list("rating").annotate(Count("pk")))
    total = sum(counts.values())
    histogram = [
        Star(stars=stars, count=counts.get(stars, 0), percent=round(100 * counts.get(stars, 0) / total))
        for stars in (5, 4, 3, 2, 1)
        if total
    ]
    return Details(photos=photos, reviews=reviews_of(product, 1), histogram=histogram)


def reviews_of(product: Product, page: int) -> list[Review]:
    """The newest first, one more than a page holds: it says whether there is another page."""
    start = (page - 1) * REVIEWS_PER_PAGE
    approved = product.reviews.filter(status=ReviewStatus.APPROVED).order_by("-created_at", "-pk")
    return list(approved[start : start + REVIEWS_PER_PAGE + 1])


def related(product: Product, branch: Branch | None, tree: Tree, market: Market) -> list[SafeString]:
    """Best sellers of the same category, shared by all its products until one of them changes."""
    if branch is None:
        return []
    key = f"related:{branch.id}:{versions.read([versions.category_shelf(branch.id)])}"
    try:
        pairs = cache.get(key)
        if pairs is None:
            pairs = _best_sellers(branch, tree, market)
            cache.set(key, pairs, listing.ANCHOR_AGE)
    except RedisError:
        pairs = _best_sellers(branch, tree, market)
    return cards.render_cards([pair for pair in pairs if pair[0] != product.pk][:RELATED])


def _best_sellers(branch: Branch, tree: Tree, market: Market) -> list[tuple[Any, int]]:
    question = Question(market=market, tree=tree, branch=branch, sort="best_selling")
    return listing.first(question, RELATED + 1)


def nutrition_rows(product: Product) -> list[tuple[Any, Any, str, bool]]:
    return [
        (label, product.nutrition[key], unit, part)
        for key, label, unit, part in NUTRITION
        if key in product.nutrition
    ]


def allergen_names(product: Product) -> list[Any]:
    return [ALLERGENS.get(allergen, allergen) for allergen in product.allergens]


def context(request: Request, product: Product, variants: list[Variant]) -> dict[str, Any]:
    """What `catalog/product.html` shows of the product itself."""
    return {
        "product": product,
        "seller": product.seller,
        "variants": variants,
        "details": details(product),
        "deliveries": storefronts.deliveries(product.delivery, request.market),  # type: ignore[attr-defined]
        "tax_class": request.market.tax_classes.get(product.tax_class),
        "nutrition": nutrition_rows(product),
        "allergens": allergen_names(product),
        "address": request.build_absolute_uri(product.get_absolute_url()),
        "structured": structured(request, product, variants),
    }


def structured(request: Request, product: Product, variants: list[Variant]) -> SafeString:
    """Product and offer for search engines, as JSON that cannot leave its <script>."""
    prices = [variant.price for variant in variants]
    at_hand = any(variant.available > 0 for variant in variants)  # type: ignore[attr-defined]
    offer: dict[str, Any] = {
        "@type": "AggregateOffer" if len(variants) > 1 else "Offer",
        "priceCurrency": product.currency,
        "availability": f"https://schema.org/{'InStock' if at_hand else 'OutOfStock'}",
        "seller": {"@type": "Organization", "name": product.seller.business_name},
        "url": request.build_absolute_uri(product.get_absolute_url()),
    }
    offer |= (
        {"lowPrice": str(min(prices)), "highPrice": str(max(prices)), "offerCount": len(prices)}
        if len(variants) > 1
        else {"price": str(prices[0])}
    )
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "description": product.short_description or product.description[:500],
        "sku": variants[0].sku,
        "offers": offer,
    }
    if product.photo:
        described["image"] = request.build_absolute_uri(rendition(product.photo, 1280))
    if product.rating_count:
        described["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(product.rating_average.quantize(Decimal("0.1"))),
            "reviewCount": product.rating_count,
        }
    return _for_script(described)


def _for_script(content: dict[str, Any]) -> SafeString:
    text = json.dumps(content, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return mark_safe(text)  # noqa: S308  nothing in it can close the element
