"""Money in, kept, out."""

from payments.models.ledger import Account, LedgerEntry
from payments.models.notice import GatewayNotice
from payments.models.payment import (
    LIVE,
    PAYMENT_TRANSITIONS,
    Attention,
    Payment,
    PaymentEvent,
    PaymentStatus,
)
from payments.models.payout import (
    PAYOUT_TRANSITIONS,
    UNSETTLED,
    Payout,
    PayoutEvent,
    PayoutLine,
    PayoutStatus,
)

__all__ = [
    "LIVE",
    "PAYMENT_TRANSITIONS",
    "PAYOUT_TRANSITIONS",
    "UNSETTLED",
    "Account",
    "Attention",
    "GatewayNotice",
    "LedgerEntry",
    "Payment",
    "PaymentEvent",
    "PaymentStatus",
    "Payout",
    "PayoutEvent",
    "PayoutLine",
    "PayoutStatus",
]
