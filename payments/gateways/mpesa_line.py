"""The wire of M-Pesa Mozambique, shared by payments in and payouts: bearer, bodies, answers."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from marketplace.money import Money

from .base import Misconfigured, Outcome, Reason, Refused, State
from .http import Answer, Line

# The line stays open until the customer answers: the company gives up after about 62 seconds.
READ_SECONDS = 110
QUERY_READ_SECONDS = 30
SANDBOX_SHORT_CODE = "171717"

C2B = "/ipg/v1x/c2bPayment/singleStage/"
B2C = "/ipg/v1x/b2cPayment/"
QUERY = "/ipg/v1x/queryTransactionStatus/"
REVERSAL = "/ipg/v1x/reversal/"
REVERSAL_AMOUNT = "input_ReversalAmount"  # the portal's name; some integrations say input_Amount

# A definite no: nothing moved, a new attempt is allowed.
FAILED: dict[str, Reason] = {
    "INS-4": Reason.ACCOUNT_PROBLEM,
    "INS-5": Reason.CANCELLED_BY_BUYER,
    "INS-6": Reason.REFUSED_BY_BANK,
    "INS-13": Reason.COMPANY_ERROR,  # documented as a wrong short code, measured as a wrong amount
    "INS-14": Reason.COMPANY_ERROR,
    "INS-15": Reason.LIMIT_EXCEEDED,
    "INS-17": Reason.COMPANY_ERROR,
    "INS-18": Reason.COMPANY_ERROR,
    "INS-19": Reason.COMPANY_ERROR,
    "INS-20": Reason.COMPANY_ERROR,
    "INS-21": Reason.COMPANY_ERROR,
    "INS-22": Reason.COMPANY_ERROR,
    "INS-995": Reason.ACCOUNT_PROBLEM,
    "INS-996": Reason.ACCOUNT_PROBLEM,
    "INS-2002": Reason.ACCOUNT_PROBLEM,
    "INS-2006": Reason.INSUFFICIENT_FUNDS,
    "INS-2051": Reason.INVALID_PHONE,
}
# Internal error, overloading, no code at all (a firewall's page, half a body): the company does not work.
# INS-9 and INS-23 are about one customer's telephone, not about the company.
IN_TROUBLE = frozenset({"", "INS-1", "INS-16"})
OUR_FAULT = frozenset({"INS-2", "INS-24", "INS-25", "INS-26", "INS-998"})

_QUERY_STATES = {
    "completed": State.PAID,
    "success": State.PAID,
    "successful": State.PAID,
    "cancelled": State.FAILED,
    "expired": State.FAILED,
    "failed": State.FAILED,
    "rejected": State.FAILED,
    "pending": State.PENDING,
    "processing": State.PENDING,
}
_QUERY_REASONS = {"cancelled": Reason.CANCELLED_BY_BUYER, "expired": Reason.EXPIRED}


def to_wire(money: Money) -> str:
    """MZN 149.50 is "149.5" on the wire: meticais as text, without trailing zeros."""
    if money.currency.code != "MZN" or money.amount <= 0 or money.amount != round(money.amount, 2):
        raise ValueError(f"M-Pesa cannot move {money.amount} {money.currency.code}")
    return f"{money.amount.normalize():f}"


def from_wire(text: str) -> Money:
    try:
        return Money(Decimal(text), "MZN")
    except InvalidOperation:
        raise ValueError("not an amount") from None


def wallet(phone: str) -> str:
    """258841234567 for any spelling of a Vodacom number. Raises Refused for the others."""
    found = re.fullmatch(r"(?:\+?258|00258)?(8[45][0-9]{7})", re.sub(r"[\s().-]", "", phone))
    if not found:
        raise Refused(Reason.INVALID_PHONE, "M-Pesa needs a number that begins with 84 or 85")
    return f"258{found[1]}"


def third_party_reference(reference: str) -> str:
    """Can be rebuilt from our reference, so that a lost answer can always be asked for."""
    return f"T{reference}"


def reversal_reference(reference: str) -> str:
    """The same for a refund; another letter, so that a callback tells refunds from payments."""
    return f"R{reference}"


def is_transaction(company_reference: str) -> bool:
    """Whether this is M-Pesa's transaction id, which a reversal needs, and not a conversation's 32 signs."""
    return bool(re.fullmatch(r"[A-Za-z0-9]{4,31}", company_reference, re.ASCII))


def bearer(api_key: str, public_key: str) -> str:
    """The API key under the company's public key; random padding makes each one different."""
    try:
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, RSAPublicKey):
            raise Misconfigured("M-Pesa's public key is not an RSA key")
        return base64.b64encode(key.encrypt(api_key.encode(), PKCS1v15())).decode()
    except (ValueError, UnsupportedAlgorithm):
        raise Misconfigured("M-Pesa's public key or our API key cannot be used") from None


