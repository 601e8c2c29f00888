"""Money in the back office: all to read, nothing to change by hand; actions call the domain."""

from payments.admin import audits, ledger, notices, payments, payouts, statements

__all__ = ["audits", "ledger", "notices", "payments", "payouts", "statements"]
