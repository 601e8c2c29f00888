"""Orders held for a look in the back office: why, and what is decided."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.lifecycle import StaleState
from payments.admin.base import ReadOnly
from payments.models import Screening
from payments.refunds.refunding import NotRefundable
from payments.risk import screening_decisions
from payments.risk.screening_rules import in_words

DECISIONS = {"clear": _("Let it go on"), "reject": _("Reject and give all money back")}


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note for colleagues"), max_length=300, required=False)


@admin.register(Screening)
class ScreeningAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "order", "market_code", "method", "score", "verdict", "is_held", "why")
    list_filter = (
        "verdict",
        ("order__held_at", admin.EmptyFieldListFilter),
        "market_code",
        "method",
        "created_at",
    )
    search_fields = ("order__number", "order__email")
    list_select_related = ("order",)
    fields = readonly_fields = (
        "order",
        "payment",
        "market_code",
        "method",
        "score",
        "why",
        "verdict",
        "created_at",
        "decided_by",
        "decided_at",
        "note",
    )
    change_form_template = "admin/payments/screening/change_form.html"

    @admin.display(description=pgettext_lazy("an order", "Held"), boolean=True)
    def is_held(self, row: Screening) -> bool:
        return row.order.held_at is not None

    @admin.display(description=_("Reasons"))
    def why(self, row: Screening) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((text,) for text in in_words(row.reasons)))

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        own = path("<int:number>/decide/<str:decision>/", decide, name="payments_screening_decide")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Above what was seen: the decisions, while the order is held."""
        row = self.get_object(request, object_id)
        is_open = self.has_money_permission(request) and row is not None and self.is_held(row)
        decisions = DECISIONS if is_open else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": decisions}
        )

    def decide(self, request: HttpRequest, number: int, decision: str) -> HttpResponse:
        if decision not in DECISIONS or not self.has_money_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Screening.objects.select_related("order"), pk=number)
        form = NoteForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._ask(request, row, decision, form)
        act = screening_decisions.clear if decision == "clear" else screening_decisions.reject
        try:
            act(row.order, by=request.user, note=form.cleaned_data["note"])  # type: ignore[arg-type]
        except (StaleState, NotRefundable):
            self.message_user(request, _("This has been decided in the meantime."), messages.ERROR)
        except screening_decisions.SamePerson:
            text = _("It is your own order: somebody else must look at it.")
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, _("Decided. The buyer has been told."), messages.SUCCESS)
        return redirect("admin:payments_screening_change", row.pk)

    def _ask(self, request: HttpRequest, row: Screening, decision: str, form: NoteForm) -> HttpResponse:
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"{DECISIONS[decision]}: {row.order.number}",
            "button": DECISIONS[decision],
            "screening": row,
            "reasons": in_words(row.reasons),
            "form": form,
            "opts": self.model._meta,
            "back": reverse("admin:payments_screening_change", args=[row.pk]),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/screening/decide.html", context, status=status)
