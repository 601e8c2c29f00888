"""Pages of shoppers: home, categories, search, products, stores, wish list."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from catalog import browsing, cards, categories, filters, home, listing, product_page, storefronts, wishes
from catalog import search as searching
from catalog.listing import Question
from catalog.models import Product
from marketplace.accounts.access import sign_in_required
from marketplace.http import Request, own_address, page_or_fragment, wants_fragment
from marketplace.throttling import throttle

STORES_PER_PAGE = 24


@require_GET
def show_home(request: Request) -> HttpResponse:
    tree = categories.of_request(request)
    choice = home.choice(request.market, tree)
    shown = [*choice.featured, *choice.newest, *choice.best_selling]
    wished = wishes.among(request, [pk for pk, _version in shown])
    strips = {
        "featured": cards.render_cards(choice.featured, wished=wished),
        "newest": cards.render_cards(choice.newest, wished=wished),
        "best_selling": cards.render_cards(choice.best_selling, wished=wished),
    }
    return render(request, "catalog/home.html", {"roots": tree.roots, "stores": choice.stores, **strips})


@require_GET
def show_category(request: Request, slug: str) -> HttpResponse:
    tree = categories.of_request(request)
    branch = tree.by_slug.get(slug)
    if branch is None:
        raise Http404
    question = _question(request, default_sort="best_selling", branch=branch)
    page = listing.fetch(question, page=filters.read_page(request.GET))
    context = browsing.context(request, question, page)
    context |= {"branch": branch, "crumbs": browsing.branch_crumbs(branch)}
    return page_or_fragment(request, "catalog/category.html", "list", context)


@throttle("search", methods=("GET",))
@require_GET
def search(request: Request) -> HttpResponse:
    words = filters.read_words(request.GET)
    question = _question(request, default_sort="relevance" if words else "newest", words=words)
    found = searching.find(
        question, page=filters.read_page(request.GET), exact=request.GET.get("exact") == "1"
    )
    context = browsing.context(request, found.question, found.page)
    context |= {"words": words, "meant": found.meant}
    if not found.page.survey.total:
        tree = categories.of_request(request)
        popular = home.choice(request.market, tree).best_selling
        context |= {"popular": cards.render_cards(popular), "roots": tree.roots}
    return page_or_fragment(request, "catalog/search.html", "list", context)


@require_GET
def show_product(request: Request, slug: str) -> HttpResponse:
    product = product_page.find(request, slug)
    variants = product_page.variants_of(product)
    if not variants:
        raise Http404
    tree = categories.of_request(request)
    branch = tree.by_id.get(product.category_id)
    crumbs = browsing.branch_crumbs(branch, last=False) if branch else []
    context = product_page.context(request, product, variants) | {
        "branch": branch,
        "crumbs": [*crumbs, (product.name, "")],
        "variant": product_page.choose(variants, request.GET.get("variant", "")),
        "related": product_page.related(product, branch, tree, request.market),
    }
    context |= _reviews(product, context["details"], filters.read_page(request.GET))
    return page_or_fragment(request, "catalog/product.html", "buy", context)


@require_GET
def list_sellers(request: Request) -> HttpResponse:
    stores = Paginator(storefronts.directory(request.market), STORES_PER_PAGE)
    page = stores.get_page(filters.read_page(request.GET))
    return render(request, "catalog/stores.html", {"page": page})


@require_GET
def show_store(request: Request, slug: str) -> HttpResponse:
    stores = storefronts.directory(request.market).defer("document_number")
    stores = stores.annotate(delivery=storefronts.delivery_rows("pk"), opening=storefronts.hours_rows())
    seller = get_object_or_404(stores, slug=slug)
    question = _question(
        request, default_sort="best_selling", seller_id=seller.pk, words=filters.read_words(request.GET)
    )
    page = listing.fetch(question, page=filters.read_page(request.GET))
    days = storefronts.week(seller.opening, request.market)  # type: ignore[attr-defined]
    context = browsing.context(request, question, page) | {
        "seller": seller,
        "words": question.words,
        "week": days,
        "is_open": storefronts.is_open(days, request.market),
        "deliveries": storefronts.deliveries(seller.delivery, request.market),  # type: ignore[attr-defined]
    }
    return page_or_fragment(request, "catalog/store.html", "list", context)


@sign_in_required
@require_GET
def list_wishes(request: Request) -> HttpResponse:
    own = (
        Product.objects.on_sale(request.market)
        .filter(wishes__user=request.user)
        .order_by("-wishes__added_at")
    )
    page = Paginator(own.values_list("pk", "version"), listing.PER_PAGE).get_page(
        filters.read_page(request.GET)
    )
    rows = list(page.object_list)
    shown = cards.render_cards(rows, wished={pk for pk, _version in rows}, eager=browsing.EAGER_CARDS)
    return render(request, "catalog/wishes.html", {"page": page, "cards": shown})


@throttle("write")
@sign_in_required
@require_http_methods(["GET", "POST"])
def toggle_wish(request: Request, product_id: uuid.UUID) -> HttpResponse:
    """A GET is somebody back from signing in: the product page shows the heart again."""
    product = get_object_or_404(Product.objects.on_sale(request.market), pk=product_id)
    if request.method == "GET":
        return redirect(product)
    is_wished = wishes.toggle(request.user, product)
    if wants_fragment(request):
        return render(request, "catalog/_wish.html", {"product": product, "is_wished": is_wished})
    return redirect(own_address(request, request.POST.get("next", "")) or product.get_absolute_url())


def _question(request: Request, *, default_sort: str, **scope: Any) -> Question:
    tree = categories.of_request(request)
    return Question(
        market=request.market,
        tree=tree,
        language=get_language() or "",
        filters=filters.read(request.GET, tree),
        sort=filters.read_sort(request.GET, default=default_sort, words=scope.get("words", "")),
        **scope,
    )


def _reviews(product: Product, details: product_page.Details, number: int) -> dict[str, Any]:
    """The first page comes from the cache, later ones from their index."""
    per_page = product_page.REVIEWS_PER_PAGE
    found = details.reviews if number == 1 else product_page.reviews_of(product, number)
    return {
        "reviews": found[:per_page],
        "review_page": number,
        "has_more_reviews": len(found) > per_page,
    }
