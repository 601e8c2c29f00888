"""Forms of reconciliation: a statement to import, a difference to close."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models import Difference, DifferenceKind, WriteOffReason
from payments.reconciliation import fetching
from payments.reconciliation.statement_formats import FORMATS, MOST_BYTES, name_of

MOST_DAYS = timedelta(days=31)


class StatementForm(forms.Form):
    company = forms.ChoiceField(
        label=_("Company"), choices=[(code, each.name) for code, each in FORMATS.items()]
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("A table of text (CSV) as the company gives it out."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is too large. Import it in parts."))
        return file


class DaysForm(forms.Form):
    company = forms.ChoiceField(label=_("Company"))
    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].choices = [(code, name_of(code)) for code in fetching.companies()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and not first <= last <= timezone.localdate():
            self.add_error("last", _("The last day is not before the first, and not in the future."))
        elif first and last and last - first >= MOST_DAYS:
            self.add_error("last", _("Ask for a month at most."))
        return found


class WriteOffForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("", "—"),
            (WriteOffReason.TAX_WITHHELD, _("Tax withheld by the company: we claim it back")),
            (WriteOffReason.CHARGEBACK, _("Chargeback lost: a loss")),
            (WriteOffReason.FEE, _("Fee that nobody announced: a fee")),
            (WriteOffReason.UNEXPLAINED, _("Nobody can explain it: a loss, or a gain")),
        ],
    )
    note = forms.CharField(
        label=_("Explanation"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )


class CloseForm(forms.Form):
    note = forms.CharField(
        label=_("Explanation"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )
    post = forms.BooleanField(
        label=_("Post the amount, so that our books follow the statement"), required=False
    )

    def __init__(self, *args: Any, difference: Difference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if difference.kind == DifferenceKind.FEE:
            del self.fields["post"]
