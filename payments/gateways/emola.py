"""e-Mola, Mozambique: a prompt on the customer's phone, answered at once or later, in whole meticais."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

from .base import (
    REFERENCE,
    Charge,
    Gateway,
    NextStep,
    Notice,
    Outcome,
    Prompt,
    Started,
    UnreadableNotice,
)
from .emola_soap import PUSH, EMolaLine, plain, reference_of, transaction_id, wallet
from .strict_xml import UnsafeXml, parse

MAX_CALLBACK_BYTES = 16 * 1024
PROMPT_SECONDS = 60  # as other wallets do; Movitel has published nothing
_MOST_FIELDS = 40
_TEXTS = {"pt": "Pagamento", "en": "Payment"}
_FIELDS = ("transId", "refNo", "errorCode", "reqeustId", "requestId")


class EMola(Gateway):
    """Credentials: see EMolaLine. Our reference is the refNo; a transId of 20 characters is made of it.

    There is no refund operation: buyers are paid back into a wallet or to a bank.
    """

    code = "emola"

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = EMolaLine(credentials)

    def expected_step(self, charge: Charge) -> NextStep:
        self._line.amount(charge.money)
        return Prompt(phone=f"+258{wallet(charge.phone)}", seconds=PROMPT_SECONDS)

    def start(self, charge: Charge) -> Started:
        """Push the prompt, once. Synchronous contracts hold the line; the others answer 22 at once.

        UNKNOWN and GatewayUnavailable mean that the prompt may stand on the phone: ask look_up().
        """
        step = self.expected_step(charge)
        language = charge.language if charge.language in _TEXTS else "pt"
        words = self._line.move(
            PUSH,
            {
                "msisdn": wallet(charge.phone),
                "smsContent": plain(charge.description) or f"{_TEXTS[language]} {charge.reference}",
                "transAmount": self._line.amount(charge.money),
                "transId": transaction_id(charge.reference),
                "language": language,
                "refNo": charge.reference,
            },
        )
        outcome = words.moved(charge.money)
        return Started(step=step, company_reference=outcome.company_reference, outcome=outcome)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        """PAID, FAILED, PENDING or UNKNOWN; "not found" may still change, so it is never certain."""
        outcome = self._line.query(reference, "C2B").queried()
        return replace(outcome, company_reference=company_reference or outcome.company_reference)

    def largest(self) -> Decimal | None:
        return self._line.largest

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The result of an asynchronous push, as JSON, form or XML. Nobody signs it: a hint to ask."""
        told = {name: _word(value) for name, value in _fields(body).items() if name in _FIELDS}
        transaction, ours = told.get("transId", ""), told.get("refNo", "")
        if not transaction and not ours:
            raise _unreadable("The callback names no transaction")
        number = told.get("reqeustId") or told.get("requestId", "")
        code = told.get("errorCode", "")
        reference = reference_of(transaction) or (
            ours if not transaction and REFERENCE.fullmatch(ours) else ""
        )
        return Notice(
            event_id=f"{transaction or ours}:{number}:{code}",
            reference=reference,
            name="result",
            body={"transaction": transaction, "reference": ours, "request": number, "code": code},
            reply={"ResponseCode": "0", "ResponseMessage": "OK"},
        )


def _fields(body: bytes) -> dict[str, object]:
    """JSON, XML (a bare element or a whole envelope) or a form: what it is, it shows by its first sign."""
    if len(body) > MAX_CALLBACK_BYTES:
        raise _unreadable("The callback is too large")
    beginning = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if beginning == b"{":
            return dict(json.loads(body.decode("utf-8-sig")))
        if beginning == b"<":
            return {each.name: each.text for each in parse(body).walk() if not each.children}
        return dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
    except (UnsafeXml, ValueError, RecursionError):
        raise _unreadable("The callback is no JSON, form or XML") from None


def _word(value: object) -> str:
    """A short plain word; anything else is not from Movitel. Numbers stand for their digits."""
    text = str(value) if type(value) is int else "" if value is None else value
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{0,60}", text, re.ASCII):
        raise _unreadable("The callback holds something that is no plain word")
    return text


def _unreadable(why: str) -> UnreadableNotice:
    return UnreadableNotice(why, reply={"ResponseCode": "1", "ResponseMessage": "not understood"})
