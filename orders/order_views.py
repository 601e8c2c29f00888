"""A buyer's orders: the list, the page of one order and what can be done there."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts import languages
from marketplace.accounts.access import sign_in_required
from marketplace.http import Request
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.throttling import throttle, visitor
from orders import access, carts, emails, lifecycle, reordering
from orders.forms import FindOrderForm
from orders.models import Order, OrderStatus, SellerOrder
from orders.timeline import order_page

PER_PAGE = 10


@sign_in_required
@never_cache
@require_GET
def list_orders(request: Request) -> HttpResponse:
    orders = request.user.orders.filter(market_code=request.market.code)
    status = request.GET.get("status", "")
    if status in OrderStatus.values:
        orders = orders.filter(status=status)
    parts = SellerOrder.objects.select_related("seller").prefetch_related("lines").order_by("pk")
    orders = orders.prefetch_related(Prefetch("seller_orders", queryset=parts))
    page = Paginator(orders, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "status": status, "statuses": OrderStatus.choices}
    return render(request, "orders/list.html", context)


@never_cache
@require_GET
def show_order(request: Request, number: str) -> HttpResponse:
    order = access.find_order(request, number)
    response = render(request, "orders/order.html", order_page(order))
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_GET
def show_receipt(request: Request, number: str) -> HttpResponse:
    """The order on paper."""
    order = access.find_order(request, number)
    response = render(request, "orders/receipt.html", order_page(order))
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@throttle("guest_link", methods=("GET", "HEAD"))
@require_GET
def show_guest_order(request: Request, secret: str) -> HttpResponse:
    """The link in our mails: lets this browser in, and leaves the address bar at once."""
    if "\0" in secret:
        secret = ""
    order = get_object_or_404(Order, secret=secret, market_code=request.market.code)
    access.remember(request, order)
    response = redirect("orders:show_order", order.number)
    if not languages.has_chosen(request):
        languages.remember(response, order.language)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@throttle("guest_link")
@require_http_methods(["GET", "HEAD", "POST"])
def find_order(request: Request) -> HttpResponse:
    """Send the link to an order again. The answer never tells whether it exists."""
    form = FindOrderForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        found = Order.objects.filter(
            number=told["number"], email=told["email"].lower(), market_code=request.market.code
        ).first()
        if found:
            emails.send_link(found)
        return render(request, "orders/find_sent.html", {"email": told["email"]})
    return render(request, "orders/find.html", {"form": form}, status=422 if form.is_bound else 200)


@throttle("write", key=visitor)
@require_POST
def cancel_order(request: Request, number: str) -> HttpResponse:
    order = access.find_order(request, number)
    user = request.user if request.user.is_authenticated else None
    try:
        lifecycle.cancel(order, by=user, actor="buyer")
    except (IllegalTransition, StaleState):
        messages.error(request, _("This order can no longer be cancelled here."))
    else:
        messages.success(request, _("Your order is cancelled."))
    return redirect("orders:show_order", order.number)


@throttle("write", key=visitor)
@require_POST
def confirm_delivery(request: Request, number: str, seller_order_id: int) -> HttpResponse:
    order = access.find_order(request, number)
    parts = order.seller_orders.select_related("order", "seller")
    seller_order = get_object_or_404(parts, pk=seller_order_id)
    user = request.user if request.user.is_authenticated else None
    try:
        lifecycle.deliver(seller_order, by=user, actor="buyer")
    except (IllegalTransition, StaleState):
        messages.error(request, _("This delivery cannot be confirmed now."))
    else:
        messages.success(request, _("Thank you! The seller will be paid."))
    return redirect("orders:show_order", order.number)


@throttle("write", key=visitor)
@require_POST
def buy_again(request: Request, number: str) -> HttpResponse:
    """Put into the cart what can still be bought."""
    order = access.find_order(request, number)
    missing = reordering.fill(carts.find_or_open(request), order)
    if missing:
        names = ", ".join(missing)
        messages.warning(request, _("Not available any more, or not as many: %(names)s.") % {"names": names})
    return redirect("orders:show_cart")
