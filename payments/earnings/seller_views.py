"""A seller's money: how much, when, and why. For owners and managers."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from marketplace.throttling import throttle
from payments.disbursement import payable, paydays, payouts
from payments.earnings import balances, payout_items
from payments.models import Payout, PayoutStatus
from payments.wording import OURS_TO_MEND, why_not_paid_out
from sellers.access import SellerRequest, seller_required
from sellers.models import MemberRole, Seller

PER_PAGE = 20
View = Callable[..., HttpResponse]


def money_required(view: View) -> View:
    """For owners and managers; staff of the store pack parcels and do not see its money."""

    @wraps(view)
    def guarded(request: SellerRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.member.role not in (MemberRole.OWNER, MemberRole.MANAGER):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return seller_required(guarded)


@money_required
@require_GET
def list_payouts(request: SellerRequest) -> HttpResponse:
    page = Paginator(balances.payouts_of(request.seller), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/payouts.html", {"page": page, **_coming(request.seller)})


def _coming(seller: Seller) -> dict[str, object]:
    return {
        "seller": seller,
        "next": payable.next_payout(seller),
        "schedule": paydays.describe(seller),
        "was_asked": payable.was_asked_today(seller, timezone.now()),
    }


@money_required
@require_POST
@throttle("write")
def request_payout(request: SellerRequest) -> HttpResponse:
    """Pay me now: what is available, whatever the schedule says; or why not."""
    seller = request.seller
    try:
        payout = payouts.request_payout(seller=seller, by=request.user)
    except payable.NothingToPay as nothing:
        messages.error(request, payable.explain(nothing.hindrance, seller, payable.destination_of(seller)))
        return redirect("payments_seller:list_payouts")
    if payout.status == PayoutStatus.APPROVAL:
        messages.success(
            request, _("Thank you. A sum of this size is looked at by a person before it is sent.")
        )
    else:
        messages.success(request, _("Your money is on its way."))
    return redirect("payments_seller:show_payout", payout.reference)


@money_required
@require_GET
def show_payout(request: SellerRequest, reference: str) -> HttpResponse:
    mine = Payout.objects.filter(seller=request.seller).select_related("destination")
    payout = get_object_or_404(mine, reference=reference)
    context = {
        "payout": payout,
        "items": payout_items.items_of(payout),
        "reason": why_not_paid_out(payout.failure_reason),
        "is_ours": payout.failure_reason in OURS_TO_MEND,
    }
    return render(request, "payments/payout.html", context)


@seller_required
@require_GET
def tile(request: SellerRequest) -> HttpResponse:
    """What is available, on the first page of the portal; without a view of money, the word only."""
    may_see = request.member.role in (MemberRole.OWNER, MemberRole.MANAGER)
    balance = balances.balance_of(request.seller) if may_see else None
    return render(request, "payments/_seller_tile.html", {"balance": balance})
