"""Products, their variants and their pictures."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.files.storage import Storage, storages
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.category import Category
from marketplace.lifecycle import Transitions
from marketplace.markets.base import Market
from marketplace.models import InMarket, Timed
from sellers.models import Seller


class ProductStatus(models.TextChoices):
    """What the seller wishes (CF-05)."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Paused")
    ARCHIVED = "archived", _("Archived")


TRANSITIONS: Transitions = {
    ProductStatus.DRAFT: frozenset({ProductStatus.ACTIVE, ProductStatus.ARCHIVED}),
    ProductStatus.ACTIVE: frozenset({ProductStatus.INACTIVE, ProductStatus.ARCHIVED}),
    ProductStatus.INACTIVE: frozenset({ProductStatus.ACTIVE, ProductStatus.ARCHIVED}),
    ProductStatus.ARCHIVED: frozenset({ProductStatus.INACTIVE}),
}


class ProductReview(models.TextChoices):
    """What moderation says (CF-05)."""

    PENDING = "pending", _("Waiting for review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


REVIEW_TRANSITIONS: Transitions = {
    ProductReview.PENDING: frozenset({ProductReview.APPROVED, ProductReview.REJECTED}),
    ProductReview.APPROVED: frozenset({ProductReview.PENDING, ProductReview.REJECTED}),
    ProductReview.REJECTED: frozenset({ProductReview.PENDING, ProductReview.APPROVED}),
}


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self, market: Market) -> ProductQuerySet:
        """What a shopper of this market may see and buy; sold-out products included."""
        return self.filter(market_code=market.code, is_listed=True)


class Product(InMarket, Timed):
    """Something a seller offers. The columns under "card" are kept by catalog.cards.refresh()."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="products")
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    name = models.CharField(max_length=500)
    slug = models.SlugField(max_length=120)
    short_description = models.CharField(max_length=240, blank=True)
    description = models.TextField(max_length=10_000, blank=True)
    language = models.CharField(max_length=2)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    unit = models.CharField(max_length=20, blank=True, help_text=_("kg, bunch, 500 g jar…"))
    # [{"name": "Material", "value": "Lona"}, …]
    attributes = models.JSONField(default=list, blank=True)

    is_organic = models.BooleanField(default=False)
    is_gluten_free = models.BooleanField(default=False)
    is_vegan = models.BooleanField(default=False)
    allergens = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    # Per 100 g: {"calories": 18, "protein": 0.9, "carbs": 3.9, "fat": 0.2, "fiber": 1.2, "sugar": 2.6}
    nutrition = models.JSONField(default=dict, blank=True)

    tax_class = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=ProductStatus, default=ProductStatus.DRAFT)
    review = models.CharField(max_length=10, choices=ProductReview, default=ProductReview.PENDING)
    review_reason = models.TextField(blank=True)
    is_featured = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # card: what a list shows, so that a page of cards is one query
    is_listed = models.BooleanField(default=False, editable=False)
    price = models.DecimalField(max_digits=14, decimal_places=2, default=0, editable=False)
    compare_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, editable=False)
    has_price_range = models.BooleanField(default=False, editable=False)
    in_stock = models.BooleanField(default=False, editable=False)
    photo = models.JSONField(
        default=dict, editable=False
    )  # {"base": "photos/ab12…", "w": 1, "h": 1, "alt": "…"}
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    sales_count = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    search = SearchVectorField(null=True, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("back office", "product")
        verbose_name_plural = pgettext_lazy("back office", "products")
        ordering = ["-published_at", "-id"]
        # One index per way of sorting a category; catalog.listing walks them branch by branch.
        indexes = [
            models.Index(
                fields=["market_code", "category", "-published_at", "-id"],
                name="product_newest",
                condition=Q(is_listed=True),
            ),
            models.Index(
                fields=["market_code", "category", "price", "id"],
                name="product_cheapest",
                condition=Q(is_listed=True),
            ),
            models.Index(
                fields=["market_code", "category", "-sales_count", "-id"],
                name="product_popular",
                condition=Q(is_listed=True),
            ),
            models.Index(
                fields=["market_code", "category", "-rating_average", "-id"],
                name="product_best_rated",
                condition=Q(is_listed=True),
            ),
            models.Index(fields=["seller", "status"], name="product_by_seller"),
            GinIndex(fields=["search"], name="product_search", fastupdate=False, condition=Q(is_listed=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["market_code", "slug"], name="product_slug_once_per_market"),
            models.CheckConstraint(name="product_status_known", condition=Q(status__in=ProductStatus.values)),
            models.CheckConstraint(name="product_review_known", condition=Q(review__in=ProductReview.values)),
            models.CheckConstraint(name="product_price_not_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(
                name="product_listed_only_if_active_and_approved",
                condition=Q(is_listed=False)
                | Q(
                    status=ProductStatus.ACTIVE,
                    review=ProductReview.APPROVED,
                    deleted_at__isnull=True,
                    published_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return self.market.currency

    def get_absolute_url(self) -> str:
        return reverse("catalog:show_product", args=[self.slug])


class ProductEvent(models.Model):
    """Who changed the state of a product, and why."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.product_id} {self.kind}"


class VariantQuerySet(models.QuerySet["Variant"]):
    def on_sale(self, market: Market) -> VariantQuerySet:
        return self.filter(is_active=True, product__market_code=market.code, product__is_listed=True)


class Variant(Timed):
    """One thing that can be put in a cart; every product has at least one."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    sku = models.CharField(max_length=100)
    barcode = models.CharField(max_length=50, blank=True)
    options = models.JSONField(default=dict, blank=True)  # {"Talla": "M", "Color": "Azul"}
    price = models.DecimalField(
        max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    compare_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    cost_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    weight_kg = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    length_cm = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    width_cm = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    height_cm = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    low_stock_at = models.PositiveIntegerField(default=3)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("back office", "variant")
        verbose_name_plural = pgettext_lazy("back office", "variants")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "sku"], name="variant_sku_once_per_seller"),
            models.CheckConstraint(name="variant_price_positive", condition=Q(price__gt=0)),
            models.CheckConstraint(
                name="variant_compare_price_above_price",
                condition=Q(compare_price__isnull=True) | Q(compare_price__gt=F("price")),
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.sku

    @property
    def label(self) -> str:
        """`M · Azul`; empty for the only variant of a simple product."""
        return " · ".join(str(value) for value in self.options.values())


def private_storage() -> Storage:
    """Where uploads lie as they came, out of reach of the web server."""
    return storages["private"]


def original_path(photo: Photo, name: str) -> str:
    """Named by content: what people call their files stays with them."""
    return f"originals/{photo.digest[:2]}/{photo.digest}"


class Photo(models.Model):
    """A picture of a product: the upload as it came (private), and its renditions once made."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="photos")
    original = models.FileField(upload_to=original_path, storage=private_storage)
    digest = models.CharField(max_length=64)
    alt = models.CharField(max_length=160, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    base = models.CharField(max_length=120, blank=True, help_text="Path of the renditions without their size")
    ready_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "picture")
        verbose_name_plural = pgettext_lazy("back office", "pictures")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt or f"photo {self.pk}"