@dataclass(frozen=True, kw_only=True)
class Words:
    """An answer of M-Pesa, whatever its status; its keys are read without regard to case."""

    code: str
    message: str
    transaction: str
    conversation: str
    status: str
    is_error: bool
    is_time_out: bool = False

    @classmethod
    def of(cls, answer: Answer) -> "Words":
        found = {name.lower(): value for name, value in answer.json_object().items()}

        def word(*names: str) -> str:
            value = next((found[name] for name in names if isinstance(found.get(name), str)), "")
            plain = value.replace("\x00", "").strip()[:200]
            return "" if plain.upper() == "N/A" else plain

        return cls(
            code=word("output_responsecode"),
            message=word("output_responsedesc", "output_responsedescription", "output_error"),
            transaction=word("output_transactionid", "output_reversaltransactionid")[:80],
            conversation=word("output_conversationid")[:80],
            status=word("output_responsetransactionstatus").lower(),
            is_error="output_error" in found and answer.status < 500,
            is_time_out=answer.status == 504,
        )

    @property
    def reference(self) -> str:
        return self.transaction or self.conversation

    def moved(self, money: Money) -> Outcome:
        """What an answer to "move this money" means. Raises Misconfigured.

        It goes by the code, never by the HTTP status. Whatever is not a clear yes or a clear
        no is UNKNOWN: the prompt may still be alive on the customer's phone.
        """
        if self.code in OUR_FAULT or (self.is_error and not self.code):
            raise Misconfigured(f"M-Pesa answered {self.code or 'output_error'}")
        if self.code == "INS-0" and self.transaction:
            return Outcome(state=State.PAID, money=money, company_reference=self.transaction)
        if self.code in FAILED:
            return Outcome(
                state=State.FAILED,
                reason=FAILED[self.code],
                company_reference=self.reference,
                company_message=f"{self.code} {self.message}",
            )
        message = f"{self.code} {self.message}".strip() or "no answer code"
        return Outcome(
            state=State.UNKNOWN,
            company_reference=self.reference,
            company_message=message,
            # After half a minute the firewall gives up, while a customer still looks for the telephone.
            is_trouble=self.code in IN_TROUBLE and not self.is_time_out,
        )

    def queried(self) -> Outcome:
        """What an answer to "what became of it" means: INS-0 only says that the question was understood."""
        if self.code in OUR_FAULT or (self.is_error and not self.code):
            raise Misconfigured(f"M-Pesa answered {self.code or 'output_error'}")
        message = f"{self.code} {self.status or self.message}".strip()
        state = _QUERY_STATES.get(self.status, State.UNKNOWN) if self.code == "INS-0" else State.UNKNOWN
        reason = _QUERY_REASONS.get(self.status, Reason.UNKNOWN) if state == State.FAILED else None
        return Outcome(
            state=state,
            reason=reason,
            company_reference=self.transaction,
            company_message=message,
            is_trouble=self.code in IN_TROUBLE,
        )


