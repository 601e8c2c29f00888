"""Stores in the back office: approve, reject, suspend with a reason; statuses are never edited by hand."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.accounts.models import User
from marketplace.back_office import NoBirthNoDeath, ReadOnly, said_by
from marketplace.lifecycle import IllegalTransition, StaleState
from sellers import lifecycle, payout_destinations
from sellers.forms import RefusalForm
from sellers.models import TRANSITIONS, Member, PayoutDestination, Seller, SellerEvent, SellerStatus

# Each decision: its button, where it leads, and whether the owner must be told why.
DECISIONS = {
    "approve": (_("Approve, or end the suspension"), SellerStatus.APPROVED, False),
    "reject": (_("Reject"), SellerStatus.REJECTED, True),
    "suspend": (_("Suspend"), SellerStatus.SUSPENDED, True),
    "unfreeze": (_("Let payouts go on"), None, True),  # not a matter of the status
}


KINDS = {
    "applied": _("Applied"),
    "approved": pgettext_lazy("a store", "Approved"),
    "reinstated": _("Suspension ended"),
    "rejected": pgettext_lazy("a store", "Rejected"),
    "suspended": pgettext_lazy("a store", "Suspended"),
    "resubmitted": _("Applied again"),
    "payout_schedule": _("Payout schedule changed"),
    "payout_destination": _("Payout account changed"),
    "payouts_frozen": _("Payouts frozen"),
    "payouts_unfrozen": _("Payouts let go on"),
}


def decide(decision: str, seller: Seller, *, by: User, reason: str) -> None:
    if decision == "approve":
        lifecycle.approve(seller=seller, by=by)
    elif decision == "reject":
        lifecycle.reject(seller=seller, by=by, reason=reason)
    elif decision == "unfreeze":
        payout_destinations.unfreeze(seller=seller, by=by, reason=reason)
    else:
        lifecycle.suspend(seller=seller, by=by, reason=reason)


class MemberInline(ReadOnly, admin.TabularInline):
    model = Member
    extra = 0


class EventInline(ReadOnly, admin.TabularInline):
    model = SellerEvent
    extra = 0
    words = ReadOnly.words | {"kind": said_by(KINDS)}
    fields = ("at", "kind", "by", "reason")
    readonly_fields = fields


class DestinationInline(ReadOnly, admin.TabularInline):
    model = PayoutDestination
    extra = 0
    fields = (
        "rail",
        "masked",
        "holder_name",
        "is_active",
        "created_by",
        "created_at",
        "usable_from",
        "disputed_at",
        "refused_at",
    )
    readonly_fields = fields


@admin.register(Seller)
class SellerAdmin(NoBirthNoDeath, admin.ModelAdmin):
    list_display = (
        "business_name",
        "market_code",
        "status",
        "city",
        "commission_rate",
        "rating_average",
        "created_at",
    )
    list_filter = ("status", "market_code", "created_at", "payouts_frozen_at")
    search_fields = ("business_name", "slug", "email", "legal_name")
    ordering = ("-created_at",)
    inlines = (MemberInline, DestinationInline, EventInline)
    actions = tuple(DECISIONS)
    change_form_template = "admin/sellers/seller/change_form.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (
            _("State"),
            {"fields": ("status", "status_reason", "approved_at", "approved_by", "market_code", "slug")},
        ),
        (
            _("Who"),
            {
                "fields": (
                    "legal_name",
                    "document_type",
                    "document_number",
                    "terms_version",
                    "terms_accepted_at",
                )
            },
        ),
        (_("Store"), {"fields": ("business_name", "tagline", "description", "tags", "charges_tax")}),
        (
            _("Contact"),
            {"fields": ("email", "phone", "website", "street", "number", "neighborhood", "city", "region")},
        ),
        (_("Terms"), {"fields": ("commission_rate", "payment_methods")}),
        (
            _("Payouts"),
            {"fields": ("payout_schedule", "payout_day", "minimum_payout", "payouts_frozen_at")},
        ),
        (_("Figures"), {"fields": ("rating_average", "rating_count", "sales_count", "created_at")}),
    )
    readonly_fields = (
        "status", "status_reason", "approved_at", "approved_by", "payout_schedule", "payout_day",
        "payouts_frozen_at", "market_code", "slug",
        "document_type",
        "document_number", "terms_version", "terms_accepted_at", "rating_average", "rating_count",
        "sales_count", "created_at",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:seller_id>/decide/<str:decision>/",
            self.admin_site.admin_view(self.decide_one),
            name="sellers_seller_decide",
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Above the form: the decisions that this store's status allows."""
        seller = self.get_object(request, object_id)
        reachable = TRANSITIONS[seller.status] if seller else frozenset()
        possible = {name: label for name, (label, to, _why) in DECISIONS.items() if to in reachable}
        if seller and seller.payouts_frozen_at:
            possible["unfreeze"] = DECISIONS["unfreeze"][0]
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": possible}
        )

    def decide_one(self, request: HttpRequest, seller_id: int, decision: str) -> HttpResponse:
        if decision not in DECISIONS or not self.has_change_permission(request):
            raise PermissionDenied
        seller = get_object_or_404(Seller, pk=seller_id)
        asked = self._decide(request, [seller], decision)
        return asked or redirect("admin:sellers_seller_change", seller_id)

    @admin.action(description=DECISIONS["approve"][0], permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Seller]) -> HttpResponse | None:
        return self._decide(request, chosen, "approve")

    @admin.action(description=DECISIONS["reject"][0], permissions=["change"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Seller]) -> HttpResponse | None:
        return self._decide(request, chosen, "reject")

    @admin.action(description=DECISIONS["suspend"][0], permissions=["change"])
    def suspend(self, request: HttpRequest, chosen: QuerySet[Seller]) -> HttpResponse | None:
        return self._decide(request, chosen, "suspend")

    @admin.action(description=DECISIONS["unfreeze"][0], permissions=["change"])
    def unfreeze(self, request: HttpRequest, chosen: QuerySet[Seller]) -> HttpResponse | None:
        return self._decide(request, chosen, "unfreeze")

    def _decide(self, request: HttpRequest, chosen: Iterable[Seller], decision: str) -> HttpResponse | None:
        """Ask for the reason where one is due; then take the decision store by store."""
        label, _to, needs_reason = DECISIONS[decision]
        form = RefusalForm(request.POST if "reason" in request.POST else None)
        if request.method != "POST" or (needs_reason and not form.is_valid()):
            return self._ask(request, chosen, decision, form if needs_reason else None)
        reason = form.cleaned_data["reason"] if needs_reason else ""
        for seller in chosen:
            try:
                decide(decision, seller, by=request.user, reason=reason)
            except (IllegalTransition, StaleState):
                text = _("%(store)s: not possible in its present state.") % {"store": seller}
                self.message_user(request, text, messages.ERROR)
            else:
                self.message_user(request, f"{seller}: {label}", messages.SUCCESS)
        return None

    def _ask(
        self, request: HttpRequest, chosen: Iterable[Seller], decision: str, form: RefusalForm | None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": DECISIONS[decision][0],
            "chosen": list(chosen),
            "form": form,
            "action": decision if request.POST.get("action") else "",
            "opts": self.model._meta,
            "back": reverse("admin:sellers_seller_changelist"),
        }
        return TemplateResponse(request, "admin/sellers/seller/decide.html", context)
