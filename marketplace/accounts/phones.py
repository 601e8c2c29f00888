"""Form fields for telephone numbers as the reader's country writes them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import Market


class PhoneField(forms.CharField):
    """Takes a mobile number in any usual spelling, gives it back as `+258841234567`."""

    def __init__(self, *, market: Market, **kwargs: Any) -> None:
        self.market = market
        kwargs.setdefault("label", _("Mobile phone"))
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("help_text", _("For example %(example)s") % {"example": market.phone.example})
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        number = self.market.phone.normalise(text)
        if number is None:
            raise forms.ValidationError(
                _("Enter a mobile number of %(country)s, for example %(example)s."),
                code="invalid_phone",
                params={"country": self.market.country, "example": self.market.phone.example},
            )
        return number
