"""The wire of e-Mola (Movitel, Mozambique), shared by payments in and payouts: envelopes, amounts, codes."""

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from marketplace.money import Money

from .base import GatewayUnavailable, Misconfigured, Outcome, Reason, Refused, State
from .http import Answer, Line
from .quieting import quiet
from .strict_xml import MAX_BYTES, Element, UnsafeXml, parse

CONNECT_SECONDS = 10
# The line stays open until the customer has typed the PIN, where the contract says "synchronous".
READ_SECONDS = 120
QUERY_READ_SECONDS = 30
LARGEST_AMOUNT = 99_999  # five digits at most; the contract may say less
LONGEST_TEXT = 140

PUSH = "pushUssdMessage"
QUERY = "pushUssdQueryTrans"
DISBURSE = "pushUssdDisbursementB2C"

_ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:web="http://webservice.bccsgw.viettel.com/"><soapenv:Header/><soapenv:Body><web:gwOperation><Input>'
    "<username>{username}</username><password>{password}</password><wscode>{wscode}</wscode>"
    "{params}<rawData>?</rawData></Input></web:gwOperation></soapenv:Body></soapenv:Envelope>"
)

# First layer, Result/error: turned away at the door, because of us. Nothing was begun.
GATEWAY_OUR_FAULT = frozenset(
    {"1000", "1001", "1002", "2000", "2001", "2002", "3000", "4000", "4001"}
    | {"6001", "6002", "6003", "6004", "8000"}
)
GATEWAY_TIME_OUT = "2007"  # of the business behind the door, which may go on

# Second layer, errorCode of the answer to "move this money". What is in no set is UNKNOWN.
PAID = "0"
DELIVERED = "22"  # The prompt is on the phone; the result comes later.
OUR_FAULT = frozenset({"02", "05", "24", "98"})
FAILED: dict[str, Reason] = {
    "01": Reason.INSUFFICIENT_FUNDS,
    "03": Reason.REFUSED_BY_BANK,
    "06": Reason.LIMIT_EXCEEDED,
    "07": Reason.INVALID_PHONE,
    "08": Reason.COMPANY_ERROR,
    "09": Reason.COMPANY_ERROR,
    "10": Reason.ACCOUNT_PROBLEM,
    "12": Reason.INVALID_PHONE,
    "20": Reason.BUSY,
    "23": Reason.COMPANY_ERROR,
}
# What a query may say of a payment. 06 to 09 and 23 would be about the question itself.
QUERIED_FAILED: dict[str, Reason] = {
    "01": Reason.INSUFFICIENT_FUNDS,
    "03": Reason.REFUSED_BY_BANK,
    "10": Reason.ACCOUNT_PROBLEM,
    "11": Reason.EXPIRED,
    "12": Reason.INVALID_PHONE,
    "20": Reason.BUSY,
}


def to_wire(money: Money) -> str:
    """MZN 150.00 is "150": e-Mola moves whole meticais. Nothing is ever rounded; centavos are refused."""
    if money.currency.code != "MZN" or money.amount <= 0:
        raise ValueError(f"e-Mola cannot move {money.amount} {money.currency.code}")
    if money.amount != money.amount.to_integral_value():
        raise Refused(Reason.WHOLE_AMOUNTS, "e-Mola moves whole meticais only")
    return f"{money.amount.to_integral_value():f}"


def from_wire(text: str) -> Money:
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise ValueError("not an amount")
    return Money(Decimal(text), "MZN")


def wallet(phone: str) -> str:
    """861234567 for any spelling of a Movitel number. Raises Refused for the others."""
    found = re.fullmatch(r"(?:\+?258|00258)?(8[67][0-9]{7})", re.sub(r"[\s().-]", "", phone), re.ASCII)
    if not found:
        raise Refused(Reason.INVALID_PHONE, "e-Mola needs a number that begins with 86 or 87")
    return found[1]


def transaction_id(reference: str) -> str:
    """Always 20 letters and digits, made of our reference alone, so that a lost answer can be asked for."""
    return f"E{reference.rjust(19, '0')}"


def reference_of(transaction: str) -> str:
    """Our reference in a transaction id of ours, else nothing."""
    known = re.fullmatch(r"(?=.{20}$)E0*([A-Z1-9][A-Z0-9]{3,17})", transaction, re.ASCII)
    return known[1] if known else ""


