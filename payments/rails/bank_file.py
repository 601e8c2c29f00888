"""Paying sellers by a list that two people hand in at a bank (MS-COM-05)."""

from .base import Outcome, PayoutOrder, Rail, Reason, Refused, State


class BankFile(Rail):
    """Credentials: account (ours, the one to debit). Destination: nib or account_number, holder_name.

    Nothing is asked of any company: the payout waits for its list (payments/disbursement/bank_files.py), and
    what became of it is read in the bank's statement. So it stays PENDING until a person says.
    """

    code = "bank_file"

    def send(self, order: PayoutOrder) -> Outcome:
        if not (order.destination.get("nib") or order.destination.get("account_number")):
            raise Refused(Reason.ACCOUNT_PROBLEM, "there is no account number")
        return Outcome(state=State.PENDING, money=order.money)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        return Outcome(state=State.PENDING, company_reference=company_reference)
