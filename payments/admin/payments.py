"""Payments: every attempt with its history, and what staff may do about it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments import settling
from payments.admin.base import ReadOnly
from payments.models import Payment, PaymentEvent
from payments.refunds.surplus import book_wrong_amount


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
