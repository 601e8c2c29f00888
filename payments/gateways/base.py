"""The contract between the marketplace and a payment company.

A gateway translates. It takes plain values, talks to one company and answers
with plain values. It never sees a request, a template, a setting or the
database, so it can be read, tested and replaced on its own.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from marketplace.money import Money
from payments.gateways.account import AccountRow
from payments.gateways.errors import (
    ForgedNotice,
    GatewayError,
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Reason,
    Refused,
    UnreadableNotice,
)
from payments.gateways.lists import Agreement, Choice
from payments.gateways.next_steps import NextStep, PostForm, Prompt, Redirect, Review, Voucher, Waiting

__all__ = [
    "REFERENCE",
    "Agreement",
    "CardDetails",
    "Charge",
    "Choice",
    "ForgedNotice",
    "Gateway",
    "GatewayError",
    "GatewayUnavailable",
    "Misconfigured",
    "NextStep",
    "NotSent",
    "Notice",
    "Outcome",
    "PostForm",
    "Prompt",
    "Reason",
    "Redirect",
    "RefundOrder",
    "Refused",
    "Review",
    "Started",
    "State",
    "UnreadableNotice",
    "Voucher",
    "Waiting",
]

# Short and plain enough for the strictest company (M-Pesa allows 20 letters and digits
# and we put one in front).
REFERENCE = re.compile(r"[A-Z0-9]{4,18}")


class State(StrEnum):
    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"  # The company works on it, or the buyer has not answered yet.
    UNKNOWN = "unknown"  # Nobody knows; money may have moved. Ask again, never start again.
    NOT_FOUND = "not_found"  # The company has never heard of it.


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What we ask the company to collect. `reference` is ours and is unique for ever.

    `tax` and `tax_base` cover the taxed goods alone: with what is excluded or delivered the
    charge is larger than their sum. `notify_url` is where the company tells us (webhook).
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
    user_agent: str = ""
    language: str = ""
    notify_url: str = ""
    description: str = ""
    city: str = ""
    region: str = ""
    street: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    tax: Money | None = None
    tax_base: Money | None = None

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise ValueError(f"A reference is 4 to 18 of A-Z and 0-9, not {self.reference!r}")


@dataclass(frozen=True, kw_only=True)
class CardDetails:
    """What may be shown of a card; `first_six` only tells cards apart and is never kept."""

    brand: str
    last_four: str
    installments: int | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    first_six: str = ""


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
    is_trouble: bool = False  # The answer itself says that the company does not work just now.


@dataclass(frozen=True, kw_only=True)
class Started:
    """An opened charge. `outcome` is set when the company answered at once."""

    step: NextStep
    company_reference: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """What we ask the company to give back of a charge it has collected.

    `reference` is ours, is unique for ever and is the idempotency key where the company has one.
    `charge_reference`, `charge_company_reference`, `charged` and `paid_at` name the charge.
    `company_reference` is what an earlier answer about this refund gave us.
    """

    reference: str
    money: Money
    method: str
    charge_reference: str
    charge_company_reference: str
    charged: Money
    paid_at: datetime
    company_reference: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise ValueError(f"A reference is 4 to 18 of A-Z and 0-9, not {self.reference!r}")

    @property
    def is_whole(self) -> bool:
        return self.money == self.charged


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A webhook, reduced to the only part we trust: which charge to look up.

    `refund_reference`, ours, is set when it is a refund that should be looked up. Both
    are empty for kinds of event we do not know: store, answer, do nothing.
    `body` is what may be stored: the words of the company without personal data.
    `reply` is the JSON the company wants back (status 200 always), or None for any body.
    """

    event_id: str
    reference: str
    refund_reference: str = ""
    company_reference: str = ""
    name: str = ""
    body: Mapping[str, object] = field(default_factory=dict)
    reply: Mapping[str, str] | None = None


class Gateway(ABC):
    """One company. Credentials come as a mapping; each adapter lists its keys."""

    code: ClassVar[str]
    # True where a foreign company_reference is found out, because the company repeats ours.
    checks_hints: ClassVar[bool] = False
    lists_account: ClassVar[bool] = False
    # True where start() calls nobody, so that a worker who died can be followed by another.
    is_our_own: ClassVar[bool] = False

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

    def patience(self, method: str) -> float:
        """Seconds the company wants between our own questions about an open charge; notices never wait."""
        return 0

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Check a webhook. Raises ForgedNotice or UnreadableNotice."""

    def missed_notices(self) -> Iterable[Notice]:
        """Notices that the company could not hand over to us, where it tells. Talks to the company."""
        return ()

    def cancel(self, reference: str, company_reference: str = "") -> None:
        """Close an attempt that was called off here, where the company can: a later payment is less likely.

        Called by a worker; money may have moved meanwhile, so look_up() goes on telling the truth.
        Raises NotSent, Misconfigured or GatewayUnavailable, and nothing hangs on it.
        """
        return

    def form_fields(self, charge: Charge) -> Mapping[str, str]:
        """What a PostForm step sends to the company, or a Redirect's address tells it. No network."""
        return {}

    def can_refund(self, order: RefundOrder, now: datetime) -> bool:
        """Whether refund() can work for this charge now. False: the buyer is paid by bank or wallet."""
        return False

    def refund(self, order: RefundOrder) -> Outcome:
        """Give money back. State.PAID means that it has gone back; PENDING, that the company works on it.

        Raises Refused, NotSent, Misconfigured or GatewayUnavailable. FAILED and Refused are
        definite: the money is still ours. May be repeated only after NotSent; otherwise ask
        look_up_refund().
        """
        raise Refused(Reason.COMPANY_ERROR, "this company cannot give back")

    def look_up_refund(self, order: RefundOrder) -> Outcome:
        """Ask what became of a refund. NOT_FOUND only where the company says so for certain."""
        return Outcome(state=State.UNKNOWN)

    def largest(self) -> Decimal | None:
        """The most that one payment may be by our contract, where it says so. No network."""
        return None

    def find_reference(self, company_reference: str) -> str:
        """Our reference of a charge that a notice names by the company's number alone, or nothing."""
        return ""

    def account_rows(self, since: datetime, until: datetime) -> Sequence[AccountRow]:
        """Every movement of our account, where `lists_account`. Talks to the company; raises as look_up()."""
        return ()

    def choices(self, method: str) -> Sequence[Choice]:
        """The company's list for a method (banks of PSE). Talks to the company; keep a day."""
        return ()

    def agreements(self) -> Sequence[Agreement]:
        """Texts to accept before paying. Talks to the company; keep a day."""
        return ()

    def browser_values(self, method: str) -> Mapping[str, str]:
        """Public values the buyer's browser needs (where to send a card number). No network."""
        return {}
