"""What a company says of our account with it, line by line; the raw material of reconciliation."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace.money import Money


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """One movement. `settled` and `fee` are in the account's own money, `paid` in the buyer's.

    Amounts are positive for what came in; `fee` is positive for what the company kept.
    `rate`: so much of the account's money is one of the buyer's; None where nothing was exchanged.
    """

    kind: str  # charge, refund, payout, fee, settlement, returned or other
    number: str
    reference: str  # ours, where the company knows it
    settled: Money
    fee: Money
    at: datetime
    paid: Money | None = None
    rate: Decimal | None = None
