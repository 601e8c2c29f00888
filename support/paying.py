"""What people should know of each way to pay before they choose it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import Market, PaymentMethod, Text
from orders.paying import Health
from payments import health

_TO_AN_ACCOUNT: Text = _(
    "We send the money to a bank account or wallet of yours; we write to you and ask which one."
)
_REFUNDS: Mapping[str, Text] = {
    "card": _("The money goes back to the card, usually within days; your bank may take longer to show it."),
    "mpesa": _("The money goes back to the wallet that paid, usually within minutes."),
    "emola": _("The money goes to an e-Mola wallet of yours, usually within minutes."),
}


@dataclass(frozen=True, kw_only=True)
class Way:
    method: PaymentMethod
    refund: Text
    health: Health

    @property
    def hours(self) -> int:
        """Easier to grasp than minutes where it is long; else 0."""
        return self.method.minutes_to_pay // 60 if self.method.minutes_to_pay >= 120 else 0


def ways(market: Market) -> list[Way]:
    states = health.of_market(market)
    return [
        Way(method=method, refund=_REFUNDS.get(method.code, _TO_AN_ACCOUNT), health=states[method.code])
        for method in market.payment_methods
    ]
