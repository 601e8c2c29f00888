"""Refunds in the back office: all to read; asked about, decided and begun through the domain."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import SellerOrder
from payments.admin.base import ReadOnly
from payments.admin.refunds_by_staff import DecidedByStaff
from payments.models import Refund, RefundEvent, RefundLine, RefundStatus
from payments.refunds import by_statement, returning
from payments.refunds.refund_emails import send_account_needed
from payments.refunds.refund_forms import StaffRefundForm
from payments.refunds.refunding import MoreThanPaid, NotRefundable, refund_part, refundable

# Whoever has the link says where the money goes; what was typed there is nobody's business.
PRIVATE = ("secret", "account")


class RefundLineInline(ReadOnly, admin.TabularInline):
    model = RefundLine
    extra = 0
    verbose_name_plural = pgettext_lazy("back office", "lines")
    fields = readonly_fields = ("line", "quantity", "amount", "tax", "commission", "commission_tax")


class RefundEventInline(ReadOnly, admin.TabularInline):
    model = RefundEvent
    extra = 0
    fields = readonly_fields = ("at", "kind", "status", "by", "note")


@admin.register(Refund)
class RefundAdmin(ReadOnly, DecidedByStaff, admin.ModelAdmin):
    list_display = (
        "number",
        "order",
        "kind",
        "amount",
        "currency",
        "status",
        "rail",
        "actor",
        "created_at",
        "ended_at",
    )
    list_filter = ("status", "kind", "market_code", "rail", "actor", "created_at")
    search_fields = ("number", "reference", "company_reference", "order__number", "order__email")
    list_select_related = ("order",)
    exclude = PRIVATE
    inlines = (RefundLineInline, RefundEventInline)
    actions = ("ask_now", "was_sent", "was_not_sent", "has_come_back", "send_link_again")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "part/<int:seller_order_id>/",
            self.admin_site.admin_view(self.refund_this_part),
            name="payments_refund_part",
        )
        return [own, *self.own_urls(), *super().get_urls()]

    @admin.action(description=_("Ask the company now, or send what waits"), permissions=["money"])
    def ask_now(self, request: HttpRequest, rows: Any) -> None:
        for refund in rows:
            task = returning.send if refund.status == RefundStatus.CREATED else returning.follow_up
            task.delay(refund.pk)
        self.told(request, len(rows))

    @admin.action(description=_("Statement read: it was sent (only if unknown)"), permissions=["money"])
    def was_sent(self, request: HttpRequest, rows: Any) -> None:
        self._decide(request, rows, was_sent=True)

    @admin.action(description=_("Statement read: it was not sent (only if unknown)"), permissions=["money"])
    def was_not_sent(self, request: HttpRequest, rows: Any) -> None:
        self._decide(request, rows, was_sent=False)

    @admin.action(description=_("Statement read: it came back (only if sent)"), permissions=["money"])
    def has_come_back(self, request: HttpRequest, rows: Any) -> None:
        by: Any = request.user
        self._read(request, rows, lambda refund: by_statement.came_back(refund=refund, by=by))

    def _decide(self, request: HttpRequest, rows: Any, *, was_sent: bool) -> None:
        by: Any = request.user
        self._read(request, rows, lambda refund: by_statement.decide(refund=refund, was_sent=was_sent, by=by))

    def _read(self, request: HttpRequest, rows: Any, decide: Callable[[Refund], bool]) -> None:
        """Each refund gets its own sentence: one may be noted, the next decided, a third not possible."""
        for refund in rows:
            try:
                is_done = decide(refund)
            except by_statement.SamePerson:
                text, level = (
                    _("%(refund)s: somebody else must decide; it is your own money."),
                    messages.ERROR,
                )
            except by_statement.NotPossible:
                text, level = _("%(refund)s: not possible in its present state."), messages.ERROR
            else:
                noted = _("%(refund)s: noted. Above the limit a second person must read the same.")
                text, level = (
                    (_("%(refund)s: decided."), messages.SUCCESS) if is_done else (noted, messages.WARNING)
                )
            self.message_user(request, text % {"refund": refund}, level)

    @admin.action(description=_("Send the buyer the link again"), permissions=["money"])
    def send_link_again(self, request: HttpRequest, rows: Any) -> None:
        waiting = rows.filter(status=RefundStatus.NEEDS_ACCOUNT).select_related("order", "payment")
        for refund in waiting:
            send_account_needed(refund, is_reminder=True)
        self.told(request, len(waiting))

    def refund_this_part(self, request: HttpRequest, seller_order_id: int) -> HttpResponse:
        """Give money back for lines of one seller's part, without anybody having asked."""
        if not self.has_money_permission(request):
            raise PermissionDenied
        parts = SellerOrder.objects.select_related("order", "seller")
        part = get_object_or_404(parts, pk=seller_order_id)
        posted = request.POST if request.method == "POST" else None
        form = StaffRefundForm(posted, left=refundable(part), initial={"with_delivery": True})
        if not form.is_valid():
            return self._ask(request, part, form)
        try:
            refund = _refund(request, part, form)
        except (NotRefundable, MoreThanPaid):
            form.add_error(None, _("So much is no longer left to give back."))
            return self._ask(request, part, form)
        except by_statement.SamePerson:
            form.add_error(None, _("It is your own order: somebody else must give its money back."))
            return self._ask(request, part, form)
        self.message_user(request, _("Approved. Buyer and store have been told."), messages.SUCCESS)
        return redirect("admin:payments_refund_change", refund.pk)

    def _ask(self, request: HttpRequest, part: SellerOrder, form: StaffRefundForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give money back: %(number)s") % {"number": part.number},
            "part": part,
            "form": form,
            "rows": list(form.rows()),
            "opts": self.model._meta,
            "back": reverse("admin:orders_sellerorder_change", args=[part.pk]),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/refund_part.html", context, status=status)


def _refund(request: HttpRequest, part: SellerOrder, form: StaffRefundForm) -> Refund:
    return refund_part(
        seller_order=part,
        lines=form.lines(),
        with_delivery=form.takes_delivery,
        reason=form.cleaned_data["reason"],
        by=request.user,  # type: ignore[arg-type]
        actor="staff",
        restock=form.cleaned_data["restock"],
    )
