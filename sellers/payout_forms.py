"""Where a store's money goes, as each rail of the market asks for it."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market, PayoutRail
from sellers.banks import BANKS
from sellers.forms import clean_document, document_field

ACCOUNT_TYPES = (("savings", _("Savings")), ("checking", _("Current account")))


class DestinationForm(forms.Form):
    """The fields that the rail names, and no others."""

    def __init__(self, *args: Any, market: Market, rail: PayoutRail, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.rail = rail
        available = _fields(market)
        for name in rail.fields:
            self.fields[name] = available[name]

    def clean_phone(self) -> str:
        """A wallet lives on one operator's numbers."""
        number: str = self.cleaned_data["phone"]
        method = next(
            (m for m in self.market.payment_methods if m.phone_pattern and m.label == self.rail.label), None
        )
        if method and not re.fullmatch(method.phone_pattern, self.market.phone.national(number)):
            raise forms.ValidationError(
                _("This number has no %(wallet)s account."), params={"wallet": self.rail.label}
            )
        return number

    def clean_account_number(self) -> str:
        digits = re.sub(r"[\s-]", "", self.cleaned_data["account_number"])
        if not re.fullmatch(r"[0-9]{6,20}", digits) or not digits.strip("0"):
            raise forms.ValidationError(_("An account number has 6 to 20 digits."))
        return digits

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "document_number" in self.fields:
            clean_document(self, self.market)
        return self.cleaned_data


def _fields(market: Market) -> dict[str, forms.Field]:
    return {
        "phone": PhoneField(market=market),
        "holder_name": forms.CharField(
            label=_("Name of the account holder"),
            max_length=160,
            help_text=_("Exactly as the bank or the wallet has it"),
        ),
        "bank_code": forms.ChoiceField(label=_("Bank"), choices=[("", _("Choose…")), *BANKS.items()]),
        "account_type": forms.ChoiceField(label=_("Kind of account"), choices=ACCOUNT_TYPES),
        "account_number": forms.CharField(
            label=_("Account number"),
            max_length=30,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        ),
        "document_type": document_field(market),
        "document_number": forms.CharField(label=_("Document number of the holder"), max_length=20),
    }
