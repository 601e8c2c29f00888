"""The shape of what shoppers and sellers tell us about carts and orders."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market
from orders.models.cart import MAX_QUANTITY
from orders.numbering import PATTERN


class QuantityForm(forms.Form):
    """How many of one thing."""

    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_QUANTITY,
        error_messages={
            "required": _("Say how many you want."),
            "invalid": _("Enter a whole number."),
            "min_value": _("Take at least one."),
            "max_value": _("You can buy up to %(limit_value)s at once."),
        },
    )


def _text(label: Any, autocomplete: str, length: int, **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=length, widget=widget, **more)


class ContactForm(forms.Form):
    """Who orders. The phone is written as the market writes it and kept with its country code."""

    email = forms.EmailField(
        label=_("Email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    first_name = _text(_("First name"), "given-name", 80)
    last_name = _text(_("Last name"), "family-name", 80)

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(market=market)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


def places(market: Market) -> list[tuple[str, list[tuple[str, str]]]]:
    """Cities grouped by region: one list serves both, with or without JavaScript."""
    return [
        (region.name, [(f"{region.code}:{city.name}", city.name) for city in region.cities])
        for region in market.regions
    ]


class AddressForm(forms.Form):
    """Where the goods go; `place` is "region:city"."""

    place = forms.ChoiceField(
        label=_("City"), error_messages={"invalid_choice": _("Choose a city from the list.")}
    )
    street = _text(_("Street and number"), "address-line1", 160)
    complement = _text(_("Apartment, floor, landmark"), "address-line2", 120, required=False)
    neighborhood = _text(_("Neighbourhood"), "address-level3", 80, required=False)
    postal_code = _text(_("Postal code"), "postal-code", 12, required=False)

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", _("Choose your city")), *places(market)]  # type: ignore[attr-defined]
        self.fields["street"].help_text = market.address_hint  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["region"], _colon, cleaned["city"] = cleaned.get("place", "").partition(":")
        return cleaned


class OrderForm(forms.Form):
    """The rest of the checkout: how to pay, what to say, what was agreed to."""

    method = forms.CharField(
        label=_("Payment method"), max_length=20, error_messages={"required": _("Choose how to pay.")}
    )
    notes = forms.CharField(
        label=_("Notes for the sellers"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    terms = forms.BooleanField(
        label=_("I accept the terms and conditions"),
        error_messages={"required": _("Please accept the terms to order.")},
    )
    save_address = forms.BooleanField(label=_("Save this address for next time"), required=False)


class FindOrderForm(forms.Form):
    """What a guest remembers of an order."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=24,
        validators=[RegexValidator(PATTERN, _("It looks like ORD-20261121-7K2MX9QF."))],
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("Email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            data["number"] = str(data.get("number", "")).strip().upper()
        super().__init__(data, **kwargs)


class ShipForm(forms.Form):
    """Who carries a parcel and where it can be followed; all of it may be unknown."""

    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60, required=False)
    tracking_url = forms.URLField(
        label=_("Tracking link"),
        max_length=200,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    def clean_tracking_url(self) -> str:
        url = self.cleaned_data["tracking_url"]
        if url and not url.startswith(("https://", "http://")):
            raise forms.ValidationError(_("Enter a web address that starts with https://."))
        return url


class SellerNotesForm(forms.Form):
    seller_notes = forms.CharField(
        label=pgettext_lazy("for the seller's own people", "Notes"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
