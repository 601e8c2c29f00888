"""Write-offs in the back office: what is asked for one difference, and those that a second person decides."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from payments.admin.proposals import ProposalAdmin
from payments.models import Difference, ProposalStatus, WriteOff
from payments.reconciliation import statement_formats, writing_off
from payments.reconciliation.statement_forms import WriteOffForm


@admin.register(WriteOff)
class WriteOffAdmin(ProposalAdmin):
    list_display = (
        "made_at", "about", "amount", "currency", "status", "reason", "note", "made_by", "decided_by",
    )  # fmt: skip
    list_filter = ("status", "reason", "market_code", "made_at")
    search_fields = ("note", "difference__line__company_reference")
    list_select_related = ("difference", "made_by", "decided_by")

    def approve(self, row: WriteOff, *, by: Any) -> None:
        writing_off.approve(proposal=row, by=by)

    def decline(self, row: WriteOff, *, by: Any, words: str) -> None:
        writing_off.decline(proposal=row, by=by, words=words)

    @admin.display(description=pgettext_lazy("back office", "difference"))
    def about(self, row: WriteOff) -> str:
        address = reverse("admin:payments_difference_change", args=[row.difference_id])
        return format_html('<a href="{}">{}</a>', address, self.subject(row))

    def subject(self, row: WriteOff) -> str:
        found, day = row.difference, date_format(row.difference.day, "SHORT_DATE_FORMAT")
        return f"{statement_formats.name_of(found.company)} · {day} · {found.get_kind_display()}"

    def details(self, row: WriteOff) -> list[str]:
        account = writing_off.ACCOUNTS[row.reason].label
        return [f"{row.get_reason_display()}: {row.note}", _("Counts from then on as: %s") % account]


def write_off_one(request: HttpRequest, screen: Any, difference: Difference) -> HttpResponse:
    """Say what will happen, ask why, and do it or note it for a second person."""
    if not screen.has_money_permission(request):
        raise PermissionDenied
    page = redirect("admin:payments_difference_change", difference.pk)
    if not difference.is_in_suspense:
        screen.message_user(request, _("Nothing of it is in suspense any more."), messages.ERROR)
        return page
    form = WriteOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _write_off(request, screen, difference, form)
        return page
    amount = writing_off.posted(difference)
    context = {**screen.admin_site.each_context(request), "form": form, "difference": difference}
    context |= {"opts": screen.opts, "title": _("Write off a difference"), "what": screen.what(difference)}
    context |= {"name": statement_formats.name_of(difference.company), "size": abs(amount)}
    context |= {"is_loss": amount < 0, "limit": difference.market.correction_limit}
    status = 422 if request.method == "POST" else 200
    return render(request, "admin/payments/write_off.html", context, status=status)


def _write_off(request: HttpRequest, screen: Any, difference: Difference, form: WriteOffForm) -> None:
    by: Any = request.user
    try:
        row = writing_off.write_off(difference_id=difference.pk, by=by, **form.cleaned_data)
    except writing_off.NotPossible:
        text, level = _("Somebody has written it off already, or asked for it."), messages.ERROR
    else:
        text, level = _("Written off."), messages.SUCCESS
        if row.status == ProposalStatus.WAITING:
            text, level = _("Noted. So much takes a second person."), messages.WARNING
    screen.message_user(request, text, level)
