"""What staff do about refunds that no company gives back and no account is asked for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import Refund, RefundStatus
from payments.refunds import by_staff

DECISIONS: dict[str, str | Promise] = {
    "paid": _("Paid back at the company"),
    "ask": _("Ask the buyer for an account"),
}


class PaidBackForm(forms.Form):
    reference = forms.RegexField(
        r"^[\w./:-]{3,80}$",
        label=_("Number at the company"),
        max_length=80,
        help_text=_("Of the refund or void, as the company's panel shows it."),
    )
    note = forms.CharField(
        label=_("What you did"), max_length=300, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


def possible(refund: Refund) -> dict[str, str | Promise]:
    """The decisions that may be taken now; what came from a card goes back to it, so nothing is asked."""
    if refund.status != RefundStatus.NEEDS_STAFF:
        return {}
    may_ask = by_staff.may_ask_for_account(refund) and refund.reported_by_id is None
    return {name: label for name, label in DECISIONS.items() if name != "ask" or may_ask}


class DecidedByStaff:
    """A part of the screen of refunds: two buttons above the facts, each with a page of its own."""

    change_form_template = "admin/payments/refund/change_form.html"
    admin_site: Any
    model: Any

    def own_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide_by_staff)
        return [path("<int:number>/staff/<str:decision>/", decide, name="payments_refund_by_staff")]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        refund = self.get_object(request, object_id)  # type: ignore[attr-defined]
        may = refund is not None and self.has_money_permission(request)  # type: ignore[attr-defined]
        told = {**(extra_context or {}), "decisions": possible(refund) if may else {}}
        return super().change_view(request, object_id, form_url, told)  # type: ignore[misc]

    def decide_by_staff(self, request: HttpRequest, number: int, decision: str) -> HttpResponse:
        """Say what was done at the company, or that an account may be asked for."""
        refund = get_object_or_404(Refund.objects.select_related("payment", "order"), pk=number)
        if decision not in DECISIONS or not self.has_money_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        form = (
            PaidBackForm(request.POST if request.method == "POST" else None) if decision == "paid" else None
        )
        if request.method == "POST" and (form is None or form.is_valid()):
            if _decide(request, refund, form):
                return redirect("admin:payments_refund_change", refund.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{DECISIONS[decision]}: {refund.number}",
            "button": DECISIONS[decision],
            "refund": refund,
            "form": form,
            "needs_two": decision == "ask" or by_staff.needs_two(refund),
            "opts": self.model._meta,
        }
        status = 422 if form and form.is_bound else 200
        return TemplateResponse(request, "admin/payments/refund/by_staff.html", context, status=status)


def _decide(request: HttpRequest, refund: Refund, form: PaidBackForm | None) -> bool:
    """False where the form must be looked at again."""
    by: Any = request.user
    try:
        if form is None:
            is_done = by_staff.allow_account(refund=refund, by=by)
        else:
            is_done = by_staff.report_paid(refund=refund, by=by, **form.cleaned_data)
    except by_staff.ReferenceUsed:
        if form:
            form.add_error("reference", _("This number belongs to another payment."))
        return False
    except by_staff.SamePerson:
        messages.error(request, _("Noted already. Another person must say the same."))
    except (by_staff.NotPossible, by_staff.CardOnly):
        messages.error(request, _("Not possible in its present state."))
    else:
        text = _("Decided. The buyer has been told.") if is_done else _("Noted. A second person must agree.")
        messages.add_message(request, messages.SUCCESS if is_done else messages.WARNING, text)
    return True
