"""What staff type at the counter: a code to look up, a receipt to report, a reason to turn one down."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace import uploads
from payments.vouchers import cash, slips


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code, or what the QR code of the slip says"),
        max_length=300,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "size": 50}),
    )

    def clean_code(self) -> str:
        text = self.cleaned_data["code"].strip()
        if "|" in text:
            if not slips.is_genuine(text):
                raise forms.ValidationError(_("This slip is not ours, or was changed."))
            text = text.split("|")[1]
        try:
            self.found = cash.find(text)
        except cash.BadLength:
            raise forms.ValidationError(_("Our codes have eleven digits.")) from None
        except cash.BadCheckDigit:
            raise forms.ValidationError(_("A digit is wrong: this cannot be one of our codes.")) from None
        except cash.UnknownCode:
            raise forms.ValidationError(_("We have never given out this code.")) from None
        return text


class ReceiptForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount received"), max_digits=14, decimal_places=2)
    receipt_number = forms.RegexField(
        r"^[\w./-]{3,40}$",
        label=_("Number of the receipt"),
        max_length=40,
        error_messages={
            "invalid": _("Three to forty letters and digits, without blanks, as on the receipt.")
        },
    )
    point = forms.CharField(label=_("Counter"), max_length=40)
    paid_at = forms.DateTimeField(
        label=_("Paid on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    scan = forms.FileField(label=_("Picture of the receipt"))

    def clean_paid_at(self) -> datetime:
        paid_at = self.cleaned_data["paid_at"]
        if paid_at > timezone.now():
            raise forms.ValidationError(_("This moment has not come yet."))
        return paid_at

    def clean_scan(self) -> Any:
        try:
            return uploads.rewrite(self.cleaned_data["scan"], longest_side=2000)
        except uploads.UnusablePicture as error:
            raise forms.ValidationError(str(error)) from None


class RejectForm(forms.Form):
    note = forms.CharField(label=_("Why"), max_length=200)
