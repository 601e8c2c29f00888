"""Money asked back in the back office: both sides to read, and the last word."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import IllegalTransition, StaleState
from payments.admin.base import ReadOnly
from payments.disbursement.two_people import SamePerson
from payments.models import Refund, RefundRequest, RefundRequestLine
from payments.refunds import requesting
from payments.refunds.refundable import refundable
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.refunds.request_forms import LINE, DecisionForm, RefusalForm

DECISIONS = {"approve": _("Give money back"), "decline": _("Decline")}


class LineInline(ReadOnly, admin.TabularInline):
    model = RefundRequestLine
    extra = 0
    verbose_name_plural = pgettext_lazy("back office", "lines")
    fields = readonly_fields = ("line", "quantity")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("line")


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    extra = 0
    fields = readonly_fields = ("number", "status", "amount", "currency", "created_at", "ended_at")
    show_change_link = True


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "number",
        "seller_order",
        "cause",
        "status",
        "needs_staff",
        "amount",
        "market_code",
        "answer_by",
    )
    list_filter = ("needs_staff", "status", "market_code", "cause", "created_at")
    search_fields = ("number", "seller_order__number", "seller_order__order__email")
    list_select_related = ("seller_order",)
    ordering = ("-needs_staff", "answer_by")
    inlines = (LineInline, RefundInline)
    change_form_template = "admin/payments/refundrequest/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:request_id>/decide/<str:decision>/",
            self.admin_site.admin_view(self.decide),
            name="payments_refundrequest_decide",
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Above what was asked: the decisions, until one is taken."""
        row = self.get_object(request, object_id)
        open_to = self.has_money_permission(request) and row is not None and row.is_undecided
        decisions = DECISIONS if open_to else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": decisions}
        )

    def decide(self, request: HttpRequest, request_id: int, decision: str) -> HttpResponse:
        if decision not in DECISIONS or not self.has_money_permission(request):
            raise PermissionDenied
        rows = RefundRequest.objects.select_related("seller_order__order", "seller_order__seller")
        row = get_object_or_404(rows, pk=request_id)
        form = _form(request, row, decision)
        if not form.is_valid():
            return self._ask(request, row, decision, form)
        try:
            _decide(request, row, form)
        except requesting.NothingChosen:
            form.add_error(None, _("Choose what goes back."))
            return self._ask(request, row, decision, form)
        except (IllegalTransition, StaleState):
            self.message_user(request, _("This has been decided in the meantime."), messages.ERROR)
        except SamePerson:
            text = _("Somebody else must decide, who neither bought nor sold this.")
            self.message_user(request, text, messages.ERROR)
        except (NotRefundable, MoreThanPaid):
            self.message_user(request, _("So much is no longer left to give back."), messages.ERROR)
        else:
            self.message_user(request, _("Decided. Both sides have been told."), messages.SUCCESS)
        return redirect("admin:payments_refundrequest_change", row.pk)

    def _ask(
        self, request: HttpRequest, row: RefundRequest, decision: str, form: DecisionForm | RefusalForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{DECISIONS[decision]}: {row.number}",
            "button": DECISIONS[decision],
            "asked": row,
            "form": form,
            "rows": list(form.rows()) if isinstance(form, DecisionForm) else [],
            "opts": self.model._meta,
            "back": reverse("admin:payments_refundrequest_change", args=[row.pk]),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/refundrequest/decide.html", context, status=status)


def _form(request: HttpRequest, row: RefundRequest, decision: str) -> DecisionForm | RefusalForm:
    """Filled in with what was asked for."""
    posted = request.POST if request.method == "POST" else None
    if decision == "decline":
        return RefusalForm(posted)
    asked: dict[str, Any] = {f"{LINE}{line_id}": count for line_id, count in row.quantities.items()}
    initial = asked | {"with_delivery": row.with_delivery}
    return DecisionForm(posted, left=refundable(row.seller_order), initial=initial)


def _decide(request: HttpRequest, row: RefundRequest, form: DecisionForm | RefusalForm) -> None:
    words = form.cleaned_data["words"]
    if isinstance(form, RefusalForm):
        requesting.decide(row, approve=False, words=words, by=request.user)  # type: ignore[arg-type]
        return
    requesting.decide(
        row,
        approve=True,
        words=words,
        by=request.user,  # type: ignore[arg-type]
        lines=form.lines(),
        with_delivery=form.takes_delivery,
    )
