"""Corrections of balances in the back office: all to read, those that wait to be decided."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.admin.base import ReadOnly
from payments.books import adjusting
from payments.models import Correction, CorrectionStatus

DECISIONS = {
    "approve": pgettext_lazy("correction", "Agree and book it"),
    "decline": pgettext_lazy("correction", "Turn it down"),
}


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("For colleagues; the store hears nothing of it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


@admin.register(Correction)
class CorrectionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("made_at", "seller", "amount", "currency", "status", "reason", "made_by", "decided_by")
    list_filter = ("status", "market_code", "made_at")
    search_fields = ("seller__business_name", "reason", "key")
    list_select_related = ("seller", "made_by", "decided_by")
    change_form_template = "admin/payments/correction/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        own = path("<int:number>/decide/<str:decision>/", decide, name="payments_correction_decide")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        is_open = row is not None and row.status == CorrectionStatus.WAITING
        decisions = DECISIONS if is_open and self.has_money_permission(request) else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": decisions}
        )

    def decide(self, request: HttpRequest, number: int, decision: str) -> HttpResponse:
        """Look once more, say why not where it is turned down, and decide."""
        if decision not in DECISIONS or not self.has_money_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Correction.objects.select_related("seller", "made_by"), pk=number)
        is_sent = request.method == "POST"
        form = WordsForm(request.POST if is_sent else None) if decision == "decline" else None
        if is_sent and (form is None or form.is_valid()):
            self._decide(request, row, form)
            return redirect("admin:payments_correction_change", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{DECISIONS[decision]}: {row.seller}",
            "button": DECISIONS[decision],
            "correction": row,
            "form": form,
            "opts": self.model._meta,
        }
        status = 422 if form and form.is_bound else 200
        return TemplateResponse(request, "admin/payments/correction/decide.html", context, status=status)

    def _decide(self, request: HttpRequest, row: Correction, form: WordsForm | None) -> None:
        by: Any = request.user
        try:
            if form is None:
                adjusting.approve(correction=row, by=by)
            else:
                adjusting.decline(correction=row, by=by, words=form.cleaned_data["words"])
        except adjusting.SamePerson:
            text = _("Somebody else must decide, who did not ask for it and is not paid by it.")
            self.message_user(request, text, messages.ERROR)
        except adjusting.NotPossible:
            self.message_user(request, _("Somebody has decided this already."), messages.ERROR)
        else:
            self.message_user(request, _("Decided."), messages.SUCCESS)
