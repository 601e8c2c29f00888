"""What people fill in about themselves; forms validate, they never save."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import languages
from marketplace.accounts.models import Address, User
from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market
from marketplace.uploads import PictureField


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drop_placeholders(self)
        self.fields["password"].help_text = ""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response = super().login(request, redirect_url)
        if request.user.is_authenticated and request.user.is_staff:
            request.session.set_expiry(settings.STAFF_SESSION_AGE)
        return response


class SignupForm(allauth_forms.SignupForm):
    first_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    terms = forms.BooleanField(
        label=_("I accept the terms of use and the privacy notice"),
        error_messages={"required": _("Without the terms we cannot open an account.")},
    )

    field_order = ("first_name", "last_name", "email", "phone", "password1", "terms")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drop_placeholders(self)
        # Without this, an address too long for the column would be cut and belong to somebody else.
        longest = User._meta.get_field("email").max_length
        self.fields["email"].validators.append(MaxLengthValidator(longest))
        self.fields["password1"].help_text = _(
            "At least 8 characters; not only digits, not a common password."
        )
        honeypot = self.fields[settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD]
        honeypot.label = _("Leave this empty")
        honeypot.widget.attrs = {"tabindex": "-1", "autocomplete": "off"}


class _SixDigits:
    """Six digits, large, on the keyboard of digits."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = self.fields["code"].widget.attrs
        attributes.pop("placeholder", None)
        attributes |= {"class": "input--code", "inputmode": "numeric", "autocomplete": "one-time-code"}


class EmailCodeForm(_SixDigits, allauth_forms.ConfirmEmailVerificationCodeForm):
    pass


class PasswordCodeForm(_SixDigits, allauth_forms.ConfirmPasswordResetCodeForm):
    pass


class PhoneCodeForm(_SixDigits, allauth_forms.VerifyPhoneForm):
    pass


def _drop_placeholders(form: forms.Form) -> None:
    """A placeholder is no label, and goes away when it is needed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class ProfileForm(forms.ModelForm):
    avatar = PictureField(label=_("Picture"), required=False)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "avatar", "language", "wants_email", "wants_sms")
        labels = {
            "wants_email": _("Send me news and offers by email"),
            "wants_sms": _("Send me news and offers by SMS"),
        }
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        self.fields["last_name"].required = True
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages.choices(market))


class AddressForm(forms.ModelForm):
    """An address as the market writes it: its regions, its towns as suggestions, its telephones."""

    class Meta:
        model = Address
        fields = (
            "kind", "first_name", "last_name", "phone", "street", "number", "complement",
            "neighborhood", "region", "city", "postal_code", "is_default",
        )  # fmt: skip
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "street": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "complement": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2", "list": "cities"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.instance.market_code = market.code
        self.fields["phone"] = PhoneField(market=market)
        self.fields["region"] = forms.ChoiceField(
            label=_("Region"),
            choices=[("", _("Choose…")), *((region.code, region.name) for region in market.regions)],
            widget=forms.Select(attrs={"autocomplete": "address-level1"}),
        )
        self.fields["street"].help_text = market.address_hint  # type: ignore[assignment]
        self.cities = sorted({city.name for region in market.regions for city in region.cities})
