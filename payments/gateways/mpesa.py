"""M-Pesa, Mozambique: the customer types a PIN while the line stays open."""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from .base import (
    Charge,
    Gateway,
    NextStep,
    Notice,
    Outcome,
    Prompt,
    Reason,
    RefundOrder,
    Refused,
    Started,
    UnreadableNotice,
)
from .mpesa_line import (
    C2B,
    MPesaLine,
    ask_about,
    is_transaction,
    reversal_reference,
    third_party_reference,
    to_wire,
    wallet,
)

MAX_CALLBACK_BYTES = 16 * 1024
PROMPT_SECONDS = 60  # measured: the request leaves the phone after about 62


class MPesa(Gateway):
    """Credentials: see MPesaLine. Our reference is shown to the customer; "T" and the same is the
    third-party reference, by which a lost answer is asked for.
    """

    code = "mpesa"

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = MPesaLine(credentials)

    def expected_step(self, charge: Charge) -> NextStep:
        return Prompt(phone=f"+{wallet(charge.phone)}", seconds=PROMPT_SECONDS)

    def start(self, charge: Charge) -> Started:
        """Holds the line for up to READ_SECONDS.

        An UNKNOWN outcome and GatewayUnavailable mean that a prompt may still be alive: no second one
        may be sent for the same order until look_up() has said what became of it.
        """
        to_wire(charge.money)
        step = self.expected_step(charge)
        words = self._line.send(charge.reference, charge.phone, charge.money, port="c2b_port", path=C2B)
        outcome = words.moved(charge.money)
        return Started(step=step, company_reference=outcome.company_reference, outcome=outcome)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        """PAID, FAILED, PENDING or UNKNOWN; M-Pesa never says that it does not know a reference."""
        names = [company_reference, third_party_reference(reference), reference]
        return ask_about(self._line, names, question=question())

    def can_refund(self, order: RefundOrder, now: datetime) -> bool:
        """A reversal needs M-Pesa's transaction id, which asynchronous payments never tell us."""
        return self._line.may_reverse and is_transaction(order.charge_company_reference)

    def refund(self, order: RefundOrder) -> Outcome:
        """Reverse the payment, whole or in part. The same outcome table as for a charge."""
        if not self.can_refund(order, datetime.now(UTC)):
            raise Refused(Reason.COMPANY_ERROR, "M-Pesa cannot reverse this payment")
        part = None if order.is_whole else order.money
        return self._line.reverse(order.charge_company_reference, order.reference, part).moved(order.money)

    def look_up_refund(self, order: RefundOrder) -> Outcome:
        """By the reversal's own names only: the charge's would answer for the charge."""
        names = [order.company_reference, reversal_reference(order.reference)]
        return ask_about(self._line, names, question=question())

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The result of an asynchronous payment. Nobody signs it, so it is only a hint to ask.

        Its transaction id is not passed on: anyone could name a payment that someone else made.
        """
        result = _parse(body)
        ours = _word(result, "input_ThirdPartyReference")
        conversation = _word(result, "input_OriginalConversationID")
        if not ours:
            raise UnreadableNotice("The callback names no reference")
        code = _word(result, "input_ResultCode")
        known = re.fullmatch(r"([TR])([A-Z0-9]{4,18})", ours, re.ASCII)
        return Notice(
            event_id=f"{ours}:{conversation}:{code}",
            reference=known[2] if known and known[1] == "T" else "",
            refund_reference=known[2] if known and known[1] == "R" else "",
            name="result",
            body={"third_party_reference": ours, "conversation": conversation, "code": code},
            reply={
                "output_OriginalConversationID": conversation,
                "output_ResponseCode": "0",
                "output_ResponseDesc": "Successfully Accepted Result",
                "output_ThirdPartyConversationID": ours,
            },
        )


def question() -> str:
    """A name for one question, never used before."""
    return f"Q{secrets.token_hex(8).upper()}"


def _parse(body: bytes) -> dict[str, object]:
    if len(body) > MAX_CALLBACK_BYTES:
        raise UnreadableNotice("The callback is too large")
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableNotice("The callback is not JSON") from None
    if not isinstance(found, dict):
        raise UnreadableNotice("The callback is not an object")
    return found


def _word(result: Mapping[str, object], name: str) -> str:
    """A short plain word; anything else is not from M-Pesa."""
    value = result.get(name, "")
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,50}", value):
        raise UnreadableNotice(f"The callback's {name} is not a plain word")
    return value
