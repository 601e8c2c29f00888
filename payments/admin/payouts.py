"""Payouts and what staff may do about them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments import payouts, sending
from payments.admin.base import ReadOnly
from payments.models import Payout, PayoutEvent, PayoutLine, PayoutStatus


class PayoutLineInline(ReadOnly, admin.TabularInline):
    model = PayoutLine
    extra = 0


class PayoutEventInline(ReadOnly, admin.TabularInline):
    model = PayoutEvent
    extra = 0
    fields = readonly_fields = ("at", "kind", "by", "note")


@admin.register(Payout)
class PayoutAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("reference", "seller", "amount", "currency", "rail", "status", "created_at", "ended_at")
    list_filter = ("status", "market_code", "rail", "created_at")
    search_fields = ("reference", "company_reference", "seller__business_name")
    list_select_related = ("seller",)
    inlines = (PayoutLineInline, PayoutEventInline)
    actions = ("run_payouts", "follow_up_now", "was_paid", "was_not_paid")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Running payouts concerns no chosen row, so it works with none chosen."""
        if request.POST.get("action") == "run_payouts" and not request.POST.getlist("_selected_action"):
            if self.has_money_permission(request):
                self.run_payouts(request, Payout.objects.none())
        return super().changelist_view(request, extra_context)

    @admin.action(description=_("Pay all sellers now"), permissions=["money"])
    def run_payouts(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        released, paid = payouts.release_due(), payouts.pay_all()
        text = _("%(released)d orders released, %(paid)d payouts on their way.")
        self.message_user(request, text % {"released": released, "paid": paid}, messages.SUCCESS)

    @admin.action(description=_("Ask the rail now"), permissions=["money"])
    def follow_up_now(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        for payout in rows:
            task = sending.send if payout.status == PayoutStatus.CREATED else sending.follow_up
            task.delay(payout.pk)
        self.told(request, len(rows))

    @admin.action(description=_("Statement read: it was paid (only if unknown)"), permissions=["money"])
    def was_paid(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._decide(request, rows, was_paid=True)

    @admin.action(description=_("Statement read: it was not paid (only if unknown)"), permissions=["money"])
    def was_not_paid(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._decide(request, rows, was_paid=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[Payout], *, was_paid: bool) -> None:
        doubtful = rows.filter(status=PayoutStatus.UNKNOWN)
        for payout in doubtful:
            sending.decide(payout.pk, was_paid=was_paid, by=request.user)  # type: ignore[arg-type]
        self.message_user(request, _("Decided."), messages.SUCCESS)
