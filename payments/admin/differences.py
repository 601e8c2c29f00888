"""Differences in the back office: look at every one, close it, and write off what nobody explains."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.templatetags.market import money, signed
from payments.admin.base import ReadOnly
from payments.admin.write_offs import write_off_one
from payments.models import Account, Difference, LedgerEntry, ProposalStatus, WriteOff
from payments.reconciliation import differences, statement_formats
from payments.reconciliation.statement_forms import CloseForm


@admin.register(Difference)
class DifferenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("when", "where", "sort", "end", "suspense", "ours", "theirs", "what")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "company", "kind", "day")
    list_select_related = ("payment", "refund", "payout", "line__statement", "closed_by")
    fields = ("where", "when", "sort", "ours", "theirs", "what", "theirs_of", "end", "suspense", "posted")
    search_fields = ("payment__reference", "payout__reference", "refund__number", "line__company_reference")
    change_form_template = "admin/payments/difference.html"
    change_list_template = "admin/payments/differences.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Difference]:
        entry = LedgerEntry.objects.filter(source=OuterRef("posted"), account=Account.SUSPENSE)
        asked = WriteOff.objects.filter(difference=OuterRef("pk"), status=ProposalStatus.WAITING)
        return (
            super()
            .get_queryset(request)
            .annotate(stands=Subquery(entry.values("amount")[:1]), asked=Subquery(asked.values("pk")[:1]))
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {"suspense": differences.suspense()}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=gettext_lazy("Company"), ordering="company")
    def where(self, row: Difference) -> str:
        return statement_formats.name_of(row.company)

    @admin.display(description=gettext_lazy("Day"), ordering="day")
    def when(self, row: Difference) -> str:
        return date_format(row.day, "SHORT_DATE_FORMAT")

    @admin.display(description=gettext_lazy("Kind"), ordering="kind")
    def sort(self, row: Difference) -> str:
        return row.get_kind_display()

    @admin.display(description=gettext_lazy("In suspense"), ordering="closed_at")
    def suspense(self, row: Difference) -> str:
        """How much, for how long, and the way out, or who must agree to it."""
        if not row.is_in_suspense or row.closed_at is None:
            return "—"
        address, text = reverse("admin:payments_difference_write_off", args=[row.pk]), _("Write it off")
        if row.asked:  # type: ignore[attr-defined]
            address = reverse("admin:payments_writeoff_change", args=[row.asked])  # type: ignore[attr-defined]
            text = str(ProposalStatus.WAITING.label)
        amount = signed(-(row.stands or Decimal(0)), row.currency)  # type: ignore[attr-defined]
        age = timesince(row.closed_at)
        return format_html('{} · {} · <a href="{}">{}</a>', amount, age, address, text)

    @admin.display(description=gettext_lazy("Expected"))
    def ours(self, row: Difference) -> str:
        return "—" if row.expected is None else money(row.expected, row.currency)

    @admin.display(description=gettext_lazy("Found"))
    def theirs(self, row: Difference) -> str:
        if row.line and row.line.has_no_rate:
            return f"{row.line.settled_amount} {row.line.settled_currency}"
        return "—" if row.found is None else money(row.found, row.currency)

    @admin.display(description=pgettext_lazy("a difference", "About"))
    def what(self, row: Difference) -> str:
        """Our payment, refund or payout, to be opened; else the number the company gives it."""
        known = row.payment or row.refund or row.payout
        if known is None:
            return row.line.company_reference or row.line.reference if row.line else "—"
        address = reverse(f"admin:payments_{known._meta.model_name}_change", args=[known.pk])
        return format_html('<a href="{}">{}</a>', address, known)

    @admin.display(description=gettext_lazy("Row of the statement"))
    def theirs_of(self, row: Difference) -> str:
        if row.line is None:
            return "—"
        address = reverse("admin:payments_statement_change", args=[row.line.statement_id])
        return format_html('<a href="{}">{} · {}</a>', address, row.line.statement.file_name, row.line.row)

    @admin.display(description=gettext_lazy("Explanation"), ordering="closed_at")
    def end(self, row: Difference) -> str:
        if row.closed_at is None:
            address = reverse("admin:payments_difference_close", args=[row.pk])
            return format_html('<a href="{}">{}</a>', address, _("Close it"))
        return f"{row.note} ({row.closed_by})" if row.closed_by else row.note

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(self.close_one)
        off = self.admin_site.admin_view(self.write_off_one)
        own = [
            path("<int:number>/close/", close, name="payments_difference_close"),
            path("<int:number>/write-off/", off, name="payments_difference_write_off"),
        ]
        return [*own, *super().get_urls()]

    def write_off_one(self, request: HttpRequest, number: int) -> HttpResponse:
        return write_off_one(request, self, get_object_or_404(Difference, pk=number))

    def close_one(self, request: HttpRequest, number: int) -> HttpResponse:
        if not self.has_money_permission(request):
            raise PermissionDenied
        difference = get_object_or_404(Difference, pk=number)
        form = CloseForm(request.POST or None, difference=difference)
        if request.method == "POST" and form.is_valid() and self._close(request, difference, form):
            return redirect("admin:payments_difference_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "difference": difference}
        name = statement_formats.name_of(difference.company)
        context |= {"opts": self.opts, "title": _("Close a difference"), "name": name}
        context |= {"what": self.what(difference), "row": self.theirs_of(difference)}
        context["owed"] = differences.owed(difference)
        status = 422 if request.method == "POST" else 200
        return render(request, "admin/payments/close_difference.html", context, status=status)

    def _close(self, request: HttpRequest, difference: Difference, form: CloseForm) -> bool:
        post = form.cleaned_data.get("post", False)
        try:
            differences.close(difference.pk, note=form.cleaned_data["note"], post=post, by=request.user)  # type: ignore[arg-type]
        except differences.AlreadyClosed:
            messages.error(request, _("Somebody has closed it already."))
        except differences.NothingToPost:
            form.add_error("post", _("There is no amount to post."))
            return False
        else:
            messages.success(request, _("Closed."))
        return True
