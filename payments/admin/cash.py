"""The counter in the back office: look up a code, report its receipt, be the second pair of eyes."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.throttling import throttle
from payments.admin.base import ReadOnly
from payments.models import CashCode, CashEvent, CashStatus
from payments.vouchers import cash
from payments.vouchers.cash_forms import CodeForm, ReceiptForm, RejectForm


class CashEventInline(ReadOnly, admin.TabularInline):
    model = CashEvent
    extra = 0
    fields = readonly_fields = ("at", "kind", "by", "note")


@admin.register(CashCode)
class CashCodeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "code",
        "payment",
        "amount",
        "currency",
        "status",
        "expires_at",
        "receipt_number",
        "reported_by",
    )
    list_filter = ("status", "created_at")
    search_fields = ("code", "receipt_number", "payment__reference", "payment__order__number")
    list_select_related = ("payment",)
    exclude = ("receipt_scan",)
    inlines = (CashEventInline,)
    change_list_template = "admin/payments/cash_codes.html"
    change_form_template = "admin/payments/cash_code.html"

    def get_urls(self) -> list[URLPattern]:
        guard, limit = self.admin_site.admin_view, throttle("cash_code", methods=("GET", "POST"))
        return [
            path("counter/", guard(limit(self.counter)), name="payments_cashcode_counter"),
            path("<int:number>/confirm/", guard(self.second_look), name="payments_cashcode_second_look"),
            path("<int:number>/scan/", guard(self.scan), name="payments_cashcode_scan"),
            *super().get_urls(),
        ]

    def counter(self, request: HttpRequest) -> HttpResponse:
        """First the code, then the receipt that goes with it (MS-PAY-11, 12)."""
        if not self.has_money_permission(request):
            raise PermissionDenied
        form = CodeForm(request.GET if "code" in request.GET else None)
        found = form.found if form.is_bound and form.is_valid() else None
        receipt = ReceiptForm(request.POST or None, request.FILES or None) if found else None
        if found and receipt and request.method == "POST" and receipt.is_valid():
            if self._report(request, found, receipt):
                return redirect("admin:payments_cashcode_change", found.pk)
        context = {**self.admin_site.each_context(request), "form": form, "found": found, "receipt": receipt}
        context |= {
            "opts": self.opts,
            "title": _("Cash at the counter"),
            "is_open": found is not None and found.status in cash.OPEN,
            "is_over": found is not None and found.expires_at <= timezone.now(),
        }
        status = 422 if (form.is_bound and not form.is_valid()) or request.method == "POST" else 200
        return render(request, "admin/payments/counter.html", context, status=status)

    def _report(self, request: HttpRequest, found: CashCode, form: ReceiptForm) -> bool:
        facts: dict[str, Any] = form.cleaned_data
        try:
            reported = cash.report(code=found.code, by=request.user, **facts)  # type: ignore[arg-type]
        except cash.WrongAmount:
            form.add_error("amount", _("The code is for another amount. Cash codes are paid whole."))
        except cash.ReceiptUsed:
            form.add_error("receipt_number", _("This receipt was used for another code."))
        except cash.WrongState:
            form.add_error(None, _("This code cannot be paid any more."))
        else:
            waits = reported.status == CashStatus.REPORTED
            text = _("Reported. A second person must confirm it.") if waits else _("Paid.")
            messages.success(request, text)
            return True
        return False

    def second_look(self, request: HttpRequest, number: int) -> HttpResponse:
        if not self.has_money_permission(request):
            raise PermissionDenied
        code = get_object_or_404(CashCode, pk=number)
        form = RejectForm(request.POST if "reject" in request.POST else None)
        if request.method == "POST" and self._decide(request, code, form):
            return redirect("admin:payments_cashcode_changelist")
        context = {**self.admin_site.each_context(request), "code": code, "form": form}
        context |= {
            "opts": self.opts,
            "title": _("Second look"),
            "is_same": code.reported_by_id == request.user.pk,
        }
        return render(
            request, "admin/payments/second_look.html", context, status=422 if form.is_bound else 200
        )

    def _decide(self, request: HttpRequest, code: CashCode, form: RejectForm) -> bool:
        try:
            if form.is_bound:
                if not form.is_valid():
                    return False
                cash.reject(code.pk, by=request.user, note=form.cleaned_data["note"])  # type: ignore[arg-type]
                messages.success(request, _("Turned down. The code waits for cash again."))
            else:
                cash.confirm(code.pk, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("Paid."))
        except cash.SamePerson:
            messages.error(request, _("Another person must confirm what you have reported."))
        except cash.WrongState:
            messages.error(request, _("Somebody has decided this already."))
        return True

    def scan(self, request: HttpRequest, number: int) -> FileResponse:
        """The picture of the receipt: private, so only through here."""
        code = get_object_or_404(CashCode, pk=number)
        if not self.has_money_permission(request):
            raise PermissionDenied
        if not code.receipt_scan:
            raise Http404
        return FileResponse(code.receipt_scan.open(), content_type="image/webp")