def plain(text: str) -> str:
    """ASCII without accents, short enough for a telephone's screen."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^!-~]+", " ", letters).strip()[:LONGEST_TEXT].strip()


@dataclass(frozen=True, kw_only=True)
class Words:
    """The second layer of an answer: what became of the money, in Movitel's code."""

    code: str
    message: str = ""
    company_reference: str = ""
    is_time_out: bool = False

    def moved(self, money: Money) -> Outcome:
        """What an answer to "move this money" means. Raises Misconfigured.

        Whatever is not a clear yes or a clear no is UNKNOWN, also 11 (no PIN was typed): the
        prompt may still stand on the phone. It is asked about and never pushed again. Where the line
        is held until the PIN is typed, a time-out may be the customer's: no trouble of Movitel.
        """
        return replace(self._meaning(FAILED, money), is_trouble=not self.code and not self.is_time_out)

    def queried(self) -> Outcome:
        """What an answer to "what became of it" means, read by errorCode alone.

        orgResponseCode contradicts it in public integrations, so nothing is decided by that.
        """
        return replace(self._meaning(QUERIED_FAILED, None), is_trouble=not self.code)

    def _meaning(self, failed: Mapping[str, Reason], money: Money | None) -> Outcome:
        if self.code in OUR_FAULT:
            raise Misconfigured(f"e-Mola answered {self.code}")
        state = {PAID: State.PAID, DELIVERED: State.PENDING}.get(self.code, State.UNKNOWN)
        if self.code in failed:
            state = State.FAILED
        return Outcome(
            state=state,
            money=money if state == State.PAID else None,
            reason=failed.get(self.code),
            company_reference=self.company_reference,
            company_message="" if state == State.PAID else f"{self.code} {self.message}".strip(),
        )


class EMolaLine:
    """Credentials: url (the whole address), username, password, partner_code, key; optional maximum
    (whole meticais), connect_seconds, read_seconds, query_read_seconds, ca_bundle.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        line = Line.from_credentials(
            {"connect_seconds": str(CONNECT_SECONDS)} | dict(credentials), read_seconds=READ_SECONDS
        )
        self._line = replace(line, max_bytes=MAX_BYTES)
        self._query_seconds = float(credentials.get("query_read_seconds") or QUERY_READ_SECONDS)
        self.largest = Decimal(credentials.get("maximum") or LARGEST_AMOUNT)

    def amount(self, money: Money) -> str:
        """The amount on the wire. Raises Refused for centavos and for more than the contract allows."""
        if money.amount > self.largest:
            raise Refused(Reason.LIMIT_EXCEEDED, f"e-Mola moves up to {self.largest} MZN")
        return to_wire(money)

    def move(self, wscode: str, params: Mapping[str, str]) -> Words:
        """Ask for money to move. Raises NotSent, or GatewayUnavailable once it may have been heard."""
        return self._ask(self._line, wscode, params)

    def query(self, reference: str, kind: str) -> Words:
        """`kind` is C2B or B2C."""
        line = replace(self._line, read_seconds=self._query_seconds)
        return self._ask(line, QUERY, {"transId": transaction_id(reference), "transType": kind})

    def _ask(self, line: Line, wscode: str, params: Mapping[str, str]) -> Words:
        known = self._credentials
        everything = {"partnerCode": known["partner_code"]} | dict(params) | {"key": known["key"]}
        body = _ENVELOPE.format(
            username=html.escape(known["username"]),
            password=html.escape(known["password"]),
            wscode=wscode,
            params="".join(
                f'<param name="{name}" value="{html.escape(value)}"/>' for name, value in everything.items()
            ),
        )
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "", "Accept": "text/xml"}
        return read(line.send("POST", known["url"], headers=headers, content=body.encode()))


def read(answer: Answer) -> Words:
    """Both layers of an answer. Raises Misconfigured, or GatewayUnavailable where nothing is certain."""
    if answer.status != 200:
        raise GatewayUnavailable(f"e-Mola answered HTTP {answer.status}")
    result = _element(answer.body, "Result").child_texts()
    error = result.get("error", "")
    if error in GATEWAY_OUR_FAULT:
        raise Misconfigured(f"e-Mola's gateway answered {error}")
    if error == GATEWAY_TIME_OUT:
        message = f"gateway {error} {quiet(result.get('description', ''))[:200]}"
        return Words(code="", message=message, is_time_out=True)
    if error != "0":
        raise GatewayUnavailable(f"e-Mola's gateway answered {error[:10]}")
    found = _element(result.get("original", "").encode(), "return").child_texts()
    number = found.get("reqeustId") or found.get("requestId", "")  # the first is how Movitel spells it
    return Words(
        code=found.get("errorCode", "")[:10],
        message=quiet(found.get("message", ""))[:200],
        company_reference=number.replace("\x00", "")[:80],
    )


def _element(document: bytes, name: str) -> Element:
    try:
        found = parse(document).find(name)
    except UnsafeXml as error:
        raise GatewayUnavailable(f"e-Mola's answer cannot be read: {error}") from None
    if found is None:
        raise GatewayUnavailable(f"e-Mola's answer holds no {name}")
    return found
