"""The cart: look, add, change, remove, clear."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Variant
from marketplace.http import Request, fragment_or_redirect, page_or_fragment, wants_fragment
from marketplace.throttling import throttle, visitor
from orders import carts, problems
from orders.forms import QuantityForm
from orders.models import Cart, CartLine
from orders.quoting import quote

CART = "orders/cart.html"
ADD = "orders/add_to_cart.html"


@require_GET
def show_cart(request: Request) -> HttpResponse:
    context = _contents(request, carts.find(request)) | {"removed": _removed(request)}
    return page_or_fragment(request, CART, "cart", context)


@require_GET
def cart_badge(request: Request) -> HttpResponse:
    response = render(request, "orders/_cart_badge.html", {"cart_count": carts.count(request)})
    response["Cache-Control"] = "private, no-store"
    return response


@throttle("write", key=visitor)
@require_POST
def add_to_cart(request: Request, variant_id: int) -> HttpResponse:
    on_sale = Variant.objects.on_sale(request.market).select_related("product")
    variant = get_object_or_404(on_sale.annotate(available=carts.available("pk")), pk=variant_id)
    context: dict[str, Any] = {"variant": variant, "product": variant.product}
    form = QuantityForm(request.POST)
    if form.is_valid():
        try:
            cart = carts.find_or_open(request)
            context["cart_count"] = carts.add(cart, variant, form.cleaned_data["quantity"])
        except carts.NotEnough as shortage:
            form.add_error("quantity", _not_enough(shortage.available))
        except carts.CartFull:
            form.add_error(None, _("Your cart is full: order or remove something first."))
    context["form"] = form
    if not form.is_valid():
        return page_or_fragment(request, ADD, "form", context, status=422)
    if not wants_fragment(request):
        messages.success(request, _("%(name)s is in your cart.") % {"name": variant.product.name})
    return fragment_or_redirect(request, ADD, "form", context | {"added": True}, to="orders:show_cart")


@throttle("write", key=visitor)
@require_POST
def change_line(request: Request, line_id: int) -> HttpResponse:
    cart, line = _line(request, line_id)
    form = QuantityForm(request.POST)
    if form.is_valid():
        try:
            carts.change(line, form.cleaned_data["quantity"])
        except carts.NotEnough as shortage:
            form.add_error("quantity", _not_enough(shortage.available))
    if not form.is_valid():
        context = _contents(request, cart) | {"wrong_line": line.pk, "wrong_form": form}
        return page_or_fragment(request, CART, "cart", context, status=422)
    if not wants_fragment(request):
        return redirect("orders:show_cart")
    return page_or_fragment(request, CART, "cart", _contents(request, cart))


@throttle("write", key=visitor)
@require_POST
def remove_line(request: Request, line_id: int) -> HttpResponse:
    cart, line = _line(request, line_id)
    line.delete()
    if not wants_fragment(request):
        query = f"?removed={line.variant_id}&quantity={line.quantity}"
        return redirect(reverse("orders:show_cart") + query)
    removed = {"variant": line.variant, "quantity": line.quantity}
    return page_or_fragment(request, CART, "cart", _contents(request, cart) | {"removed": removed})


@throttle("write", key=visitor)
@require_POST
def clear_cart(request: Request) -> HttpResponse:
    cart = carts.find(request)
    if cart:
        cart.lines.all().delete()
    return fragment_or_redirect(request, CART, "cart", _contents(request, cart), to="orders:show_cart")


@throttle("write", key=visitor)
@require_POST
def accept_changes(request: Request) -> HttpResponse:
    cart = carts.find(request)
    if cart:
        carts.accept_changes(cart)
    return fragment_or_redirect(request, CART, "cart", _contents(request, cart), to="orders:show_cart")


def _contents(request: Request, cart: Cart | None) -> dict[str, Any]:
    lines, language = carts.contents(cart), get_language() or request.market.language
    found = problems.of_lines(lines, market=request.market, language=language)
    for problem in found:
        problem.line.problem = problem  # type: ignore[union-attr]
    counted = problems.buyable(lines, found)
    today = timezone.localdate()
    return {
        "cart": cart,
        "lines": lines,
        "problems": found,
        "quote": quote(market=request.market, lines=counted, day=today),
        "uncounted": [line for line in lines if line not in counted],
        "is_orderable": bool(lines) and not any(problem.blocks for problem in found),
        "cart_count": sum(line.quantity for line in lines),
        "out_of_band": wants_fragment(request),
    }


def _line(request: Request, line_id: int) -> tuple[Cart, CartLine]:
    """A line of the shopper's own cart; anybody else's does not exist."""
    cart = carts.find(request)
    rows = CartLine.objects.filter(cart=cart).select_related("variant__product")
    line = get_object_or_404(rows.annotate(available=carts.available("variant")), pk=line_id)
    return line.cart, line


def _removed(request: Request) -> dict[str, Any] | None:
    """What has just been taken out, so that it can be put back."""
    form = QuantityForm(request.GET)
    wanted = request.GET.get("removed", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19 and form.is_valid()):
        return None
    on_sale = Variant.objects.on_sale(request.market).select_related("product")
    variant = on_sale.filter(pk=int(wanted)).first()
    return {"variant": variant, "quantity": form.cleaned_data["quantity"]} if variant else None


def _not_enough(available: int) -> str:
    if available < 1:
        return _("This is sold out.")
    text = ngettext("Only %(count)d is available.", "Only %(count)d are available.", available)
    return text % {"count": available}
