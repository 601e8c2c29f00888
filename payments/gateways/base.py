"""The contract between the marketplace and a payment company.

A gateway translates. It takes plain values, talks to one company and answers
with plain values. It never sees a request, a template, a setting or the
database, so it can be read, tested and replaced on its own.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from marketplace.money import Money

# Short and plain enough for the strictest company (M-Pesa allows 20 letters and digits
# and we put one in front).
REFERENCE = re.compile(r"[A-Z0-9]{4,18}")


class State(StrEnum):
    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"  # The company works on it, or the buyer has not answered yet.
    UNKNOWN = "unknown"  # Nobody knows; money may have moved. Ask again, never start again.
    NOT_FOUND = "not_found"  # The company has never heard of it.


class Reason(StrEnum):
    """Why a payment failed, in words for people (templates translate them)."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    REFUSED_BY_BANK = "refused_by_bank"
    CANCELLED_BY_BUYER = "cancelled_by_buyer"
    EXPIRED = "expired"
    INVALID_PHONE = "invalid_phone"
    LIMIT_EXCEEDED = "limit_exceeded"
    ACCOUNT_PROBLEM = "account_problem"
    COMPANY_ERROR = "company_error"
    UNKNOWN = "unknown"


class GatewayError(Exception):
    """Base of what can go wrong between us and a company. The text never holds secrets."""


class GatewayUnavailable(GatewayError):
    """Nobody knows what happened. Ask again with look_up(); never assume."""


class NotSent(GatewayError):
    """The question never left our house, so the same call may be repeated."""


class Refused(GatewayError):
    """A definite no before anything was opened. A new attempt is allowed."""

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__(f"{reason}: {message}" if message else str(reason))
        self.reason = reason
        self.message = message


class Misconfigured(GatewayError):
    """Our keys or our code are wrong: stop offering the method and tell staff."""


class ForgedNotice(GatewayError):
    """A webhook that the company did not sign, or one too old to be believed."""


class UnreadableNotice(GatewayError):
    """A webhook that is not what the company sends."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What we ask the company to collect. `reference` is ours and is unique for ever.

    `inputs` are what the buyer typed for this method:
    card: token, installments (no token: the company's own page takes the card);
    pse: bank, user_type ("0" person, "1" company); nequi, mpesa: nothing, `phone` is charged.
    """

    reference: str
    money: Money
    method: str
    email: str
    phone: str
    full_name: str
    document_type: str
    document_number: str
    return_url: str
    expires_at: datetime
    ip: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    tax: Money | None = None

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise ValueError(f"A reference is 4 to 18 of A-Z and 0-9, not {self.reference!r}")


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """What the buyer does next."""

    kind: ClassVar[str]

    def as_json(self) -> dict[str, str]:
        values = {name: _text(value) for name, value in asdict(self).items()}
        return {"kind": self.kind} | values


@dataclass(frozen=True, kw_only=True)
class Redirect(NextStep):
    """Finish on the company's page."""

    kind = "redirect"
    url: str


@dataclass(frozen=True, kw_only=True)
class Prompt(NextStep):
    """Answer the question that your phone is asking."""

    kind = "prompt"
    phone: str


@dataclass(frozen=True, kw_only=True)
class Waiting(NextStep):
    """Nothing to do: the company is still thinking."""

    kind = "waiting"


@dataclass(frozen=True, kw_only=True)
class Voucher(NextStep):
    """Pay cash at a counter, quoting this code."""

    kind = "voucher"
    code: str
    expires_at: datetime


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@dataclass(frozen=True, kw_only=True)
class CardDetails:
    """What may be shown of a card."""

    brand: str
    last_four: str
    installments: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the company says became of a charge or a payout.

    `money` is None where the company never repeats the amount (M-Pesa): it moves exactly
    what was asked, or nothing. `reason` is set when FAILED. `step` is set when only this
    answer told us where the buyer must go (PSE).
    """

    state: State
    money: Money | None = None
    company_reference: str = ""
    reason: Reason | None = None
    company_message: str = ""
    card: CardDetails | None = None
    step: NextStep | None = None


@dataclass(frozen=True, kw_only=True)
class Started:
    """An opened charge. `outcome` is set when the company answered at once."""

    step: NextStep
    company_reference: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A webhook, reduced to the only part we trust: which charge to look up.

    `reference` is empty for kinds of event we do not know: store, answer, do nothing.
    `body` is what may be stored: the words of the company without personal data.
    `reply` is the JSON the company wants back (status 200 always), or None for any body.
    """

    event_id: str
    reference: str
    company_reference: str = ""
    name: str = ""
    body: Mapping[str, object] = field(default_factory=dict)
    reply: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One entry of a list only the company knows, such as a bank."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A text of the company that the buyer must accept before paying."""

    kind: str
    url: str


class Gateway(ABC):
    """One company. Credentials come as a mapping; each adapter lists its keys."""

    code: ClassVar[str]
    # True where a foreign company_reference is found out, because the company repeats ours.
    checks_hints: ClassVar[bool] = False

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self.credentials = credentials

    def expected_step(self, charge: Charge) -> NextStep:
        """What to show while start() still runs (M-Pesa holds the line for a minute).

        Raises Refused when the charge cannot be right, such as a foreign phone.
        """
        return Waiting()

    @abstractmethod
    def start(self, charge: Charge) -> Started:
        """Open the charge. Raises Refused, NotSent, Misconfigured or GatewayUnavailable.

        Only after NotSent may it be called again for the same reference.
        After GatewayUnavailable ask look_up().
        """

    @abstractmethod
    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        """Ask what became of a charge. Raises NotSent, Misconfigured or GatewayUnavailable.

        `company_reference` is what an earlier answer gave us. A hint from the buyer's browser
        (`?id=`) or from a notice may be passed only to a gateway that `checks_hints`.
        """

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Check a webhook. Raises ForgedNotice or UnreadableNotice."""

    def choices(self, method: str) -> Sequence[Choice]:
        """The company's list for a method (banks of PSE). Talks to the company; keep a day."""
        return ()

    def agreements(self) -> Sequence[Agreement]:
        """Texts to accept before paying. Talks to the company; keep a day."""
        return ()

    def browser_values(self, method: str) -> Mapping[str, str]:
        """Public values the buyer's browser needs (where to send a card number). No network."""
        return {}
