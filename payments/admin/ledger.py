"""The ledger, to read; a seller's balance, to correct with a reason."""

from django.contrib import admin, messages
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from payments.admin.base import ReadOnly
from payments.books import adjusting
from payments.books.adjustment_forms import AdjustmentForm
from payments.models import LedgerEntry, ProposalStatus


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, admin.ModelAdmin):
    change_list_template = "admin/payments/ledgerentry/change_list.html"
    list_display = (
        "posted_at",
        "kind",
        "account",
        "seller",
        "gateway",
        "amount",
        "currency",
        "source",
        "note",
        "by",
    )
    list_filter = ("account", "kind", "market_code", "posted_at")
    search_fields = ("source", "movement", "order__number", "seller__business_name", "payout__reference")
    list_select_related = ("seller", "by")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.correct_balance)
        return [path("correct/", view, name="payments_ledgerentry_correct"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        more = {"may_correct": self.has_correct_permission(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_ledgerentry")

    def correct_balance(self, request: HttpRequest) -> HttpResponse:
        if not self.has_correct_permission(request):
            raise PermissionDenied
        form = AdjustmentForm(request.POST if request.method == "POST" else None)
        to_seller = LedgerEntry._meta.get_field("seller").remote_field
        form.fields["seller"].widget = ForeignKeyRawIdWidget(to_seller, self.admin_site)
        if form.is_valid():
            if (answer := self._correct(request, form)) is not None:
                return answer
        context = {
            **self.admin_site.each_context(request),
            "title": _("Correct a seller's balance"),
            "opts": self.model._meta,
            "form": form,
            "media": self.media + form.media,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/ledgerentry/correct.html", context, status=status)

    def _correct(self, request: HttpRequest, form: AdjustmentForm) -> HttpResponse | None:
        """Booked, or noted for a second person; None where the form must be looked at again."""
        try:
            correction = adjusting.adjust(**form.cleaned_data, by=request.user)  # type: ignore[arg-type]
        except adjusting.SamePerson:
            form.add_error("seller", _("Nobody corrects the balance of their own store."))
            return None
        except adjusting.FormUsed:
            form.add_error(None, _("Another correction was made with this form. Please open it anew."))
            return None
        if correction.status == ProposalStatus.WAITING:
            text = _("Noted. So much takes a second person: the store is told when it is booked.")
            self.message_user(request, text, messages.WARNING)
            return redirect("admin:payments_correction_change", correction.pk)
        self.message_user(request, _("The balance is corrected."), messages.SUCCESS)
        return redirect("admin:payments_ledgerentry_changelist")
