"""Webhooks as they came."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments.admin.base import ReadOnly
from payments.models import GatewayNotice
from payments.notices import follow_up


@admin.register(GatewayNotice)
class GatewayNoticeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("received_at", "gateway", "event", "reference", "handled_at", "outcome")
    list_filter = ("gateway", "event", ("handled_at", admin.EmptyFieldListFilter), "received_at")
    search_fields = ("reference", "company_reference", "event_id")
    actions = ("follow_up_again",)

    @admin.action(description=_("Follow up again"), permissions=["money"])
    def follow_up_again(self, request: HttpRequest, rows: QuerySet[GatewayNotice]) -> None:
        numbers = list(rows.values_list("pk", flat=True))
        rows.update(handled_at=None, outcome="")
        for number in numbers:
            follow_up.delay(number)
        self.told(request, len(numbers))
