"""A store's orders: what to send, how, and the slips to pack by."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.http import Request
from marketplace.lifecycle import IllegalTransition, StaleState
from orders import lifecycle
from orders.forms import SellerNotesForm, ShipForm
from orders.models import OrderEvent, SellerOrder
from orders.queue import TABS, TO_SEND, Sheet, counts
from sellers.access import SellerRequest, seller_required

PER_PAGE = 25
MAX_SLIPS = 100


@seller_required
@never_cache
@require_GET
def list_orders(request: SellerRequest) -> HttpResponse:
    tab = next((tab for tab in TABS if tab.code == request.GET.get("tab")), TABS[0])
    words = request.GET.get("q", "").replace("\0", "").strip()[:60]
    orders = _own(request).filter(status__in=tab.statuses)
    if words:
        orders = _own(request).filter(Q(number__icontains=words) | Q(order__full_name__icontains=words))
    orders = orders.annotate(line_count=Count("lines"))
    oldest_first = tab.code == TO_SEND and not words
    page = Paginator(orders.order_by("pk" if oldest_first else "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "tab": tab, "tabs": counts(request.seller), "words": words}
    return render(request, "orders/seller_list.html", context)


@seller_required
@require_GET
def tile(request: SellerRequest) -> HttpResponse:
    """For the dashboard: how many orders wait to be sent."""
    count = next(number for tab, number in counts(request.seller) if tab.code == TO_SEND)
    return render(request, "orders/_seller_tile.html", {"count": count})


@seller_required
@never_cache
@require_GET
def show_order(request: SellerRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(_own(request), pk=pk))


@seller_required
@require_POST
def confirm(request: SellerRequest, pk: int) -> HttpResponse:
    seller_order = get_object_or_404(_own(request), pk=pk)
    try:
        lifecycle.process(seller_order, by=request.user)
    except (IllegalTransition, StaleState):
        return _too_late(request, seller_order)
    messages.success(request, _("Good: the buyer sees that you are preparing it."))
    return redirect("orders_seller:show_order", pk)


@seller_required
@require_POST
def ship(request: SellerRequest, pk: int) -> HttpResponse:
    seller_order = get_object_or_404(_own(request), pk=pk)
    form = ShipForm(request.POST)
    if not form.is_valid():
        return _page(request, seller_order, ship_form=form, status=422)
    told = form.cleaned_data
    tracking = lifecycle.Tracking(
        carrier=told["carrier"], number=told["tracking_number"], url=told["tracking_url"]
    )
    try:
        lifecycle.ship(seller_order, by=request.user, tracking=tracking)
    except (IllegalTransition, StaleState):
        return _too_late(request, seller_order)
    messages.success(request, _("Marked as sent. The buyer has been told."))
    return redirect("orders_seller:show_order", pk)


@seller_required
@require_POST
def deliver(request: SellerRequest, pk: int) -> HttpResponse:
    seller_order = get_object_or_404(_own(request), pk=pk)
    try:
        lifecycle.deliver(seller_order, by=request.user, actor="seller")
    except lifecycle.BuyerMustConfirm:
        messages.error(request, _("The buyer confirms when a parcel has arrived."))
        return _page(request, seller_order, status=409)
    except (IllegalTransition, StaleState):
        return _too_late(request, seller_order)
    messages.success(request, _("Marked as delivered."))
    return redirect("orders_seller:show_order", pk)


@seller_required
@require_POST
def edit_notes(request: SellerRequest, pk: int) -> HttpResponse:
    seller_order = get_object_or_404(_own(request), pk=pk)
    form = SellerNotesForm(request.POST)
    if not form.is_valid():
        return _page(request, seller_order, notes_form=form, status=422)
    SellerOrder.objects.filter(pk=pk).update(seller_notes=form.cleaned_data["seller_notes"])
    messages.success(request, _("Notes saved."))
    return redirect("orders_seller:show_order", pk)


@seller_required
@never_cache
@require_GET
def packing_slip(request: SellerRequest, pk: int) -> HttpResponse:
    seller_order = get_object_or_404(_own(request), pk=pk)
    return render(request, "orders/packing_slips.html", {"sheets": [Sheet(seller_order)]})


@seller_required
@never_cache
@require_GET
def packing_slips(request: SellerRequest) -> HttpResponse:
    """Slips for the ticked orders: `?order=1&order=2`. What is not this store's is left out."""
    wanted = [text for text in request.GET.getlist("order") if text.isascii() and text.isdigit()][:MAX_SLIPS]
    orders = _own(request).filter(pk__in=[int(text) for text in wanted if len(text) < 19]).order_by("pk")
    if not orders:
        messages.info(request, _("Tick the orders you want slips for."))
        return redirect("orders_seller:list_orders")
    return render(request, "orders/packing_slips.html", {"sheets": [Sheet(row) for row in orders]})


def _own(request: SellerRequest) -> QuerySet[SellerOrder]:
    own = request.seller.orders.select_related("order", "seller")
    return own.prefetch_related("lines__refund_lines")


def _page(
    request: SellerRequest,
    seller_order: SellerOrder,
    *,
    ship_form: ShipForm | None = None,
    notes_form: SellerNotesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "sheet": Sheet(seller_order),
        "ship_form": ship_form or ShipForm(),
        "notes_form": notes_form or SellerNotesForm(initial={"seller_notes": seller_order.seller_notes}),
        "events": _events(seller_order),
    }
    return render(request, "orders/seller_order.html", context, status=status)


def _events(seller_order: SellerOrder) -> QuerySet[OrderEvent]:
    """What sellers may know: nothing of a payment before they may start, and never that it was looked at."""
    hidden = ["held", "cleared", *(["paid", "revived"] if seller_order.order.held_at else [])]
    own = Q(seller_order=seller_order) | Q(seller_order=None)
    return seller_order.order.events.filter(own).exclude(kind__in=hidden)


def _too_late(request: Request, seller_order: SellerOrder) -> HttpResponse:
    """Somebody else was faster: show how things stand now."""
    seller_order.refresh_from_db()
    messages.error(request, _("This order has moved on in the meantime."))
    return _page(request, seller_order, status=409)  # type: ignore[arg-type]
