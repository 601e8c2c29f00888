"""The checkout: one page, for guests and for people with an account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from catalog.stock import OutOfStock
from marketplace.accounts.models import Address
from marketplace.http import Request, client_ip
from marketplace.throttling import throttle, visitor
from orders import access, carts, checkout
from orders.checkout_page import CheckoutPage, drop_draft, keep_draft, opening_values, signed_cart
from orders.models import Cart, Order

TEMPLATE = "orders/checkout.html"


@never_cache
@throttle("order", key=visitor)
@require_http_methods(["GET", "HEAD", "POST"])
def check_out(request: Request) -> HttpResponse:
    if request.method != "POST":
        cart = carts.find(request)
        if cart is None or not cart.lines.exists():
            return redirect("orders:show_cart")
        return _show(CheckoutPage(request, cart, opening_values(request)))
    cart = _posted_cart(request)
    if cart is None:
        return _without_cart(request)
    page = CheckoutPage(request, cart, request.POST.dict(), is_sent="update" not in request.POST)
    if not page.is_sent:
        keep_draft(request)
        return _show(page)
    if not page.is_valid():
        keep_draft(request)
        return _show(page, status=422)
    return _place(page)


@never_cache
@throttle("write", key=visitor)
@require_POST
def quote_checkout(request: Request) -> HttpResponse:
    """What delivery, methods and totals are for what is chosen right now (htmx)."""
    cart = _posted_cart(request)
    if cart is None:
        return HttpResponseClientRedirect(reverse("orders:show_cart"))
    page = CheckoutPage(request, cart, request.POST.dict())
    return render(request, f"{TEMPLATE}#quote", {"page": page, "out_of_band": True})


def _place(page: CheckoutPage) -> HttpResponse:
    """Order; every refusal shows the page again with the reason and with everything typed."""
    request = page.request
    try:
        order = _place_order(page)
    except checkout.AlreadyPlaced as before:
        order = before.order
    except checkout.EmptyCart:
        return redirect("orders:show_cart")
    except checkout.PriceChanged as change:
        return _again(page, new_total=change.total, old_total=page.agreed_total)
    except checkout.NotOrderable as refusal:
        return _again(page, refusals=refusal.problems)
    except OutOfStock:
        return _again(page)
    except checkout.MethodRefused:
        page.order_form.add_error("method", _("This order cannot be paid this way: choose another one."))
        keep_draft(request)
        return _show(page, status=422)
    return _go_and_pay(request, order)


def _place_order(page: CheckoutPage) -> Order:
    request, told = page.request, page.order_form.cleaned_data
    user = request.user if request.user.is_authenticated else None
    method = request.market.payment_method(told["method"])
    if method is None:
        raise checkout.MethodRefused
    order = checkout.place_order(
        cart=page.cart,
        agreed_total=page.agreed_total,
        contact=page.contact,
        address=page.address,
        deliveries=page.deliveries,
        method=method,
        language=page.language,
        now=timezone.now(),
        user=user,
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
        notes=told["notes"],
        token=page.token,
    )
    if user and told["save_address"] and not page.saved:
        Address.objects.create(user=user, **page.address)
    return order


def _show(page: CheckoutPage, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(page.request, TEMPLATE, {"page": page, **more}, status=status)


def _again(page: CheckoutPage, **more: Any) -> HttpResponse:
    """Something has changed while the shopper was typing: show it as it is now, 409."""
    keep_draft(page.request)
    fresh = CheckoutPage(page.request, page.cart, page.values, is_sent=True)
    return _show(fresh, status=409, **more)


def _go_and_pay(request: Request, order: Order) -> HttpResponseRedirect:
    access.remember(request, order)
    drop_draft(request)
    return redirect("payments:choose", order.number)


def _posted_cart(request: Request) -> Cart | None:
    """The shopper's cart, or after the end of a session the one this very page was made for."""
    cart = carts.find(request)
    if cart is None and (named := signed_cart(request.POST.get("cart", ""))):
        cart = carts.restore(request, named)
    return cart


def _without_cart(request: Request) -> HttpResponse:
    """No cart: ordered a moment ago, or the session of a signed-in shopper has ended."""
    named = signed_cart(request.POST.get("cart", ""))
    if named and (order := _placed_before(named, request.POST.get("token", ""))):
        return _go_and_pay(request, order)
    keep_draft(request)
    if named and not request.user.is_authenticated:
        messages.info(request, _("Please sign in again. What you typed is kept."))
        return redirect(f"{reverse('account_login')}?next={reverse('orders:check_out')}")
    messages.info(request, _("Your cart is empty."))
    return redirect("orders:show_cart")


def _placed_before(cart_id: str, token: str) -> Order | None:
    try:
        return checkout.find_placed(UUID(cart_id), UUID(token))
    except ValueError:
        return None
