"""Payouts and what staff may do about them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from payments.admin.base import ReadOnly
from payments.admin.payout_requests import AskedForByStaff
from payments.disbursement import approving, bank_files, payouts, sending, two_people
from payments.models import Payout, PayoutEvent, PayoutLine, PayoutStatus
from payments.rails.base import Reason
from sellers.forms import RefusalForm

# Each decision: its button and the statuses in which it may be taken.
DECISIONS: dict[str, tuple[str | Promise, tuple[PayoutStatus, ...]]] = {
    "approve": (_("Approve"), (PayoutStatus.APPROVAL,)),
    "call_off": (_("Call off"), (PayoutStatus.APPROVAL, PayoutStatus.CREATED, PayoutStatus.SENDING)),
    "was_paid": (_("Statement read: paid"), (PayoutStatus.UNKNOWN, PayoutStatus.SENDING)),
    "was_not_paid": (_("Statement read: not paid"), (PayoutStatus.UNKNOWN, PayoutStatus.SENDING)),
    "came_back": (_("Statement read: it came back"), (PayoutStatus.PAID,)),
    "account_closed": (_("Account wrong or closed"), (PayoutStatus.UNKNOWN, PayoutStatus.SENDING)),
}


def possible(payout: Payout) -> dict[str, str | Promise]:
    """The decisions that its status allows; while it is being sent, only about what a bank got on paper."""
    found = {name: label for name, (label, statuses) in DECISIONS.items() if payout.status in statuses}
    if payout.status == PayoutStatus.SENDING:
        is_with_bank = payout.file is not None and payout.file.approved_at is not None
        if payout.rail != bank_files.RAIL or is_with_bank:
            found.pop("call_off")
        if not is_with_bank:
            found = {name: label for name, label in found.items() if name == "call_off"}
    return found


def decide(decision: str, payout: Payout, *, by: User, reason: str) -> None:
    """Raises SamePerson or approving.NotPossible."""
    steps: dict[str, Callable[[], None]] = {
        "approve": lambda: approving.approve(payout=payout, by=by),
        "call_off": lambda: approving.call_off(payout=payout, by=by, reason=reason),
        "was_paid": lambda: sending.decide(payout.pk, was_paid=True, by=by),
        "was_not_paid": lambda: sending.decide(payout.pk, was_paid=False, by=by),
        "came_back": lambda: sending.came_back(payout.pk, by=by),
        "account_closed": lambda: sending.decide(
            payout.pk, was_paid=False, by=by, reason=Reason.ACCOUNT_PROBLEM
        ),
    }
    steps[decision]()


class PayoutLineInline(ReadOnly, admin.TabularInline):
    model = PayoutLine
    extra = 0


class PayoutEventInline(ReadOnly, admin.TabularInline):
    model = PayoutEvent
    extra = 0
    fields = readonly_fields = ("at", "kind", "by", "note")


@admin.register(Payout)
class PayoutAdmin(ReadOnly, AskedForByStaff, admin.ModelAdmin):
    list_display = ("reference", "seller", "amount", "currency", "rail", "status", "created_at", "ended_at")
    list_filter = ("status", "market_code", "rail", "created_at")
    search_fields = ("reference", "company_reference", "seller__business_name", "file__number")
    list_select_related = ("seller",)
    inlines = (PayoutLineInline, PayoutEventInline)
    actions = ("run_payouts", "follow_up_now", "approve", "was_paid", "was_not_paid")
    change_form_template = "admin/payments/payout.html"
    change_list_template = "admin/payments/payouts.html"

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:payout_id>/decide/<str:decision>/",
            self.admin_site.admin_view(self.decide_one),
            name="payments_payout_decide",
        )
        return [own, *self.own_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Running payouts concerns no chosen row, so it works with none chosen."""
        if request.POST.get("action") == "run_payouts" and not request.POST.getlist("_selected_action"):
            if self.has_money_permission(request):
                self.run_payouts(request, Payout.objects.none())
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Above the facts: the decisions that may be taken now."""
        payout = self.get_object(request, object_id)
        may = payout is not None and self.has_money_permission(request)
        found = possible(payout) if payout and may else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": found}
        )

    def decide_one(self, request: HttpRequest, payout_id: int, decision: str) -> HttpResponse:
        """Look once more, say why where somebody is to be told, and decide."""
        if decision not in DECISIONS or not self.has_money_permission(request):
            raise PermissionDenied
        payout = get_object_or_404(Payout.objects.select_related("file"), pk=payout_id)
        form = RefusalForm(request.POST or None) if decision == "call_off" else None
        if request.method == "POST" and (form is None or form.is_valid()):
            self._decide(request, payout, decision, reason=form.cleaned_data["reason"] if form else "")
            return redirect("admin:payments_payout_change", payout_id)
        context = {
            **self.admin_site.each_context(request),
            "title": DECISIONS[decision][0],
            "payout": payout,
            "form": form,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/payments/payout_decide.html", context)

    def _decide(self, request: HttpRequest, payout: Payout, decision: str, *, reason: str = "") -> None:
        label = DECISIONS[decision][0]
        try:
            if decision not in possible(payout):  # a page that was open for long
                raise approving.NotPossible
            decide(decision, payout, by=request.user, reason=reason)  # type: ignore[arg-type]
        except two_people.SamePerson:
            text = _("%(payout)s: somebody else must decide, who did not ask for it and is not paid by it.")
            self.message_user(request, text % {"payout": payout}, messages.ERROR)
            return
        except approving.NotPossible:
            text = _("%(payout)s: not possible in its present state.")
            self.message_user(request, text % {"payout": payout}, messages.ERROR)
            return
        payout.refresh_from_db()
        if payout.reported_by_id == request.user.pk and payout.decided_by_id is None:
            text = _("%(payout)s: noted. Above the limit a second person must read the same.")
            self.message_user(request, text % {"payout": payout}, messages.WARNING)
        else:
            self.message_user(request, f"{payout}: {label} → {payout.get_status_display()}", messages.SUCCESS)

    @admin.action(description=_("Pay the sellers whose turn it is"), permissions=["money"])
    def run_payouts(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        by: User = request.user  # type: ignore[assignment]
        released, paid = payouts.release_due(), payouts.pay_all(by=by)
        text = _("%(released)d orders released, %(paid)d payouts on their way.")
        self.message_user(request, text % {"released": released, "paid": paid}, messages.SUCCESS)

    @admin.action(description=_("Ask the rail now"), permissions=["money"])
    def follow_up_now(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        for payout in rows:
            task = sending.send if payout.status == PayoutStatus.CREATED else sending.follow_up
            task.delay(payout.pk)
        self.told(request, len(rows))

    @admin.action(description=_("Approve (only above the limit)"), permissions=["money"])
    def approve(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        for payout in rows:
            self._decide(request, payout, "approve")

    @admin.action(
        description=_("Statement read: it was paid (only in doubt, or in a list)"), permissions=["money"]
    )
    def was_paid(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._read(request, rows, "was_paid")

    @admin.action(
        description=_("Statement read: it was not paid (only in doubt, or in a list)"), permissions=["money"]
    )
    def was_not_paid(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._read(request, rows, "was_not_paid")

    def _read(self, request: HttpRequest, rows: QuerySet[Payout], decision: str) -> None:
        for payout in rows.select_related("file"):
            if decision in possible(payout):
                self._decide(request, payout, decision)
