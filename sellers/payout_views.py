"""Where a store's money goes and when: for its owner, and for whoever did not change it."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from marketplace.http import Request
from marketplace.money import Money, format_money
from marketplace.throttling import throttle
from sellers import payout_destinations, storefront
from sellers.access import SellerRequest, owner_required
from sellers.models import PayoutSchedule, Seller
from sellers.payout_forms import DestinationForm, PayoutScheduleForm


@owner_required
@reauthentication_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def edit_payout_destination(request: SellerRequest) -> HttpResponse:
    """For the owner, with a fresh password (CF-07): where the money goes."""
    rails, current = request.market.payout_rails, payout_destinations.current(request.seller)
    usual = current.rail if current else rails[0].code
    # In the form, not in its address: only then is a form that waits for a password sent on whole (I-13).
    wanted = request.POST.get("rail") or request.GET.get("rail", usual)
    rail = request.market.payout_rail(wanted) or rails[0]
    form = DestinationForm(request.POST or None, market=request.market, rail=rail)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        context = {"form": form, "current": current, "rail": rail, "rails": rails, "seller": request.seller}
        return render(request, "sellers/payout_destination.html", context, status=status)
    kept = payout_destinations.replace(
        seller=request.seller, rail=rail, account=form.cleaned_data, by=request.user
    )
    told = _("Your next payout goes to this account.")
    waits = _("Your payouts go to this account once it has waited for a day.")
    messages.success(request, waits if kept.is_waiting else told)
    return redirect("sellers:edit_payout_destination")


@owner_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def edit_payout_schedule(request: SellerRequest) -> HttpResponse:
    """For the owner: how often, on which day, and from which amount on."""
    market = request.market
    least = Money(min(rail.minimum for rail in market.payout_rails), market.currency)
    form = PayoutScheduleForm(
        request.POST or None,
        market=market,
        least=format_money(least, get_language() or "en"),
        initial=_schedule_of(request.seller),
    )
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        context = {"form": form, "seller": request.seller}
        return render(request, "sellers/payout_schedule.html", context, status=status)
    storefront.set_payout_schedule(seller=request.seller, changes=form.changes(), by=request.user)
    messages.success(request, _("Your payout schedule is saved."))
    return redirect(reverse("sellers:edit_payout_schedule"))


def _schedule_of(seller: Seller) -> dict[str, object]:
    is_weekly = seller.payout_schedule == PayoutSchedule.WEEKLY
    return {
        "payout_schedule": seller.payout_schedule,
        "weekday": seller.payout_day if is_weekly else 0,
        "day": seller.payout_day if seller.payout_schedule == PayoutSchedule.MONTHLY else 1,
        "minimum_payout": seller.minimum_payout,
    }


@never_cache
@throttle("guest_link")
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_destination(request: Request, token: str) -> HttpResponse:
    """Whoever holds the link from the mail may stop the payouts; scanners that follow it change nothing."""
    try:
        destination = payout_destinations.disputable(token)
    except payout_destinations.LinkExpired:
        raise Http404 from None
    if destination.seller.market_code != request.market.code:
        raise Http404
    if request.method == "POST":
        payout_destinations.dispute(destination=destination)
        return redirect("sellers:dispute_destination", token)
    return render(request, "sellers/dispute_destination.html", {"destination": destination})
