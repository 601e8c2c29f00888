"""A seller answers who asks for money back, or says that an order cannot be delivered."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.lifecycle import IllegalTransition, StaleState
from orders.models import SellerOrder
from payments.earnings.seller_views import money_required
from payments.models import UNDECIDED, RefundRequest, RequestStatus
from payments.refunds import requesting
from payments.refunds.refundable import refundable
from payments.refunds.refunding import MAY_CANCEL, MoreThanPaid, NotRefundable
from payments.refunds.request_forms import AnswerForm, CannotDeliverForm
from payments.refunds.request_pages import page_of
from sellers.access import SellerRequest, seller_required

PER_PAGE = 20
TABS = {
    "open": (gettext_lazy("To answer"), Q(status=RequestStatus.OPEN)),
    "with-us": (gettext_lazy("We decide"), Q(status__in=(RequestStatus.ACCEPTED, RequestStatus.CONTESTED))),
    "ended": (gettext_lazy("Decided"), ~Q(status__in=UNDECIDED)),
}


def _own(request: SellerRequest) -> QuerySet[RefundRequest]:
    rows = RefundRequest.objects.filter(seller_order__seller=request.seller)
    return rows.select_related("seller_order__seller", "seller_order__order")


@money_required
@never_cache
@require_GET
def list_requests(request: SellerRequest) -> HttpResponse:
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "open"
    rows = _own(request)
    tabs = [(code, label, rows.filter(chosen).count()) for code, (label, chosen) in TABS.items()]
    found = rows.filter(TABS[tab][1])
    found = found.order_by("answer_by", "pk") if tab == "open" else found
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/seller_requests.html", {"page": page, "tabs": tabs, "tab": tab})


@seller_required
@require_GET
def request_tile(request: SellerRequest) -> HttpResponse:
    """For the dashboard: how many buyers wait for an answer."""
    count = _own(request).filter(status=RequestStatus.OPEN).count()
    return render(request, "payments/_request_tile.html", {"count": count})


@money_required
@never_cache
@require_GET
def show_request(request: SellerRequest, request_number: str) -> HttpResponse:
    return _page(request, get_object_or_404(_own(request), number=request_number))


@money_required
@require_POST
def answer_request(request: SellerRequest, request_number: str) -> HttpResponse:
    row = get_object_or_404(_own(request), number=request_number)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    accept = form.cleaned_data["answer"] == "accept"
    try:
        requesting.answer(row, accept=accept, words=form.cleaned_data["words"], by=request.user)
    except (IllegalTransition, StaleState):
        messages.error(request, _("This request has moved on in the meantime."))
    except (NotRefundable, MoreThanPaid, requesting.NothingChosen):
        messages.error(request, _("This has been refunded already."))
    else:
        agreed, contested = _("You agree. The buyer has been told."), _("We look at it and decide.")
        messages.success(request, agreed if accept else contested)
    return redirect("payments_seller:show_request", row.number)


def _page(
    request: SellerRequest, row: RefundRequest, *, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form or AnswerForm(), **page_of(row)}
    return render(request, "payments/seller_request.html", context, status=status)


@money_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cannot_deliver(request: SellerRequest, seller_order_id: int) -> HttpResponse:
    """All the buyer's money of this part goes back: asks for the reason, then does it."""
    own = SellerOrder.objects.filter(seller=request.seller).select_related("order", "seller")
    part = get_object_or_404(own, pk=seller_order_id)
    form = CannotDeliverForm(request.POST if request.method == "POST" else None)
    can = part.status in MAY_CANCEL["seller"]
    if can and not form.is_valid():
        context = {"seller_order": part, "order": part.order, "form": form, "left": refundable(part)}
        return render(request, "payments/cannot_deliver.html", context, status=422 if form.is_bound else 200)
    try:
        if not can:
            raise NotRefundable(part.number)
        reason = form.cleaned_data["reason"]
        requesting.call_off(seller_order=part, by=request.user, actor="seller", reason=reason)
    except NotRefundable:
        messages.error(request, _("This order can no longer be cancelled here."))
    else:
        messages.success(request, _("The order is cancelled and the buyer's money goes back."))
    return redirect("orders_seller:show_order", part.pk)
