"""Cash codes of our own: no company is called; people at a counter confirm (efecty.md, section 5).

Credentials: `code_secret` makes the codes; `agreement` is the number under which the counter knows us.
"""

import hashlib
import hmac
from collections.abc import Mapping

from .base import Charge, Gateway, Notice, Outcome, Started, State, UnreadableNotice, Voucher
from .luhn import check_digit


class Efecty(Gateway):
    """look_up() has nobody to ask: what counts is the receipt that payments.vouchers.cash takes."""

    code = "efecty"
    is_our_own = True

    def start(self, charge: Charge) -> Started:
        voucher = Voucher(
            code=code_for(charge.reference, self.credentials["code_secret"]),
            expires_at=charge.expires_at,
            network="Efecty",
            agreement=self.credentials["agreement"],
        )
        return Started(step=voucher)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        return Outcome(state=State.PENDING)

    def patience(self, method: str) -> float:
        return 3600

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise UnreadableNotice("confirmations have an address of their own")


def code_for(reference: str, secret: str) -> str:
    """Ten digits that nobody can guess, and a Luhn digit that finds errors of typing at the counter."""
    digest = hmac.new(secret.encode(), reference.encode(), hashlib.sha256).digest()
    digits = f"{1_000_000_000 + int.from_bytes(digest) % 9_000_000_000}"
    return digits + check_digit(digits)
