"""When a store is open and how it hands over its goods: one row per day, one block per way."""

from datetime import time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import Market
from marketplace.money import round_amount
from sellers.models import DeliveryKind, DeliveryOption, OpeningHours, Seller

WEEKDAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
MAXIMUM_FEE = Decimal("10000000")
MAXIMUM_RADIUS = 500


class DayForm(forms.Form):
    """One weekday."""

    is_open = forms.BooleanField(label=_("Open"), required=False)
    opens = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes = forms.TimeField(
        label=_("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args: Any, weekday: int, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"day{weekday}", **kwargs)
        self.weekday = weekday
        self.name = WEEKDAYS[weekday]

    def clean(self) -> dict[str, Any]:
        opens, closes = self.cleaned_data.get("opens"), self.cleaned_data.get("closes")
        if self.cleaned_data.get("is_open") and not self.errors:
            if not opens or not closes:
                raise forms.ValidationError(_("Say from when until when, or mark the day as closed."))
            if opens >= closes:
                raise forms.ValidationError(_("The store must open before it closes."))
        return self.cleaned_data

    def hours(self) -> OpeningHours | None:
        if not self.cleaned_data["is_open"]:
            return None
        return OpeningHours(
            weekday=self.weekday, opens=self.cleaned_data["opens"], closes=self.cleaned_data["closes"]
        )


def day_forms(seller: Seller, data: Any = None) -> list[DayForm]:
    """Seven forms; a new day begins at eight and ends at six."""
    known = {hours.weekday: hours for hours in seller.hours.all()}
    return [
        DayForm(
            data,
            weekday=weekday,
            initial={
                "is_open": weekday in known,
                "opens": known[weekday].opens if weekday in known else time(8),
                "closes": known[weekday].closes if weekday in known else time(18),
            },
        )
        for weekday in range(7)
    ]


class DeliveryForm(forms.Form):
    """One way of handing over."""

    offered = forms.BooleanField(required=False)
    fee = forms.DecimalField(label=_("Fee"), required=False, min_value=0, max_value=MAXIMUM_FEE)
    free_from = forms.DecimalField(label=_("Free from"), required=False, min_value=0, max_value=MAXIMUM_FEE)
    radius_km = forms.IntegerField(
        label=_("Radius in km"), required=False, min_value=1, max_value=MAXIMUM_RADIUS
    )
    note = forms.CharField(label=_("Note for buyers"), required=False, max_length=160)

    def __init__(self, *args: Any, kind: str, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind, **kwargs)
        self.kind = kind
        self.market = market
        self.fields["offered"].label = DeliveryKind(kind).label
        if kind != DeliveryKind.LOCAL:
            del self.fields["radius_km"]
        if kind == DeliveryKind.PICKUP:
            del self.fields["fee"], self.fields["free_from"]

    def clean(self) -> dict[str, Any]:
        for name in ("fee", "free_from"):
            amount = self.cleaned_data.get(name)
            if amount is not None and round_amount(amount, self.market.currency) != amount:
                self.add_error(name, _("There is no such coin."))
        wants_radius = self.kind == DeliveryKind.LOCAL and self.cleaned_data.get("offered")
        if wants_radius and "radius_km" not in self.errors and not self.cleaned_data.get("radius_km"):
            self.add_error("radius_km", _("How far do you drive?"))
        return self.cleaned_data

    def option(self) -> DeliveryOption | None:
        fields = dict(self.cleaned_data)
        if not fields.pop("offered"):
            return None
        if self.kind == DeliveryKind.PICKUP:
            fields["fee"] = Decimal(0)
        return DeliveryOption(kind=self.kind, **fields)


def delivery_forms(seller: Seller, data: Any = None) -> list[DeliveryForm]:
    known = {option.kind: option for option in seller.delivery_options.all()}
    return [
        DeliveryForm(data, kind=kind, market=seller.market, initial=_shown(known.get(kind)))
        for kind in DeliveryKind.values
    ]


def _shown(option: DeliveryOption | None) -> dict[str, Any]:
    if option is None:
        return {}
    return {
        "offered": True,
        **{name: getattr(option, name) for name in ("fee", "free_from", "radius_km", "note")},
    }
