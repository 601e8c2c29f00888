"""Reconciliation in the back office: import, look at every difference, close it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.admin.base import ReadOnly
from payments.models import Difference, Statement, StatementLine
from payments.reconciliation import differences, reconciling, statement_formats
from payments.reconciliation.statement_forms import CloseForm, StatementForm


class StatementLineInline(ReadOnly, admin.TabularInline):
    model = StatementLine
    fields = readonly_fields = (
        "row", "kind", "reference", "company_reference", "amount", "fee", "happened_at", "is_matched",
    )  # fmt: skip
    extra = 0
    max_num = 0
    classes = ("collapse",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        """Matched lines are no news: a long statement shows what is left."""
        return super().get_queryset(request).filter(is_matched=False)


@admin.register(Statement)
class StatementAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "company",
        "first_day",
        "last_day",
        "lines_count",
        "file_name",
        "imported_by",
        "imported_at",
    )
    list_filter = ("company", "imported_at")
    inlines = (StatementLineInline,)
    change_list_template = "admin/payments/statements.html"

    def get_urls(self) -> list[URLPattern]:
        bring = self.admin_site.admin_view(self.import_one)
        return [path("import/", bring, name="payments_statement_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        figures = differences.all_figures(last=timezone.localdate())
        return super().changelist_view(request, {**(extra_context or {}), "figures": figures})

    def import_one(self, request: HttpRequest) -> HttpResponse:
        if not self.has_money_permission(request):
            raise PermissionDenied
        form = StatementForm(request.POST or None, request.FILES or None)
        errors: list[statement_formats.RowError] = []
        if request.method == "POST" and form.is_valid():
            errors = self._import(request, form)
            if not errors and not form.errors:
                return redirect("admin:payments_statement_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "errors": errors}
        context["title"] = _("Import a statement")
        status = 422 if request.method == "POST" else 200
        return render(request, "admin/payments/import_statement.html", context, status=status)

    def _import(self, request: HttpRequest, form: StatementForm) -> list[statement_formats.RowError]:
        company, file = form.cleaned_data["company"], form.cleaned_data["file"]
        content = file.read()
        try:
            parsed = statement_formats.read(company, content)
            if parsed.errors:
                return parsed.errors
            statement = reconciling.import_statement(
                company=company,
                rows=parsed.rows,
                content=content,
                by=request.user,  # type: ignore[arg-type]
                file_name=file.name,
            )
        except statement_formats.UnreadableStatement as error:
            form.add_error("file", str(error))
            return []
        except reconciling.AlreadyImported:
            form.add_error("file", _("This statement was imported before, or all of its rows were."))
            return []
        self._say(request, statement, known=len(parsed.rows) - statement.lines_count)
        return []

    def _say(self, request: HttpRequest, statement: Statement, *, known: int) -> None:
        text = _("%(count)d rows imported. Differences of this company to explain: %(open)d.")
        open_ones = Difference.objects.filter(company=statement.company, closed_at=None).count()
        messages.success(request, text % {"count": statement.lines_count, "open": open_ones})
        if known:
            text = _("%(count)d rows were left out: earlier statements have shown them.")
            messages.info(request, text % {"count": known})


@admin.register(Difference)
class DifferenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("day", "company", "kind", "expected", "found", "currency", "what", "closed_at", "note")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "company", "kind", "day")
    list_select_related = ("payment", "refund", "payout", "line")
    search_fields = ("payment__reference", "payout__reference", "refund__number", "line__company_reference")
    change_form_template = "admin/payments/difference.html"

    @admin.display(description=gettext_lazy("About"))
    def what(self, row: Difference) -> str:
        return str(row.payment or row.refund or row.payout or (row.line and row.line.company_reference) or "")

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(self.close_one)
        return [path("<int:number>/close/", close, name="payments_difference_close"), *super().get_urls()]

    def close_one(self, request: HttpRequest, number: int) -> HttpResponse:
        if not self.has_money_permission(request):
            raise PermissionDenied
        difference = get_object_or_404(Difference, pk=number)
        form = CloseForm(request.POST or None, difference=difference)
        if request.method == "POST" and form.is_valid() and self._close(request, difference, form):
            return redirect("admin:payments_difference_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "difference": difference}
        context["title"] = _("Close a difference")
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
