"""Paying sellers into their e-Mola wallets."""

from collections.abc import Mapping
from dataclasses import replace

from payments.gateways.emola_soap import DISBURSE, EMolaLine, plain, transaction_id, wallet

from .base import Outcome, PayoutOrder, Rail


class EMolaB2C(Rail):
    """Credentials: see EMolaLine. Destination: phone. Whole meticais only.

    Movitel refuses a transId that it has seen (code 14), so the same payout again is UNKNOWN and
    asked about. It is never sent again by itself, and there is no NOT_FOUND.
    """

    code = "emola_b2c"

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = EMolaLine(credentials)

    def send(self, order: PayoutOrder) -> Outcome:
        params = {
            "msisdn": wallet(order.destination.get("phone", "")),
            "smsContent": plain(order.description) or order.reference,
            "transAmount": self._line.amount(order.money),
            "transId": transaction_id(order.reference),
        }
        return self._line.move(DISBURSE, params).moved(order.money)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        outcome = self._line.query(reference, "B2C").queried()
        return replace(outcome, company_reference=company_reference or outcome.company_reference)
