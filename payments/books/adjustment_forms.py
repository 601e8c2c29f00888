"""What staff say when they correct a balance."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.money import COINS, Money, format_money
from sellers.models import Seller

MOST = Decimal("99000000")


class AdjustmentForm(forms.Form):
    seller = forms.ModelChoiceField(label=gettext_lazy("Store"), queryset=Seller.objects.all())
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=-MOST,
        max_value=MOST,
        decimal_places=2,
        help_text=gettext_lazy("Above zero is added to the balance, below zero is taken from it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        min_length=10,
        help_text=gettext_lazy("The seller reads it, in the mail and on the statement."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_amount(self) -> Decimal:
        if not self.cleaned_data["amount"]:
            raise forms.ValidationError(_("Nothing would change."))
        return self.cleaned_data["amount"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seller, amount = cleaned.get("seller"), cleaned.get("amount")
        if seller and amount and amount % COINS[seller.market.currency]:
            market = seller.market
            coin = format_money(Money(COINS[market.currency], market.currency), market.language)
            self.add_error("amount", _("The smallest coin is %(coin)s.") % {"coin": coin})
        return cleaned
