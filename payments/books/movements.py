"""Every kind of movement and the accounts it may touch: the table of docs/money.md, as code."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from payments.models import Account, Movement

_A, _M = Account, Movement

# For each account: +1 where a movement may only add, -1 where it may only take away, 0 for both.
# In the ledger positive is what we hold, negative what we owe or have earned.
MOVEMENTS: Mapping[Movement, Mapping[Account, int]] = {
    _M.SALE: {_A.GATEWAY: +1, _A.SELLER_HELD: -1, _A.COMMISSION: -1, _A.COMMISSION_TAX: -1},
    _M.SURPLUS: {_A.GATEWAY: +1, _A.SURPLUS: -1},
    _M.RELEASE: {_A.SELLER_HELD: +1, _A.SELLER_AVAILABLE: -1},
    _M.REFUND: {
        _A.SELLER_HELD: +1,
        _A.SELLER_AVAILABLE: +1,
        _A.COMMISSION: +1,
        _A.COMMISSION_TAX: +1,
        _A.REFUNDS_DUE: -1,
    },
    _M.SURPLUS_DUE: {_A.SURPLUS: +1, _A.REFUNDS_DUE: -1},
    _M.REFUND_PAID: {_A.REFUNDS_DUE: +1, _A.GATEWAY: -1},
    _M.REFUND_BOUNCED: {_A.GATEWAY: +1, _A.REFUNDS_DUE: -1},
    _M.PAYOUT: {_A.SELLER_AVAILABLE: +1, _A.SELLER_IN_TRANSIT: -1},
    _M.PAYOUT_PAID: {_A.SELLER_IN_TRANSIT: +1, _A.GATEWAY: -1},
    _M.PAYOUT_RETURNED: {_A.SELLER_IN_TRANSIT: +1, _A.SELLER_AVAILABLE: -1},
    _M.PAYOUT_BOUNCED: {_A.GATEWAY: +1, _A.SELLER_AVAILABLE: -1},
    _M.ADJUSTMENT: {_A.SELLER_AVAILABLE: 0, _A.ADJUSTMENTS: 0},
    _M.FEE: {_A.GATEWAY: 0, _A.FEES: 0},
    _M.SETTLEMENT: {_A.GATEWAY: 0},
    _M.DIFFERENCE: {_A.GATEWAY: 0, _A.SUSPENSE: 0},
    _M.WRITE_OFF: {_A.SUSPENSE: 0, _A.FEES: 0, _A.TAX_WITHHELD: 0, _A.LOSSES: 0},
}


class NotAMovement(Exception):
    """A posting that the table does not know; a mistake of ours, never of a user."""


def check(kind: Movement, legs: Iterable[tuple[str, Decimal]]) -> None:
    """Raises NotAMovement unless every leg (account, amount) is one this kind may have."""
    allowed = MOVEMENTS[kind]
    for account, amount in legs:
        direction = allowed.get(Account(account))
        if direction is None or direction * amount < 0:
            raise NotAMovement(f"{kind} does not move {account} by {amount}")
