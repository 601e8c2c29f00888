"""The signed page of a refund: what is owed, where it should go, and how far it has come."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from marketplace.accounts import languages
from marketplace.http import Request
from marketplace.markets.base import PayoutRail
from marketplace.throttling import throttle
from payments.models import Refund, RefundStatus
from payments.refunds import returning
from payments.refunds.ways import ways_of
from sellers.payout_forms import DestinationForm


@never_cache
@throttle("guest_link", methods=("GET", "HEAD", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def show_refund(request: Request, secret: str) -> HttpResponse:
    """For whoever holds the link of our mail: without an order number or an account, nothing to guess."""
    refunds = Refund.objects.select_related("payment", "order", "seller_order__seller", "request")
    refund = get_object_or_404(refunds, secret=secret, market_code=request.market.code)
    languages.go_on_in(request, refund.order.language)
    ways = ways_of(refund)
    way = _chosen(refund, ways, request.GET.get("way", ""))
    if refund.status != RefundStatus.NEEDS_ACCOUNT or way is None:
        return _page(request, refund)
    typed = request.POST if request.method == "POST" else None
    form = DestinationForm(typed, market=refund.market, rail=way, initial=_known(refund))
    if not form.is_valid():
        return _page(request, refund, ways=ways, way=way, form=form)
    try:
        returning.give_account(refund=refund, rail=way, account=form.cleaned_data)
    except returning.AccountNotWanted:
        return redirect(request.path)  # another window was faster; the page says where it stands
    return redirect(request.path)


def _chosen(refund: Refund, ways: list[PayoutRail], code: str) -> PayoutRail | None:
    """The way asked for; else the wallet that paid, else the first."""
    method = refund.market.payment_method(refund.payment.method)
    wallet = next((way for way in ways if method and way.label == method.label), None)
    asked = next((way for way in ways if way.code == code), None)
    return asked or wallet or next(iter(ways), None)


def _known(refund: Refund) -> dict[str, str]:
    """What the buyer has told us already; to check, and to change where it is not right."""
    return {"holder_name": refund.order.full_name, "phone": refund.order.phone}


def _page(request: Request, refund: Refund, **more: Any) -> HttpResponse:
    form = more.get("form")
    context = {"refund": refund, "order": refund.order, "part": refund.seller_order, **more}
    context["is_by_card"] = refund.goes_to_card_only
    response = render(request, "payments/refund.html", context, status=422 if form and form.is_bound else 200)
    response["X-Robots-Tag"] = "noindex"
    response["Content-Language"] = translation.get_language()
    # Nobody outside learns the link; with "no-referrer" browsers would hide from us where the form came from.
    response["Referrer-Policy"] = "same-origin"
    return response
