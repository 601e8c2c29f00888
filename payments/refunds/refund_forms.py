"""What staff say when they give money back without being asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.refunds.request_forms import UnitsForm


class StaffRefundForm(UnitsForm):
    """Units of each line, the delivery, whether the goods can be sold again, and why."""

    restock = forms.BooleanField(
        label=_("The goods are back and can be sold again"),
        required=False,
        help_text=_("Tick it as well if they were never sent."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("The buyer and the store read this word for word.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.lines() and not self.takes_delivery:
            raise forms.ValidationError(_("Choose what goes back."))
        return cleaned
