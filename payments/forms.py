"""What a shopper types to pay: one form for each kind of method."""

import re
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import PaymentMethod
from orders.models import Order
from payments.gateways.base import Agreement, Choice

AGREEMENT_LABELS = {
    "policy": _("Terms of use"),
    "personal_data": _("Use of personal data"),
}
MOST_INSTALLMENTS = 36


class MethodForm(forms.Form):
    """A method that asks for nothing but consent to the company's own texts, where it has some."""

    needs_choices = False  # a list that only the company knows

    accept = forms.BooleanField(
        label=_("I accept the terms of the payment company"),
        error_messages={"required": _("Please accept the payment company's terms to go on.")},
    )

    def __init__(
        self,
        *args: Any,
        order: Order,
        method: PaymentMethod,
        agreements: list[Agreement] | None = None,
        choices: list[Choice] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, prefix=method.code, **kwargs)
        self.order, self.method = order, method
        self.agreements, self.choices = agreements, choices
        self.order_fields([*(name for name in self.fields if name != "accept"), "accept"])
        if agreements:
            self.fields["accept"].help_text = _links(agreements)
        else:
            del self.fields["accept"]

    def inputs(self) -> dict[str, str]:
        """What the payment company needs of it, as plain text."""
        return {name: str(value) for name, value in self.cleaned_data.items() if name != "accept"}


def _links(agreements: list[Agreement]) -> SafeString:
    link = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'
    named = ((each.url, AGREEMENT_LABELS.get(each.kind, each.kind)) for each in agreements)
    return format_html_join(" · ", link, named)


class PhoneForm(MethodForm):
    """A wallet on a mobile phone."""

    phone = forms.CharField(
        label=_("Mobile number of the wallet"),
        max_length=25,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("For example %(example)s") % {"example": self._example()}
        if self._belongs(self.order.phone):
            self.fields["phone"].initial = self.order.market.phone.national(self.order.phone)

    def _example(self) -> str:
        return self.method.phone_example or self.order.market.phone.example

    def _belongs(self, phone: str) -> bool:
        national = self.order.market.phone.national(phone)
        return bool(re.fullmatch(self.method.phone_pattern, national, re.ASCII))

    def clean_phone(self) -> str:
        phone = self.order.market.phone.normalise(self.cleaned_data["phone"])
        if phone is None:
            raise forms.ValidationError(
                gettext("Enter a mobile number, for example %(example)s.") % {"example": self._example()}
            )
        if not self._belongs(phone):
            raise forms.ValidationError(
                gettext("This number belongs to another operator. %(method)s: %(hint)s")
                % {"method": self.method.label, "hint": self.method.hint}
            )
        return phone


class DocumentForm(MethodForm):
    """A way to pay that asks who pays, such as cash at a counter."""

    documents: tuple[str, ...] = ()  # all that the market knows

    document_type = forms.ChoiceField(label=_("Type of document"))
    document_number = forms.CharField(
        label=_("Number of the document"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        documents = self.order.market.identity_documents
        known = [
            (each.code, each.label) for each in documents if each.code in self.documents or not self.documents
        ]
        self.fields["document_type"].choices = known  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        document = self.order.market.identity_document(cleaned.get("document_type", ""))
        number = cleaned.get("document_number", "")
        if document and number and not document.is_valid(number):
            self.add_error("document_number", gettext("This number cannot be right. Please check it."))
        return cleaned


class PseForm(DocumentForm):
    """A debit from a bank account, on the bank's own page."""

    needs_choices = True
    documents = ("CC", "NIT")
    field_order = ("bank", "user_type", "document_type", "document_number")

    bank = forms.ChoiceField(label=_("Your bank"))
    user_type = forms.ChoiceField(
        label=_("The account belongs to"),
        choices=[("0", _("a person")), ("1", _("a company"))],
        initial="0",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        banks = [(each.code, each.name) for each in self.choices or []]
        # The company's own first entry already says "choose your bank" in some environments: code 0.
        real = [each for each in banks if each[0] != "0"]
        self.fields["bank"].choices = [("", _("Choose your bank")), *real]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        document = self.order.market.identity_document(cleaned.get("document_type", ""))
        if cleaned.get("user_type") == "1" and document and not document.for_companies:
            self.add_error("document_type", gettext("A company identifies itself by its NIT."))
        return cleaned


class CardForm(MethodForm):
    """A card. Its number goes from the browser to the company; what comes here is a token, or nothing."""

    token = forms.RegexField(r"^[A-Za-z0-9_-]{0,120}$", required=False, widget=forms.HiddenInput)
    installments = forms.TypedChoiceField(
        label=_("Instalments"),
        coerce=int,
        choices=[(number, str(number)) for number in range(1, MOST_INSTALLMENTS + 1)],
        help_text=_("From two on, your bank may charge interest."),
    )


_FORMS: dict[str, type[MethodForm]] = {"pse": PseForm, "card": CardForm, "efecty": DocumentForm}


def form_for(method: PaymentMethod, *, in_browser: bool = True) -> type[MethodForm]:
    """By the method's own needs: its special form, else a phone where the method has one, else nothing.

    Unless the company takes card numbers from the browser, it asks for them on its own page.
    """
    if method.code == "card" and not in_browser:
        return MethodForm
    return _FORMS.get(method.code) or (PhoneForm if method.phone_pattern else MethodForm)
