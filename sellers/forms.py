"""What a store tells us about itself; forms validate, they never save."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market
from marketplace.uploads import PictureField
from sellers.models import Seller

MAXIMUM_TAGS = 12


def document_field(market: Market) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Identity document"),
        choices=[(document.code, document.label) for document in market.identity_documents],
    )


def clean_document(form: forms.Form, market: Market) -> None:
    """Check the digits of the number by the rules of its kind, and store it without dots and spaces."""
    kind = market.identity_document(form.cleaned_data.get("document_type", ""))
    number = form.cleaned_data.get("document_number")
    if kind is None or not number:
        return
    if kind.is_valid(number):
        form.cleaned_data["document_number"] = re.sub(r"[.\s-]", "", number).upper()
    else:
        form.add_error("document_number", _("This is not a valid number. Check every digit."))


class PlaceMixin:
    """Region and town as the market knows them, so that distances can be told."""

    market: Market
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def add_place(self) -> None:
        self.fields["region"] = forms.ChoiceField(
            label=_("Region"),
            choices=[("", _("Choose…")), *((region.code, region.name) for region in self.market.regions)],
        )
        self.fields["city"].widget.attrs["list"] = "cities"
        self.cities = sorted({city.name for region in self.market.regions for city in region.cities})

    def clean_place(self) -> None:
        region = self.market.region(self.cleaned_data.get("region", ""))
        typed = self.cleaned_data.get("city", "")
        if region is None or not typed:
            return
        match = next((city.name for city in region.cities if city.name.casefold() == typed.casefold()), None)
        if match:
            self.cleaned_data["city"] = match
        else:
            towns = ", ".join(city.name for city in region.cities)
            self.add_error(  # type: ignore[attr-defined]
                "city", _("We do not deliver from there yet. Choose one of: %(towns)s.") % {"towns": towns}
            )


class ApplicationForm(PlaceMixin, forms.ModelForm):
    document_number = forms.CharField(label=_("Document number"), max_length=20)
    terms = forms.BooleanField(label=_("I accept the terms for sellers"))

    class Meta:
        model = Seller
        fields = (
            "business_name", "description", "email", "phone", "street", "number", "region", "city",
            "legal_name", "document_type", "document_number",
        )  # fmt: skip
        labels = {
            "business_name": _("Name of the store"),
            "description": _("What do you sell?"),
            "email": _("Email for orders"),
            "street": _("Street"),
            "number": _("Number"),
            "city": _("Town"),
            "legal_name": _("Your full name, or the company's"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.fields["description"].required = True
        self.fields["phone"] = PhoneField(market=market)
        self.fields["document_type"] = document_field(market)
        self.fields["street"].help_text = market.address_hint  # type: ignore[assignment]
        self.add_place()

    def clean(self) -> dict[str, Any]:
        super().clean()
        clean_document(self, self.market)  # type: ignore[arg-type]
        self.clean_place()
        return self.cleaned_data

    def application(self) -> dict[str, Any]:
        """The columns of the new store."""
        return {name: value for name, value in self.cleaned_data.items() if name != "terms"}


def known_about(user: User) -> dict[str, str]:
    """What a signed-in person need not type again."""
    return {"email": user.email, "phone": user.phone, "legal_name": user.full_name}


class StoreForm(PlaceMixin, forms.ModelForm):
    logo = PictureField(label=_("Logo"), required=False, longest_side=400)
    banner = PictureField(label=_("Banner"), required=False, longest_side=1600)
    website = forms.URLField(label=_("Website"), required=False, max_length=200, assume_scheme="https")
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=300,
        help_text=_("Separated by commas: honey, bread, organic"),
    )

    class Meta:
        model = Seller
        fields = (
            "business_name", "tagline", "description", "tags", "logo", "banner", "email", "phone", "website",
            "street", "number", "complement", "neighborhood", "region", "city", "postal_code", "charges_tax",
        )  # fmt: skip
        labels = {
            "business_name": _("Name of the store"),
            "tagline": _("In one sentence"),
            "description": _("Description"),
            "email": _("Email for orders"),
            "street": _("Street"),
            "number": _("Number"),
            "complement": _("Floor, landmark"),
            "neighborhood": _("Neighbourhood"),
            "city": _("Town"),
            "postal_code": _("Postal code"),
            "charges_tax": _("My prices include consumption tax"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.fields["phone"] = PhoneField(market=market)
        self.initial["tags"] = ", ".join(self.instance.tags)
        self.add_place()

    def clean_tags(self) -> list[str]:
        tags = [tag.strip().lower()[:40] for tag in self.cleaned_data["tags"].split(",")]
        return list(dict.fromkeys(tag for tag in tags if tag))[:MAXIMUM_TAGS]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.clean_place()
        return self.cleaned_data


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The store's owner reads this word for word."),
    )
