"""Money in, kept, out."""

from payments.models.cash import CASH_TRANSITIONS, CashCode, CashEvent, CashStatus
from payments.models.commission_document import CommissionDocument
from payments.models.correction import Correction
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
from payments.models.proposal import PROPOSAL_TRANSITIONS, Proposal, ProposalStatus
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
from payments.models.write_off import WriteOff, WriteOffReason

__all__ = [
    "CASH_TRANSITIONS",
    "LIVE",
    "OWED",
    "PAYMENT_TRANSITIONS",
    "PAYOUT_TRANSITIONS",
    "PROPOSAL_TRANSITIONS",
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
    "Proposal",
    "ProposalStatus",
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
    "WriteOff",
    "WriteOffReason",
    "new_reference",
]
