"""Statements of companies in the back office: import them, or ask for them, and see what they explain."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.admin.base import ReadOnly
from payments.admin.fetching import fetch_one
from payments.models import Difference, Statement, StatementLine
from payments.reconciliation import differences, reconciling, statement_formats
from payments.reconciliation.statement_forms import StatementForm


class StatementLineInline(ReadOnly, admin.TabularInline):
    model = StatementLine
    fields = readonly_fields = (
        "row", "kind", "reference", "company_reference", "amount", "fee", "happened_at", "is_matched",
    )  # fmt: skip
    extra = 0
    max_num = 0
    verbose_name_plural = gettext_lazy("Rows that nothing of ours matches")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        """Matched lines are no news: a long statement shows what is left."""
        return super().get_queryset(request).filter(is_matched=False)


@admin.register(Statement)
class StatementAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("about", "days", "rows", "unexplained", "by", "file_name")
    fields = ("about", "days", "rows", "file_name", "by")
    list_filter = ("company", "imported_at")
    inlines = (StatementLineInline,)
    change_list_template = "admin/payments/statements.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        waiting = Count("lines__differences", filter=Q(lines__differences__closed_at=None), distinct=True)
        return super().get_queryset(request).select_related("imported_by").annotate(waiting=waiting)

    @admin.display(description=gettext_lazy("Company"), ordering="company")
    def about(self, row: Statement) -> str:
        return statement_formats.name_of(row.company)

    @admin.display(description=gettext_lazy("Days"), ordering="first_day")
    def days(self, row: Statement) -> str:
        days = dict.fromkeys((row.first_day, row.last_day))
        return " – ".join(date_format(day, "SHORT_DATE_FORMAT") for day in days)

    @admin.display(description=gettext_lazy("Rows"), ordering="lines_count")
    def rows(self, row: Statement) -> int:
        return row.lines_count

    @admin.display(description=gettext_lazy("Open differences"))
    def unexplained(self, row: Statement) -> int:
        return row.waiting  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Imported"), ordering="imported_at")
    def by(self, row: Statement) -> str:
        moment = date_format(timezone.localtime(row.imported_at), "SHORT_DATETIME_FORMAT")
        return f"{moment} · {row.imported_by or '—'}"

    def get_urls(self) -> list[URLPattern]:
        bring, ask = self.admin_site.admin_view(self.import_one), self.admin_site.admin_view(self.fetch_one)
        own = [
            path("import/", bring, name="payments_statement_import"),
            path("fetch/", ask, name="payments_statement_fetch"),
        ]
        return [*own, *super().get_urls()]

    def fetch_one(self, request: HttpRequest) -> HttpResponse:
        return fetch_one(request, self)

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
        context |= {"opts": self.opts, "title": _("Import a statement")}
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
