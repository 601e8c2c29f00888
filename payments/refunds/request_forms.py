"""The shape of what buyers, sellers and staff say about money asked back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import SellerOrder
from payments.models import RefundCause
from payments.refunds.refundable import Left, LineLeft
from payments.refunds.refunding import NOT_SENT

LINE = "line-"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the order beside the field that says how much of it."""

    left: LineLeft
    field: forms.BoundField


def _words(label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class UnitsForm(forms.Form):
    """How much of each line, and whether the delivery too: only what has not gone back yet."""

    with_delivery = forms.BooleanField(label=_("The delivery too"), required=False)

    def __init__(self, *args: Any, left: Left, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = left
        self._lines = [each for each in left.lines if each.quantity]
        for each in self._lines:
            self.fields[f"{LINE}{each.line.pk}"] = _units_field(each)
        if not left.delivery.amount:
            del self.fields["with_delivery"]

    def rows(self) -> Iterator[Row]:
        for each in self._lines:
            yield Row(left=each, field=self[f"{LINE}{each.line.pk}"])

    def lines(self) -> dict[int, int]:
        """The units chosen, by line id."""
        chosen = {each.line.pk: self.cleaned_data.get(f"{LINE}{each.line.pk}") for each in self._lines}
        return {line_id: quantity for line_id, quantity in chosen.items() if quantity}

    @property
    def takes_delivery(self) -> bool:
        return bool(self.cleaned_data.get("with_delivery"))


def _units_field(each: LineLeft) -> forms.IntegerField:
    name = each.line.product_name
    return forms.IntegerField(
        label=name,
        required=False,
        min_value=0,
        max_value=each.quantity,
        error_messages={
            "invalid": _("Enter a whole number."),
            "min_value": pgettext_lazy("units", "Take none or more."),
            "max_value": _("At most %(limit_value)s: you bought no more, or have money back for the rest."),
        },
        widget=forms.NumberInput(
            attrs={"inputmode": "numeric", "aria-label": _now("How many: %(name)s") % {"name": name}}
        ),
    )


class AskForm(UnitsForm):
    """A buyer asks for money back."""

    cause = forms.ChoiceField(
        label=_("Why?"), widget=forms.RadioSelect, error_messages={"required": _("Choose a reason.")}
    )
    words = _words(_("What happened?"), help_text=_("The store reads this; so do we, if we decide."))

    def __init__(self, *args: Any, part: SellerOrder, left: Left, **kwargs: Any) -> None:
        super().__init__(*args, left=left, **kwargs)
        self.fields["cause"].choices = _causes(part)  # type: ignore[attr-defined]
        for each in self._lines:
            self.fields[f"{LINE}{each.line.pk}"].initial = self.suggested.get(each.line.pk, 0)

    @property
    def suggested(self) -> dict[int, int]:
        """One thing alone: that is what it is about."""
        return self.left.quantities if len(self._lines) == 1 else {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("cause") == RefundCause.OTHER and not cleaned.get("words", "").strip():
            self.add_error("words", _("Please say what it is about."))
        return cleaned


def _causes(part: SellerOrder) -> list[tuple[str, Any]]:
    """What has not been sent cannot have arrived damaged."""
    arrived = (RefundCause.DAMAGED, RefundCause.WRONG)
    hidden = arrived if part.status in NOT_SENT else ()
    return [(cause.value, cause.label) for cause in RefundCause if cause not in hidden]


class AnswerForm(forms.Form):
    """The seller agrees, or says why not."""

    answer = forms.ChoiceField(choices=[("accept", ""), ("contest", "")])
    words = _words(_("Your answer"), help_text=_("The buyer reads this. Needed if you disagree."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "contest" and not cleaned.get("words", "").strip():
            self.add_error("words", _("Please say why you disagree."))
        return cleaned


class DecisionForm(UnitsForm):
    """Staff decide; they may grant other units than were asked for."""

    words = _words(_("Your words"), help_text=_("Both sides read them word for word."))


class RefusalForm(forms.Form):
    words = _words(_("Your words"), required=True, help_text=_("Both sides read them word for word."))


class CallOffForm(forms.Form):
    """A part is called off; the other side reads why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class CannotDeliverForm(CallOffForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The buyer reads this."),
    )
