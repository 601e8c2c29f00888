"""A store's products as its people see them: by tab, by words, with what is left of each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, ProductReview, ProductStatus, StockItem, Variant
from sellers.models import Seller


@dataclass(frozen=True, kw_only=True)
class Tab:
    code: str
    label: Promise
    condition: Q


def available(variant: str = "pk") -> Coalesce:
    """What can still be promised of a variant, over all its places."""
    lying = StockItem.objects.filter(variant=OuterRef(variant)).order_by().values("variant")
    left = lying.annotate(left=Sum(F("on_hand") - F("reserved"))).values("left")
    return Coalesce(Subquery(left, output_field=IntegerField()), 0)


def _low() -> Exists:
    variants = Variant.objects.filter(product=OuterRef("pk"), is_active=True).annotate(left=available())
    return Exists(variants.filter(left__lte=F("low_stock_at")))


_KEPT = ~Q(status=ProductStatus.ARCHIVED)
TABS = (
    Tab(code="all", label=_("All"), condition=_KEPT),
    Tab(code="on_sale", label=_("On sale"), condition=Q(is_listed=True)),
    Tab(code="low", label=_("Low stock"), condition=Q(status=ProductStatus.ACTIVE) & Q(is_low=True)),
    Tab(
        code="waiting",
        label=_("In review"),
        condition=Q(status=ProductStatus.ACTIVE, review=ProductReview.PENDING),
    ),
    Tab(code="rejected", label=_("Rejected"), condition=_KEPT & Q(review=ProductReview.REJECTED)),
    Tab(code="paused", label=_("Paused"), condition=Q(status=ProductStatus.INACTIVE)),
    Tab(code="draft", label=_("Drafts"), condition=Q(status=ProductStatus.DRAFT)),
    Tab(code="archived", label=_("Archived"), condition=Q(status=ProductStatus.ARCHIVED)),
)


def tab_of(code: str) -> Tab:
    return next((tab for tab in TABS if tab.code == code), TABS[0])


def of_seller(seller: Seller) -> QuerySet[Product]:
    return Product.objects.filter(seller=seller).annotate(is_low=_low())


def counts(seller: Seller) -> list[tuple[Tab, int]]:
    """Every tab with its number of products, in one statement."""
    numbers = of_seller(seller).aggregate(**{tab.code: Count("pk", filter=tab.condition) for tab in TABS})
    return [(tab, numbers[tab.code]) for tab in TABS]


def listed(seller: Seller, *, tab: Tab, words: str) -> QuerySet[Product]:
    """The products of a tab, or those whose name or item number holds the words."""
    products = of_seller(seller).filter(tab.condition)
    if words:
        by_sku = Variant.objects.filter(seller=seller, sku__icontains=words).values("product")
        products = of_seller(seller).filter(Q(name__icontains=words) | Q(pk__in=by_sku))
    return products.defer("search", "description").order_by("-updated_at", "-pk")


def with_variants(products: QuerySet[Product]) -> QuerySet[Product]:
    return products.prefetch_related(Prefetch("variants", queryset=stocked(), to_attr="stocked"))


def stocked() -> QuerySet[Variant]:
    """Active variants with what lies there, what of it is promised, and what is available."""
    lying = StockItem.objects.filter(variant=OuterRef("pk")).order_by().values("variant")
    columns = {
        name: Coalesce(Subquery(lying.annotate(sum=Sum(name)).values("sum"), output_field=IntegerField()), 0)
        for name in ("on_hand", "reserved")
    }
    variants = Variant.objects.filter(is_active=True).annotate(**columns)
    return variants.annotate(available=F("on_hand") - F("reserved")).order_by("position", "pk")


def low_count(seller: Seller) -> int:
    return of_seller(seller).filter(tab_of("low").condition).count()
