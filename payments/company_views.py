"""The page "Payment companies": who works, how well, and what failed last (MS-PAY-14)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from payments import health
from payments.reconciliation.statement_formats import name_of
from payments.wording import sentence


@require_GET
def show_companies(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("payments.view_payment"):
        raise PermissionDenied
    rows = [_row(each) for each in health.overview()]
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Payment companies"),
        "rows": rows,
        "hours": int(health.WINDOW.total_seconds() // 3600),
    }
    return TemplateResponse(request, "admin/payments/companies.html", context)


def _row(each: health.Overview) -> Mapping[str, Any]:
    record = each.record
    return {
        "each": each,
        "company": name_of(each.gateway),
        "percent": None if record is None or record.rate is None else round(record.rate * 100),
        "seconds": None if record is None or record.seconds is None else round(record.seconds),
        "failures": [(payment, sentence(payment.failure_reason)) for payment in each.last_failures],
    }
