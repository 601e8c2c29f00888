"""What one person wants to book and a second must agree to: all to read, those that wait to be decided."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.admin.base import ReadOnly
from payments.books.proposing import NotPossible
from payments.disbursement.two_people import SamePerson
from payments.models import Proposal, ProposalStatus

DECISIONS = {
    "approve": pgettext_lazy("correction", "Agree and book it"),
    "decline": pgettext_lazy("correction", "Turn it down"),
}


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


class ProposalAdmin(ReadOnly, admin.ModelAdmin):
    """Subclasses say who books it (`approve`, `decline`) and what it is about (`subject`, `details`)."""

    change_form_template = "admin/payments/proposal/change_form.html"
    words_help: Promise | str = ""
    approve: Callable[..., None]
    decline: Callable[..., None]
    subject: Callable[[Any], str]
    details: Callable[[Any], list[str]]

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        name = f"payments_{self.opts.model_name}_decide"
        return [path("<int:number>/decide/<str:decision>/", decide, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        row: Any = self.get_object(request, object_id)
        is_open = row is not None and row.status == ProposalStatus.WAITING
        decisions = DECISIONS if is_open and self.has_money_permission(request) else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "decisions": decisions}
        )

    def decide(self, request: HttpRequest, number: int, decision: str) -> HttpResponse:
        """Look once more, say why not where it is turned down, and decide."""
        if decision not in DECISIONS or not self.has_money_permission(request):
            raise PermissionDenied
        row: Any = get_object_or_404(self.get_queryset(request).select_related("made_by"), pk=number)
        is_sent = request.method == "POST"
        form = WordsForm(request.POST if is_sent else None) if decision == "decline" else None
        if form:
            form.fields["words"].help_text = str(self.words_help)
        if is_sent and (form is None or form.is_valid()):
            self._decide(request, row, form)
            return redirect(f"admin:payments_{self.opts.model_name}_change", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{DECISIONS[decision]}: {self.subject(row)}",
            "button": DECISIONS[decision],
            "proposal": row,
            "subject": self.subject(row),
            "details": self.details(row),
            "form": form,
            "opts": self.opts,
        }
        status = 422 if form and form.is_bound else 200
        return TemplateResponse(request, "admin/payments/proposal/decide.html", context, status=status)

    def _decide(self, request: HttpRequest, row: Proposal, form: WordsForm | None) -> None:
        try:
            if form is None:
                self.approve(row, by=request.user)
            else:
                self.decline(row, by=request.user, words=form.cleaned_data["words"])
        except SamePerson:
            text = _("Somebody else must decide, who did not ask for it and is not paid by it.")
            self.message_user(request, text, messages.ERROR)
        except NotPossible:
            self.message_user(request, _("Somebody has decided this already."), messages.ERROR)
        else:
            self.message_user(request, _("Decided."), messages.SUCCESS)
