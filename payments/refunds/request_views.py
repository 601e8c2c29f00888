"""A buyer's way to money back: ask, follow, withdraw; or call off what is not being prepared yet."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts.models import User
from marketplace.http import Request, wants_fragment
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.money import Money, format_money
from marketplace.throttling import throttle, visitor
from orders.access import find_order
from orders.models import SellerOrder, SellerOrderStatus
from payments.models import UNDECIDED, RefundRequest
from payments.refunds import requesting
from payments.refunds.refundable import refundable
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.refunds.request_forms import AskForm, CallOffForm
from payments.refunds.request_pages import page_of

ASK = "payments/ask_refund.html"


def _find_part(request: Request, seller_order_id: int) -> SellerOrder:
    """A part of an order that is this visitor's; to everybody else it does not exist."""
    part = SellerOrder.objects.select_related("seller", "order").filter(pk=seller_order_id).first()
    if part is None:
        raise Http404
    part.order = find_order(request, part.order.number)
    return part


def _find_request(request: Request, number: str) -> RefundRequest:
    rows = RefundRequest.objects.select_related("seller_order__seller", "seller_order__order")
    row = rows.filter(number=number).first()
    if row is None:
        raise Http404
    find_order(request, row.seller_order.order.number)
    return row


def _person(request: Request) -> User | None:
    return request.user if request.user.is_authenticated else None


@never_cache
@throttle("write", key=visitor)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_refund(request: Request, seller_order_id: int) -> HttpResponse:
    part = _find_part(request, seller_order_id)
    if undecided := part.refund_requests.filter(status__in=UNDECIDED).first():
        return redirect("payments:show_request", undecided.number)
    left = refundable(part)
    if not part.takes_refund_requests(timezone.now()) or not left.total.amount:
        messages.error(request, _("Money for this can no longer be asked back here. Please write to us."))
        return redirect("orders:show_order", part.order.number)
    form = AskForm(request.POST if request.method == "POST" else None, part=part, left=left)
    if request.method != "POST":
        return _show_form(request, part, form, amount=_suggested(part, form))
    is_valid = form.is_valid()
    if "preview" in request.POST:
        return _show_worth(request, part, form)
    return _ask(request, part, form) if is_valid else _show_form(request, part, form, status=422)


def _suggested(part: SellerOrder, form: AskForm) -> Money | None:
    if not form.suggested:
        return None
    return requesting.worth(seller_order=part, left=form.left, lines=form.suggested, with_delivery=False)


def _ask(request: Request, part: SellerOrder, form: AskForm) -> HttpResponse:
    told = form.cleaned_data
    try:
        row = requesting.ask(
            seller_order=part,
            cause=told["cause"],
            words=told["words"],
            lines=form.lines(),
            with_delivery=form.takes_delivery,
            by=_person(request),
        )
    except requesting.AlreadyAsked as before:
        row = before.request
    except requesting.NothingChosen:
        form.add_error(None, _("Choose what you want money back for."))
        return _show_form(request, part, form, status=422)
    except (requesting.NotAskable, NotRefundable, MoreThanPaid):
        messages.error(request, _("This order has moved on in the meantime."))
        return redirect("orders:show_order", part.order.number)
    return redirect("payments:show_request", row.number)


def _show_worth(request: Request, part: SellerOrder, form: AskForm) -> HttpResponse:
    """What would come back for what is chosen right now; nothing is asked for yet."""
    for name in ("cause", "words"):
        form.errors.pop(name, None)
    context: dict[str, Any] = {"is_worked_out": True}
    if not form.errors:
        try:
            context["amount"] = requesting.worth(
                seller_order=part, left=form.left, lines=form.lines(), with_delivery=form.takes_delivery
            )
        except (requesting.NothingChosen, NotRefundable, MoreThanPaid):
            context["amount"] = None
    if wants_fragment(request):
        return render(request, f"{ASK}#amount", context)
    return _show_form(request, part, form, **context)


def _show_form(
    request: Request, part: SellerOrder, form: AskForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "seller_order": part, "order": part.order, "left": form.left, **more}
    return render(request, ASK, context, status=status)


@never_cache
@require_GET
def show_request(request: Request, request_number: str) -> HttpResponse:
    row = _find_request(request, request_number)
    response = render(request, "payments/refund_request.html", page_of(row))
    response["X-Robots-Tag"] = "noindex"
    return response


@throttle("write", key=visitor)
@require_POST
def withdraw_request(request: Request, request_number: str) -> HttpResponse:
    row = _find_request(request, request_number)
    try:
        requesting.withdraw(row, by=_person(request))
    except (IllegalTransition, StaleState):
        messages.error(request, _("This request has been answered in the meantime."))
    else:
        messages.success(request, _("Your request is withdrawn."))
    return redirect("payments:show_request", row.number)


@never_cache
@throttle("write", key=visitor)
@require_http_methods(["GET", "HEAD", "POST"])
def call_off(request: Request, seller_order_id: int) -> HttpResponse:
    """Cancel one paid part, as long as the store does not prepare it: asks once, then does it."""
    part = _find_part(request, seller_order_id)
    form = CallOffForm(request.POST if request.method == "POST" else None)
    can = part.status == SellerOrderStatus.CONFIRMED
    if can and not form.is_valid():
        context = {"seller_order": part, "order": part.order, "form": form, "left": refundable(part)}
        return render(request, "payments/call_off.html", context, status=422 if form.is_bound else 200)
    try:
        if not can:
            raise NotRefundable(part.number)
        refund = requesting.call_off(
            seller_order=part, by=_person(request), actor="buyer", reason=form.cleaned_data["reason"]
        )
    except NotRefundable:
        messages.error(request, _("This part can no longer be cancelled here."))
    else:
        amount = format_money(refund.money, request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        messages.success(request, _("It is cancelled. %(amount)s goes back to you.") % {"amount": amount})
    return redirect("orders:show_order", part.order.number)