class MPesaLine:
    """Credentials: host, c2b_port, b2c_port, query_port, api_key, public_key (one line of base64),
    service_provider_code, origin; optional connect_seconds, read_seconds, query_read_seconds, ca_bundle;
    for reversals reversal_port, initiator_identifier, security_credential, reversal_amount_field.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        self._line = Line.from_credentials(credentials, read_seconds=READ_SECONDS)
        self._query_seconds = float(credentials.get("query_read_seconds") or QUERY_READ_SECONDS)
        self._refuse_mixed_environments()

    def _refuse_mixed_environments(self) -> None:
        """The public test code with the real host, or our real code with the test host."""
        name = urlsplit(self._credentials["host"]).hostname or ""
        is_test_code = self._credentials["service_provider_code"] == SANDBOX_SHORT_CODE
        if name.endswith("vm.co.mz") and ("sandbox" in name) != is_test_code:
            raise Misconfigured("M-Pesa's host and the short code are of different environments")

    @property
    def service_provider_code(self) -> str:
        return self._credentials["service_provider_code"]

    def send(self, reference: str, phone: str, money: Money, *, port: str, path: str) -> Words:
        """Ask for money to move. Raises NotSent, or GatewayUnavailable once it may have been heard."""
        payload: dict[str, object] = {
            "input_TransactionReference": reference,
            "input_CustomerMSISDN": wallet(phone),
            "input_Amount": to_wire(money),
            "input_ThirdPartyReference": third_party_reference(reference),
            "input_ServiceProviderCode": self.service_provider_code,
        }
        return Words.of(self._ask(self._line, "POST", port, path, payload=payload))

    @property
    def may_reverse(self) -> bool:
        """Whether Vodacom has given us what a reversal needs."""
        return all(self._credentials.get(name) for name in ("initiator_identifier", "security_credential"))

    def reverse(self, transaction: str, reference: str, part: Money | None) -> Words:
        """Ask for a payment to go back: the whole of it, or only a `part`."""
        payload: dict[str, object] = {
            "input_TransactionID": transaction,
            "input_SecurityCredential": self._credentials["security_credential"],
            "input_InitiatorIdentifier": self._credentials["initiator_identifier"],
            "input_ThirdPartyReference": reversal_reference(reference),
            "input_ServiceProviderCode": self.service_provider_code,
        }
        if part is not None:
            payload[self._credentials.get("reversal_amount_field") or REVERSAL_AMOUNT] = to_wire(part)
        return Words.of(self._ask(self._line, "PUT", "reversal_port", REVERSAL, payload=payload))

    def query(self, asked: str, question: str) -> Words:
        params = {
            "input_ThirdPartyReference": question,
            "input_QueryReference": asked,
            "input_ServiceProviderCode": self.service_provider_code,
        }
        line = replace(self._line, read_seconds=self._query_seconds)
        return Words.of(self._ask(line, "GET", "query_port", QUERY, params=params))

    def _ask(self, line: Line, method: str, port: str, path: str, **content: Any) -> Answer:
        url = f"{self._credentials['host'].rstrip('/')}:{self._credentials[port]}{path}"
        token = bearer(self._credentials["api_key"], self._credentials["public_key"])
        headers = {
            "Authorization": f"Bearer {token}",
            "Origin": self._credentials["origin"],
            "Content-Type": "application/json",
        }
        return line.send(method, url, headers=headers, **content)


def ask_about(line: MPesaLine, names: Sequence[str], *, question: str) -> Outcome:
    """Query by every name the payment has, the company's own first, until one says something.

    `question` begins the reference of the question itself, which must be new each time.
    """
    last = Outcome(state=State.UNKNOWN, company_message="not asked")
    for number, name in enumerate(dict.fromkeys(filter(None, names))):
        last = line.query(name, f"{question}{number}").queried()
        if last.state != State.UNKNOWN:
            break
    return replace(last, company_reference=last.company_reference or names[0])
