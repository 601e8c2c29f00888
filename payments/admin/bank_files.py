"""Lists for banks: made by one person, let go by another, then taken to the bank."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.markets import MARKETS
from payments.admin.base import ReadOnly
from payments.disbursement import bank_files, two_people
from payments.models import Payout, PayoutFile

STEPS = {
    "let_go": (pgettext_lazy("bank file", "Let it go"), bank_files.let_go),
    "call_off": (pgettext_lazy("bank file", "Call it off"), bank_files.call_off),
}


class ListedPayoutInline(ReadOnly, admin.TabularInline):
    model = Payout
    extra = 0
    fields = readonly_fields = ("reference", "seller", "destination", "amount", "status")
    show_change_link = True


@admin.register(PayoutFile)
class PayoutFileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "number",
        "market_code",
        "total",
        "currency",
        "made_by",
        "made_at",
        "approved_by",
        "called_off_at",
    )
    list_filter = (
        "market_code",
        "approved_at",
        "called_off_at",
        "made_at",
    )
    search_fields = ("number", "payouts__reference")
    list_select_related = ("made_by", "approved_by")
    inlines = (ListedPayoutInline,)
    change_list_template = "admin/payments/payout_files.html"
    change_form_template = "admin/payments/payout_file.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("make/<str:market_code>/", view(self.make), name="payments_payoutfile_make"),
            path("<int:file_id>/step/<str:step>/", view(self.step), name="payments_payoutfile_step"),
            path("<int:file_id>/download/", view(self.download), name="payments_payoutfile_download"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Above the list: the countries in which payouts wait for a list."""
        counts = [(market, bank_files.waiting(market).count()) for market in MARKETS.values()]
        makes = [each for each in counts if each[1] and self.has_money_permission(request)]
        return super().changelist_view(request, {**(extra_context or {}), "makes": makes})

    def make(self, request: HttpRequest, market_code: str) -> HttpResponse:
        """See what waits; with the button, make one list of it all."""
        self._only_money(request)
        market = MARKETS.get(market_code)
        if market is None:
            raise Http404
        if request.method != "POST":
            found = list(bank_files.waiting(market).select_related("seller", "destination"))
            return self._ask(request, _("Make a list for the bank"), found)
        try:
            file = bank_files.make(market=market, by=request.user)  # type: ignore[arg-type]
        except bank_files.NothingWaiting:
            self.message_user(request, _("No payout waits for a list."), messages.WARNING)
            return redirect("admin:payments_payoutfile_changelist")
        return redirect("admin:payments_payoutfile_change", file.pk)

    def step(self, request: HttpRequest, file_id: int, step: str) -> HttpResponse:
        """Let a list go, or call it off."""
        self._only_money(request)
        file = get_object_or_404(PayoutFile, pk=file_id)
        label, act = STEPS.get(step, (None, None))
        if act is None:
            raise Http404
        if request.method != "POST":
            found = list(file.payouts.select_related("seller", "destination"))
            return self._ask(request, f"{label}: {file.number}", found, file=file)
        try:
            act(file=file, by=request.user)  # type: ignore[operator, arg-type]
        except two_people.SamePerson:
            text = _("Somebody else must let it go, who did not make the list and is not paid by it.")
            self.message_user(request, text, messages.ERROR)
        except bank_files.NotPossible:
            self.message_user(request, _("Not possible in its present state."), messages.ERROR)
        else:
            self.message_user(request, f"{file}: {label}", messages.SUCCESS)
        return redirect("admin:payments_payoutfile_change", file_id)

    def download(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """What is taken to the bank; it holds account numbers, so only those who move money get it.

        Look first at what is still to be paid and who has taken the list before; the button gives it out.
        """
        self._only_money(request)
        file = get_object_or_404(PayoutFile, pk=file_id)
        try:
            if request.method != "POST":
                bank_files.write(file)
                found = list(bank_files.undecided(file).select_related("seller"))
                return self._ask(request, _("Download for the bank"), found, file=file)
            content = bank_files.take(file, by=request.user)  # type: ignore[arg-type]
        except bank_files.NotLetGo:
            self.message_user(request, _("A second person must let it go first."), messages.ERROR)
            return redirect("admin:payments_payoutfile_change", file_id)
        except bank_files.NothingLeft:
            self.message_user(
                request,
                _("The bank has answered for every payout of this list, or their stores rest."),
                messages.ERROR,
            )
            return redirect("admin:payments_payoutfile_change", file_id)
        headers = {
            "Content-Disposition": f'attachment; filename="{file.number}.csv"',
            "Cache-Control": "no-store",
        }
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    def _only_money(self, request: HttpRequest) -> None:
        if not self.has_money_permission(request):
            raise PermissionDenied

    def _ask(
        self, request: HttpRequest, title: object, found: list[Payout], *, file: PayoutFile | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "found": found,
            "file": file,
            "taken": bank_files.last_download(file) if file else None,
            "total": sum(payout.amount for payout in found),
            "opts": self.model._meta,
            "back": reverse("admin:payments_payoutfile_changelist"),
        }
        return TemplateResponse(request, "admin/payments/payout_file_step.html", context)
