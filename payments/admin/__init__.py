"""Money in the back office: all to read, nothing to change by hand; actions call the domain."""

from payments.admin import (
    audits,
    bank_files,
    cash,
    commission_documents,
    corrections,
    differences,
    ledger,
    notices,
    payments,
    payouts,
    refunds,
    requests,
    screenings,
    statements,
    write_offs,
)

__all__ = [
    "audits",
    "bank_files",
    "cash",
    "commission_documents",
    "corrections",
    "differences",
    "ledger",
    "notices",
    "payments",
    "payouts",
    "refunds",
    "requests",
    "screenings",
    "statements",
    "write_offs",
]
