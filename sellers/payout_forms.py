"""Where a store's money goes, as each rail of the market asks for it, and when."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market, PaymentMethod, PayoutRail
from marketplace.markets.documents import is_nib, is_nuit
from marketplace.money import round_amount
from sellers.banks import BANKS, MOZAMBICAN_BANKS
from sellers.forms import clean_document, document_field
from sellers.models import PayoutSchedule
from sellers.schedule_forms import MAXIMUM_FEE, WEEKDAYS

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
        if self.wallet and self.wallet.phone_example:
            self.fields["phone"].help_text = _("For example %(example)s") % {
                "example": self.wallet.phone_example
            }

    @property
    def wallet(self) -> PaymentMethod | None:
        """The way of paying that goes into the same wallets as this rail."""
        named = (each for each in self.market.payment_methods if each.label == self.rail.label)
        return next((each for each in named if each.phone_pattern), None)

    def clean_phone(self) -> str:
        """A wallet lives on one operator's numbers."""
        number: str = self.cleaned_data["phone"]
        wallet = self.wallet
        if wallet and not re.fullmatch(wallet.phone_pattern, self.market.phone.national(number)):
            raise forms.ValidationError(
                _("This number has no %(wallet)s account."), params={"wallet": self.rail.label}
            )
        return number

    def clean_account_number(self) -> str:
        digits = re.sub(r"[\s-]", "", self.cleaned_data["account_number"])
        if not re.fullmatch(r"[0-9]{6,20}", digits) or not digits.strip("0"):
            raise forms.ValidationError(_("An account number has 6 to 20 digits."))
        return digits

    def clean_nib(self) -> str:
        """With or without `MZ59` in front, as banks write it in two ways."""
        digits = re.sub(
            r"^MZ[0-9]{2}(?=[0-9]{21}$)", "", re.sub(r"[\s.-]", "", self.cleaned_data["nib"]).upper()
        )
        if not is_nib(digits):
            raise forms.ValidationError(
                _("A NIB has 21 digits, and these do not fit together. Check every digit.")
            )
        return digits

    def clean_nuit(self) -> str:
        number = re.sub(r"\s", "", self.cleaned_data["nuit"])
        if not is_nuit(number):
            raise forms.ValidationError(_("This is not a valid number. Check every digit."))
        return number

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
            help_text=_("With Nequi or Daviplata: the mobile number"),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        ),
        "bank_name": forms.ChoiceField(
            label=_("Bank"), choices=[("", _("Choose…")), *((name, name) for name in MOZAMBICAN_BANKS)]
        ),
        "nib": forms.CharField(
            label="NIB",
            max_length=40,
            help_text=_("21 digits; it stands on your statements"),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        ),
        "nuit": forms.CharField(
            label=_("NUIT of the holder"),
            max_length=15,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        ),
        "document_type": document_field(market),
        "document_number": forms.CharField(label=_("Document number of the holder"), max_length=20),
    }


class PayoutScheduleForm(forms.Form):
    """How often the store is paid, and from which amount on."""

    payout_schedule = forms.ChoiceField(
        label=_("How often"), choices=PayoutSchedule.choices, widget=forms.RadioSelect
    )
    weekday = forms.TypedChoiceField(
        label=_("On which weekday"),
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        required=False,
        help_text=_("For payouts once a week"),
    )
    day = forms.IntegerField(
        label=_("On which day of the month"),
        min_value=1,
        max_value=31,
        required=False,
        help_text=_("For payouts once a month; shorter months pay on their last day"),
    )
    minimum_payout = forms.DecimalField(
        label=_("Only from this amount on"),
        min_value=0,
        max_value=MAXIMUM_FEE,
        required=False,
    )

    def __init__(self, *args: Any, market: Market, least: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.fields["minimum_payout"].help_text = _("Less than %(least)s is never sent.") % {"least": least}

    def clean_minimum_payout(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["minimum_payout"]
        if amount is not None and round_amount(amount, self.market.currency) != amount:
            raise forms.ValidationError(_("There is no such coin."))
        return amount

    def clean(self) -> dict[str, Any]:
        """The number that the schedule needs: a weekday, or a day of the month."""
        schedule = self.cleaned_data.get("payout_schedule", PayoutSchedule.DAILY)
        needed = {PayoutSchedule.WEEKLY: "weekday", PayoutSchedule.MONTHLY: "day"}.get(schedule)
        if needed and needed not in self.errors and self.cleaned_data.get(needed) in (None, ""):
            self.add_error(needed, _("Say on which day."))
        return self.cleaned_data

    def changes(self) -> dict[str, Any]:
        """Of the columns of a store."""
        chosen = self.cleaned_data["payout_schedule"]
        day = 1
        if chosen == PayoutSchedule.WEEKLY:
            day = self.cleaned_data["weekday"]
        elif chosen == PayoutSchedule.MONTHLY:
            day = self.cleaned_data["day"]
        return {
            "payout_schedule": chosen,
            "payout_day": day,
            "minimum_payout": self.cleaned_data["minimum_payout"],
        }
