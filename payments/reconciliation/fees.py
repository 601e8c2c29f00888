"""What payment companies may charge us by contract: example values until the contracts are signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from marketplace.money import round_amount
from payments.models import LineKind


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A share of the amount and a fixed part for each transaction of these kinds, with the tax on both."""

    rate: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    kinds: frozenset[str] = frozenset({LineKind.CHARGE})

    def of(self, amount: Decimal, currency: str) -> Decimal:
        return round_amount((abs(amount) * self.rate + self.flat) * (1 + self.tax), currency)


AGREED: Mapping[str, Fee] = {
    "wompi": Fee(rate=Decimal("0.0265"), flat=Decimal(700), tax=Decimal("0.19")),
    "payu": Fee(rate=Decimal("0.0349"), flat=Decimal(900), tax=Decimal("0.19")),
    "mpesa": Fee(rate=Decimal("0.015")),
    "emola": Fee(rate=Decimal("0.015")),
    "stripe": Fee(rate=Decimal("0.029"), flat=Decimal(20)),
}
# Roundings differ from house to house; more than one coin is worth a look.
TOLERANCE = {"COP": Decimal(2), "MZN": Decimal("0.02")}


def agreed(company: str, kind: str, amount: Decimal, currency: str) -> Decimal:
    """What a row of this kind may cost; without a contract for it nothing may be charged."""
    contract = AGREED.get(company)
    return contract.of(amount, currency) if contract and kind in contract.kinds else Decimal(0)


def is_as_agreed(*, fee: Decimal, agreed: Decimal, currency: str, rate: Decimal | None = None) -> bool:
    """With a rate the fee was rounded in another money, whose smallest coin may be worth more than ours."""
    coin = Decimal("0.01") / rate if rate else Decimal(0)
    return abs(fee - agreed) <= TOLERANCE[currency] + coin
