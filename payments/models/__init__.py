"""Money in, kept, out."""

from payments.models.cash import CASH_TRANSITIONS, CashCode, CashEvent, CashStatus
from payments.models.commission_document import CommissionDocument
from payments.models.correction import CORRECTION_TRANSITIONS, Correction, CorrectionStatus
from payments.models.ledger import Account, LedgerEntry, Movement
from payments.models.notice import GatewayNotice
from payments.models.payment import (
    LIVE,
    PAYMENT_TRANSITIONS,
    Attention,
    Payment,
    PaymentEvent,
    PaymentStatus,
    new_reference,
)
from payments.models.payout import (
    PAYOUT_TRANSITIONS,
    UNSETTLED,
    Payout,
    PayoutEvent,
    PayoutFile,
    PayoutLine,
    PayoutStatus,
)
from payments.models.refund import (
    OWED,
    REFUND_TRANSITIONS,
    Refund,
    RefundEvent,
    RefundKind,
    RefundLine,
    RefundStatus,
)
from payments.models.refund_request import (
    REQUEST_TRANSITIONS,
    UNDECIDED,
    RefundCause,
    RefundRequest,
    RefundRequestLine,
    RequestStatus,
)
from payments.models.screening import Fingerprint, Screening, Verdict
from payments.models.statement import (
    Audit,
    Difference,
    DifferenceKind,
    LineKind,
    Statement,
    StatementLine,
)

__all__ = [
    "CASH_TRANSITIONS",
    "CORRECTION_TRANSITIONS",
    "LIVE",
    "OWED",
    "PAYMENT_TRANSITIONS",
    "PAYOUT_TRANSITIONS",
    "REFUND_TRANSITIONS",
    "REQUEST_TRANSITIONS",
    "UNDECIDED",
    "UNSETTLED",
    "Account",
    "Attention",
    "Audit",
    "CashCode",
    "CashEvent",
    "CashStatus",
    "CommissionDocument",
    "Correction",
    "CorrectionStatus",
    "Difference",
    "DifferenceKind",
    "Fingerprint",
    "GatewayNotice",
    "LedgerEntry",
    "LineKind",
    "Movement",
    "Payment",
    "PaymentEvent",
    "PaymentStatus",
    "Payout",
    "PayoutEvent",
    "PayoutFile",
    "PayoutLine",
    "PayoutStatus",
    "Refund",
    "RefundCause",
    "RefundEvent",
    "RefundKind",
    "RefundLine",
    "RefundRequest",
    "RefundRequestLine",
    "RefundStatus",
    "RequestStatus",
    "Screening",
    "Statement",
    "StatementLine",
    "Verdict",
    "new_reference",
]
