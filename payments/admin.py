"""Money in the back office: all to read, nothing to change by hand; actions call the domain."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from payments import notices, payouts, sending, settling
from payments.models import (
    GatewayNotice,
    LedgerEntry,
    Payment,
    PaymentEvent,
    Payout,
    PayoutEvent,
    PayoutLine,
    PayoutStatus,
)
from payments.surplus import book_wrong_amount


class ReadOnly:
    """Nothing is added, changed or deleted by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_money_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payout")

    def told(self, request: HttpRequest, count: int) -> None:
        text = ngettext("%(count)d queued.", "%(count)d queued.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]


class PaymentEventInline(ReadOnly, admin.TabularInline):
    model = PaymentEvent
    extra = 0
    fields = readonly_fields = ("at", "kind", "status", "note")


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "reference",
        "order",
        "method",
        "status",
        "attention",
        "amount",
        "currency",
        "created_at",
        "settled_at",
    )
    list_filter = ("attention", "status", "market_code", "method", "created_at")
    search_fields = ("reference", "order__number", "company_reference", "order__email")
    list_select_related = ("order",)
    exclude = ("inputs",)
    inlines = (PaymentEventInline,)
    actions = ("ask_now", "book_as_surplus")

    @admin.action(description=_("Ask the company now"), permissions=["money"])
    def ask_now(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        for payment in rows:
            settling.ask.delay(payment.pk)
        self.told(request, len(rows))

    @admin.action(description=_("Wrong amount: book as surplus, to send back"), permissions=["money"])
    def book_as_surplus(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        for payment in rows:
            book_wrong_amount.delay(payment.pk, str(request.user.pk))
        self.told(request, len(rows))


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
            notices.follow_up.delay(number)
        self.told(request, len(numbers))


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
