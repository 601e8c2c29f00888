"""Corrections of balances in the back office: all to read, those that wait to be decided."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.admin.proposals import ProposalAdmin
from payments.books import adjusting
from payments.models import Correction


@admin.register(Correction)
class CorrectionAdmin(ProposalAdmin):
    list_display = ("made_at", "seller", "amount", "currency", "status", "reason", "made_by", "decided_by")
    list_filter = ("status", "market_code", "made_at")
    search_fields = ("seller__business_name", "reason", "key")
    list_select_related = ("seller", "made_by", "decided_by")
    words_help = _("For colleagues; the store hears nothing of it.")

    def approve(self, row: Correction, *, by: Any) -> None:
        adjusting.approve(correction=row, by=by)

    def decline(self, row: Correction, *, by: Any, words: str) -> None:
        adjusting.decline(correction=row, by=by, words=words)

    def subject(self, row: Correction) -> str:
        return str(row.seller)

    def details(self, row: Correction) -> list[str]:
        return [f"{gettext('Reason')}: {row.reason}"]
