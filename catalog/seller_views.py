"""A store's products: the list with quick edits, the editor, variants, and every change of status."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import assortment, categories, filters, selling, stock
from catalog.forms import SKU_TAKEN, PicturesForm, ProductForm, QuickForm, VariantForm
from catalog.models import Product, Variant
from marketplace.http import page_or_fragment, wants_fragment
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.money import COINS
from marketplace.throttling import throttle
from sellers.access import SellerRequest, seller_required

PER_PAGE = 25
QUICK = "catalog/seller_quick.html"
STATUSES = {
    "offer": (selling.offer, gettext_lazy("It is up for sale.")),
    "pause": (selling.pause, gettext_lazy("It is paused: shoppers no longer see it.")),
    "archive": (selling.archive, gettext_lazy("It is in the archive.")),
    "restore": (selling.restore, gettext_lazy("It is back, still paused.")),
}


@seller_required
@never_cache
@require_GET
def list_products(request: SellerRequest) -> HttpResponse:
    tab = assortment.tab_of(request.GET.get("tab", ""))
    words = filters.read_words(request.GET)[:60]
    products = assortment.with_variants(assortment.listed(request.seller, tab=tab, words=words))
    page = Paginator(products, PER_PAGE).get_page(filters.read_page(request.GET))
    context = {"page": page, "tab": tab, "tabs": assortment.counts(request.seller), "words": words}
    return render(request, "catalog/seller_list.html", context)


@seller_required
@require_GET
def tile(request: SellerRequest) -> HttpResponse:
    """For the dashboard: how many products run low."""
    return render(request, "catalog/_seller_tile.html", {"count": assortment.low_count(request.seller)})


@throttle("write")
@seller_required
@never_cache
@require_http_methods(["GET", "POST"])
def create_product(request: SellerRequest) -> HttpResponse:
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = _product_form(request, posted[0])
    variant = VariantForm(posted[0], seller=request.seller, prefix="variant")
    pictures = PicturesForm(*posted)
    pictures.fields["pictures"].required = False
    context = {"form": form, "variant_form": variant, "pictures_form": pictures}
    if request.method == "GET":
        return render(request, "catalog/seller_create.html", context)
    if not all([form.is_valid(), variant.is_valid(), pictures.is_valid()]):
        return render(request, "catalog/seller_create.html", context, status=422)
    try:
        product = selling.create(
            seller=request.seller,
            by=request.user,
            product=form.values(),
            variant=variant.cleaned_data,
            pictures=pictures.cleaned_data["pictures"],
            publish=request.POST.get("publish") == "1",
        )
    except selling.SkuTaken:
        variant.add_error("sku", SKU_TAKEN)
        return render(request, "catalog/seller_create.html", context, status=422)
    messages.success(request, _told(product))
    return redirect("catalog_seller:edit_product", product.pk)


@throttle("write")
@seller_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit_product(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    product = get_object_or_404(_own(request), pk=pk)
    form = _product_form(request, request.POST if request.method == "POST" else None, product)
    if request.method == "POST" and form.is_valid():
        selling.revise(product=product, by=request.user, changes=form.values())
        messages.success(request, _("Saved."))
        return redirect("catalog_seller:edit_product", product.pk)
    context = {
        "product": product,
        "form": form,
        "variants": assortment.stocked().filter(product=product),
        "photos": product.photos.all(),
        "pictures_form": PicturesForm(),
    }
    return render(request, "catalog/seller_edit.html", context, status=422 if form.errors else 200)


@throttle("write")
@seller_required
@require_POST
def change_status(request: SellerRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    product = get_object_or_404(_own(request), pk=pk)
    if action not in STATUSES:
        raise Http404
    change, told = STATUSES[action]
    try:
        change(product=product, by=request.user)
    except (IllegalTransition, StaleState):
        messages.error(request, _("That was not possible any more: look at its present state."))
    else:
        messages.success(request, told)
    return redirect("catalog_seller:edit_product", product.pk)


@throttle("write")
@seller_required
@never_cache
@require_http_methods(["GET", "POST"])
def create_variant(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    product = get_object_or_404(_own(request), pk=pk)
    form = VariantForm(request.POST or None, seller=request.seller)
    if request.method == "POST" and form.is_valid():
        try:
            selling.add_variant(product=product, values=form.cleaned_data)
        except selling.SkuTaken:
            form.add_error("sku", SKU_TAKEN)
        else:
            return redirect("catalog_seller:edit_product", product.pk)
    context = {"product": product, "form": form}
    return render(request, "catalog/seller_variant.html", context, status=422 if form.errors else 200)


@throttle("write")
@seller_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit_variant(request: SellerRequest, variant_id: int) -> HttpResponse:
    variant = _own_variant(request, variant_id)
    initial = _variant_values(variant)
    form = VariantForm(request.POST or None, seller=request.seller, variant=variant, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            selling.revise_variant(variant=variant, changes=form.cleaned_data)
        except stock.BelowReserved as problem:
            form.add_error("on_hand", _below(problem))
        except selling.SkuTaken:
            form.add_error("sku", SKU_TAKEN)
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog_seller:edit_product", variant.product_id)
    context = {"product": variant.product, "variant": variant, "form": form}
    return render(request, "catalog/seller_variant.html", context, status=422 if form.errors else 200)


@throttle("write")
@seller_required
@require_POST
def withdraw_variant(request: SellerRequest, variant_id: int) -> HttpResponse:
    variant = _own_variant(request, variant_id)
    try:
        selling.withdraw_variant(variant=variant)
    except selling.LastVariant:
        messages.error(request, _("This is the last one: pause or archive the product instead."))
    return redirect("catalog_seller:edit_product", variant.product_id)


@throttle("write")
@seller_required
@require_POST
def quick_edit(request: SellerRequest, variant_id: int) -> HttpResponse:
    """Price and stock from the list (MS-PRD-05)."""
    variant = _own_variant(request, variant_id)
    form = QuickForm(request.POST, currency=request.market.currency)
    if form.is_valid():
        try:
            selling.reprice(variant=variant, **form.cleaned_data)
        except stock.BelowReserved as problem:
            form.add_error("on_hand", _below(problem))
    context: dict[str, Any] = {"variant": variant, "product": variant.product, "form": form}
    if form.errors:
        return page_or_fragment(request, QUICK, "quick", context, status=422)
    if not wants_fragment(request):
        messages.success(request, _("Saved."))
        return redirect("catalog_seller:list_products")
    context |= {"variant": _own_variant(request, variant_id), "form": None, "saved": True}
    return page_or_fragment(request, QUICK, "quick", context)


def _own(request: SellerRequest) -> QuerySet[Product]:
    return Product.objects.filter(seller=request.seller).select_related("seller", "category")


def _own_variant(request: SellerRequest, variant_id: int) -> Variant:
    own = assortment.stocked().filter(product__seller=request.seller)
    return get_object_or_404(own.select_related("product__seller", "seller"), pk=variant_id)


def _product_form(request: SellerRequest, posted: Any, product: Product | None = None) -> ProductForm:
    tree = categories.of_request(request)
    return ProductForm(posted, instance=product, market=request.market, tree=tree)


def _variant_values(variant: Variant) -> dict[str, Any]:
    names = ("sku", "barcode", "price", "compare_price", "cost_price", "weight_kg", "low_stock_at", "on_hand")
    options = ", ".join(f"{name}: {value}" for name, value in variant.options.items())
    values = {name: getattr(variant, name) for name in names} | {"options": options}
    coin = COINS[variant.seller.market.currency]
    for name in ("price", "compare_price", "cost_price"):
        values[name] = values[name] and values[name].quantize(coin)
    return values | {"seen_on_hand": variant.on_hand}  # type: ignore[attr-defined]


def _below(problem: stock.BelowReserved) -> str:
    return _("%(reserved)s are reserved for orders: there must be at least as many.") % {
        "reserved": problem.reserved
    }


def _told(product: Product) -> str:
    if product.is_listed:
        return _("Your product is on sale.")
    if product.status == "active":
        return _("Thank you: we look at new products before shoppers see them, usually within a day.")
    return _("Saved as a draft: only you see it.")
