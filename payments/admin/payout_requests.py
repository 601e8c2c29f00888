"""Staff ask for a store's payout in its stead: the same path as its own request, the same limits."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from payments.disbursement import payable, payouts, staff_requests
from payments.models import Payout, PayoutStatus
from sellers.models import Seller


class StoreForm(forms.Form):
    seller = forms.ModelChoiceField(label=_("Store"), queryset=Seller.objects.all())


class AskedForByStaff:
    """A part of the screen of payouts: choose a store, see what it would get or why nothing, ask."""

    admin_site: Any
    model: Any
    media: Any

    def own_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.request_for_store)
        return [path("request/", view, name="payments_payout_request")]

    def request_for_store(self, request: HttpRequest) -> HttpResponse:
        if not self.has_money_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        is_sent = request.method == "POST"
        typed = request.POST if is_sent else request.GET
        form = StoreForm(typed if is_sent or "seller" in typed else None)
        to_seller = Payout._meta.get_field("seller").remote_field
        form.fields["seller"].widget = ForeignKeyRawIdWidget(to_seller, self.admin_site)
        store = form.cleaned_data["seller"] if form.is_valid() else None
        if is_sent and store and (payout := _ask(request, store)):
            return redirect("admin:payments_payout_change", payout.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Ask for a payout"),
            "form": form,
            "store": store,
            "prospect": staff_requests.prospect(store) if store else None,
            "opts": self.model._meta,
            "media": self.media + form.media,
        }
        status = 422 if is_sent or form.errors else 200
        return TemplateResponse(request, "admin/payments/payout_request.html", context, status=status)


def _ask(request: HttpRequest, store: Seller) -> Payout | None:
    """None where nothing is paid; the page says why."""
    try:
        payout = payouts.request_payout(seller=store, by=request.user)  # type: ignore[arg-type]
    except payable.NothingToPay as nothing:
        messages.error(request, staff_requests.explain(nothing.hindrance, store))
        return None
    if payout.status == PayoutStatus.APPROVAL:
        messages.warning(request, _("Asked for. Above the limit somebody else must let it go."))
    else:
        messages.success(request, _("Asked for. The money is on its way."))
    return payout
