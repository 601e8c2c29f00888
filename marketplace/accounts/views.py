"""A person's own pages: profile, address book, last security events."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts import addresses, languages, profiles
from marketplace.accounts.access import sign_in_required
from marketplace.accounts.forms import AddressForm, ProfileForm
from marketplace.accounts.models import Address, User
from marketplace.http import Request
from marketplace.throttling import throttle


@sign_in_required
@require_http_methods(["GET", "POST"])
@throttle("upload")
def profile(request: Request) -> HttpResponse:
    person = User.objects.get(pk=request.user.pk)  # the form writes on its own copy, not on request.user
    form = ProfileForm(request.POST or None, request.FILES or None, instance=person, market=request.market)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "accounts/profile.html", {"form": form}, status=status)
    profiles.revise(user=request.user, changes=form.cleaned_data)
    messages.success(request, _("Your profile is saved."))
    response = redirect("accounts:profile")
    languages.remember(response, form.cleaned_data["language"])
    return response


@sign_in_required
@require_GET
def show_security(request: Request) -> HttpResponse:
    events = request.user.security_events.all()[:50]
    return render(request, "accounts/security.html", {"events": events})


def _own_addresses(request: Request) -> QuerySet[Address]:
    """The address book of this person in this country."""
    return request.user.addresses.filter(market_code=request.market.code)


@sign_in_required
@require_GET
def list_addresses(request: Request) -> HttpResponse:
    context = {"addresses": _own_addresses(request)}
    return render(request, "accounts/addresses.html", context)


@sign_in_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def add_address(request: Request) -> HttpResponse:
    person = request.user
    known = {"first_name": person.first_name, "last_name": person.last_name, "phone": person.phone}
    return _edit(request, AddressForm(request.POST or None, initial=known, market=request.market))


@sign_in_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def edit_address(request: Request, address_id: int) -> HttpResponse:
    address = get_object_or_404(_own_addresses(request), pk=address_id)
    return _edit(request, AddressForm(request.POST or None, instance=address, market=request.market))


def _edit(request: Request, form: AddressForm) -> HttpResponse:
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "accounts/address.html", {"form": form}, status=status)
    addresses.keep(user=request.user, address=form.instance)
    messages.success(request, _("The address is saved."))
    return redirect("accounts:list_addresses")


@sign_in_required
@require_POST
@throttle("write")
def prefer_address(request: Request, address_id: int) -> HttpResponse:
    address = get_object_or_404(_own_addresses(request), pk=address_id)
    addresses.prefer(user=request.user, address=address)
    return redirect("accounts:list_addresses")


@sign_in_required
@require_http_methods(["GET", "POST"])
@throttle("write")
def remove_address(request: Request, address_id: int) -> HttpResponse:
    """Ask first, then forget."""
    address = get_object_or_404(_own_addresses(request), pk=address_id)
    if request.method == "GET":
        return render(request, "accounts/remove_address.html", {"address": address})
    addresses.remove(user=request.user, address=address)
    messages.success(request, _("The address is removed."))
    return redirect("accounts:list_addresses")
