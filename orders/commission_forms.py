"""Whether a commission rule makes sense, said next to the field."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.markets import MARKETS
from marketplace.money import COINS, Money, format_money
from orders.commission_rules import ONE_DAY, last_use
from orders.models import CommissionRule

WHERE = ("market_code", "position", "name")
TARGETS = ("product", "category", "seller")
AMOUNTS = ("flat", "floor", "cap")
DAYS = ("starts_on", "ends_on")


class CommissionRuleForm(forms.ModelForm):
    """Terms that orders were placed under are not among the fields; the back office leaves them out."""

    market_code = forms.ChoiceField(
        label=gettext_lazy("Market"), choices=[(market.code, market.name) for market in MARKETS.values()]
    )
    replaces = forms.ModelChoiceField(
        queryset=CommissionRule.objects.all(), required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = CommissionRule
        fields = (*WHERE, *TARGETS, "rate", *AMOUNTS, *DAYS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_targets()
        self._check_amounts()
        self._check_days()
        return cleaned

    def _value(self, name: str) -> Any:
        """What was typed, or what stands where the field is not shown."""
        return self.cleaned_data.get(name) if name in self.fields else getattr(self.instance, name)

    def _check_targets(self) -> None:
        for name in TARGETS:
            target = self.cleaned_data.get(name)
            if target and target.market_code != self._value("market_code"):
                self.add_error(name, _("This belongs to another market."))
        product, seller = self._value("product"), self.cleaned_data.get("seller")
        if product and seller and product.seller_id != seller.pk:
            self.add_error("seller", _("This product belongs to another store."))

    def _check_amounts(self) -> None:
        market = MARKETS.get(self._value("market_code") or "")
        for name in AMOUNTS:
            amount = self.cleaned_data.get(name)
            if amount is None or market is None:
                continue
            if amount < 0:
                self.add_error(name, _("This cannot be negative."))
            elif amount % COINS[market.currency]:
                coin = format_money(Money(COINS[market.currency], market.currency), market.language)
                self.add_error(name, _("The smallest coin is %(coin)s.") % {"coin": coin})
        floor, cap = self.cleaned_data.get("floor"), self.cleaned_data.get("cap")
        if floor is not None and cap is not None and floor > cap:
            self.add_error("cap", _("The most must not be below the least."))

    def _check_days(self) -> None:
        starts_on, ends_on = self._value("starts_on"), self.cleaned_data.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It would end before it begins."))
        used = last_use(self.instance) if self.instance.pk else None
        if used and ends_on and ends_on < used:
            self.add_error("ends_on", _("Orders were placed under it until %(day)s.") % {"day": used})
        replaced = self.cleaned_data.get("replaces")
        if replaced and starts_on:
            self._check_follows(replaced, starts_on)

    def _check_follows(self, replaced: CommissionRule, starts_on: date) -> None:
        if starts_on <= replaced.starts_on:
            self.add_error("starts_on", _("It must begin after the rule it replaces."))
        used = last_use(replaced)
        if used and starts_on - ONE_DAY < used:
            text = _("Orders were placed under the old rule until %(day)s; begin later.")
            self.add_error("starts_on", text % {"day": used})
