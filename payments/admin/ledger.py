"""The ledger, to read."""

from django.contrib import admin

from payments.admin.base import ReadOnly
from payments.models import LedgerEntry


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "posted_at",
        "kind",
        "account",
        "seller",
        "gateway",
        "amount",
        "currency",
        "source",
        "movement",
    )
    list_filter = ("account", "kind", "market_code", "posted_at")
    search_fields = ("source", "movement", "order__number", "seller__business_name", "payout__reference")
    list_select_related = ("seller",)
