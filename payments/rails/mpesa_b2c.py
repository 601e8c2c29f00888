"""Paying sellers into their M-Pesa wallets."""

from collections.abc import Mapping

from payments.gateways.mpesa import question
from payments.gateways.mpesa_line import B2C, MPesaLine, ask_about, third_party_reference, to_wire, wallet

from .base import Outcome, PayoutOrder, Rail


class MPesaB2C(Rail):
    """Credentials: see MPesaLine. Destination: phone.

    M-Pesa has no idempotency key, only a third-party reference that it refuses to take twice.
    So an UNKNOWN payout is asked about and never sent again, and there is no NOT_FOUND.
    """

    code = "mpesa_b2c"

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = MPesaLine(credentials)

    def send(self, order: PayoutOrder) -> Outcome:
        to_wire(order.money)
        phone = wallet(order.destination.get("phone", ""))
        words = self._line.send(order.reference, phone, order.money, port="b2c_port", path=B2C)
        return words.moved(order.money)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        names = [company_reference, third_party_reference(reference), reference]
        return ask_about(self._line, names, question=question())
