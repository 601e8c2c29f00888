"""From application to open store: the frame of the seller portal."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts.access import sign_in_required
from marketplace.http import Request
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.throttling import throttle
from sellers import access, applications, applying, lifecycle, onboarding, storefront
from sellers.access import SellerRequest, owner_required, seller_required
from sellers.forms import ApplicationForm, StoreForm, known_about
from sellers.models import Seller
from sellers.schedule_forms import day_forms, delivery_forms


@require_http_methods(["GET", "POST"])
@throttle("apply")
def apply(request: Request) -> HttpResponse:
    """Say why to sell here, and take the application; what strangers type waits while they sign in."""
    if not request.user.is_authenticated:
        return _apply_as_stranger(request)
    if applying.waiting_store(request.user, request.market):
        return redirect("sellers:dashboard")
    typed = applications.kept(request.session)
    form = ApplicationForm(
        request.POST or None, market=request.market, initial=known_about(request.user) | typed
    )
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        context = {"form": form, "stores": access.memberships_of(request)}
        return render(request, "sellers/apply.html", context, status=status)
    try:
        seller = applying.apply(user=request.user, market=request.market, fields=form.application())
    except applying.ApplicationPending:
        return redirect("sellers:dashboard")
    applications.forget(request.session)
    request.session[access.SESSION_KEY] = seller.pk
    return redirect("sellers:dashboard")


def _apply_as_stranger(request: Request) -> HttpResponse:
    if request.method == "POST":
        applications.keep(request.session, request.POST)
        messages.info(request, _("Create an account or sign in; your application waits as you wrote it."))
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': reverse('sellers:apply')})}")
    form = ApplicationForm(market=request.market, initial=applications.kept(request.session))
    return render(request, "sellers/apply.html", {"form": form})


@sign_in_required
@require_GET
def dashboard(request: SellerRequest) -> HttpResponse:
    if not access.enter(request):
        return redirect("sellers:apply")
    steps = onboarding.steps(request.seller)
    context = {
        "seller": request.seller,
        "steps": [] if all(step.is_done for step in steps) else steps,
        "tiles": onboarding.tiles(),
        "memberships": request.memberships,
    }
    return render(request, "sellers/dashboard.html", context)


@sign_in_required
@require_POST
def switch_store(request: Request) -> HttpResponse:
    """Another of one's own stores."""
    chosen = request.POST.get("seller", "")
    member = next((m for m in access.memberships_of(request) if str(m.seller_id) == chosen), None)
    if member is None:
        raise Http404
    request.session[access.SESSION_KEY] = member.seller_id
    return redirect("sellers:dashboard")


@owner_required
@require_POST
def resubmit(request: SellerRequest) -> HttpResponse:
    try:
        lifecycle.resubmit(seller=request.seller, by=request.user)
    except (IllegalTransition, StaleState):
        messages.error(request, _("There is nothing to hand in again."))
        return redirect("sellers:dashboard")
    messages.success(request, _("We look at your application again."))
    return redirect("sellers:dashboard")


@seller_required
@require_http_methods(["GET", "POST"])
@throttle("upload")
def edit_store(request: SellerRequest) -> HttpResponse:
    shown = Seller.objects.get(pk=request.seller.pk)  # the form writes on its own copy
    form = StoreForm(request.POST or None, request.FILES or None, instance=shown, market=request.market)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "sellers/store.html", {"form": form, "seller": request.seller}, status=status)
    storefront.revise(seller=request.seller, changes=form.cleaned_data)
    messages.success(request, _("Your store is saved."))
    return redirect("sellers:edit_store")


@seller_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def edit_hours(request: SellerRequest) -> HttpResponse:
    days = day_forms(request.seller, request.POST or None)
    if request.method == "GET" or not all([day.is_valid() for day in days]):
        status = 200 if request.method == "GET" else 422
        return render(request, "sellers/hours.html", {"days": days, "seller": request.seller}, status=status)
    storefront.set_hours(seller=request.seller, hours=[hours for day in days if (hours := day.hours())])
    messages.success(request, _("Your opening hours are saved."))
    return redirect("sellers:edit_hours")


@seller_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def edit_delivery(request: SellerRequest) -> HttpResponse:
    ways = delivery_forms(request.seller, request.POST or None)
    valid = request.method == "POST" and all([way.is_valid() for way in ways])
    options = [option for way in ways if (option := way.option())] if valid else []
    if not options:
        status = 200 if request.method == "GET" else 422
        context = {"ways": ways, "seller": request.seller, "nothing_offered": valid}
        return render(request, "sellers/delivery.html", context, status=status)
    storefront.set_delivery(seller=request.seller, options=options)
    messages.success(request, _("Your ways of delivering are saved."))
    return redirect("sellers:edit_delivery")
