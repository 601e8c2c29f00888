"""The contract between the marketplace and a way of paying sellers.

A payout leaves the building once. send() may be repeated only after NotSent; after
GatewayUnavailable or State.UNKNOWN the only remedy is look_up().
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from marketplace.money import Money
from payments.gateways.base import (
    REFERENCE,
    GatewayUnavailable,
    Misconfigured,
    Notice,
    NotSent,
    Outcome,
    Reason,
    Refused,
    State,
    UnreadableNotice,
)

__all__ = [
    "GatewayUnavailable",
    "Misconfigured",
    "NotSent",
    "Outcome",
    "PayoutOrder",
    "Rail",
    "Reason",
    "Refused",
    "State",
]


@dataclass(frozen=True, kw_only=True)
class PayoutOrder:
    """What one seller is paid. `reference` is ours, is unique for ever and is the idempotency key.

    `destination` is what the rail's docstring asks for, decrypted.
    """

    reference: str
    money: Money
    destination: Mapping[str, str]
    description: str = ""

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise ValueError(f"A reference is 4 to 18 of A-Z and 0-9, not {self.reference!r}")


class Rail(ABC):
    """One way of sending money. Credentials come as a mapping; each rail lists its keys."""

    code: ClassVar[str]
    # Whether the company calls us when a payout moved; then read_notice() is there.
    calls_back: ClassVar[bool] = False

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self.credentials = credentials

    @abstractmethod
    def send(self, order: PayoutOrder) -> Outcome:
        """Send the money. Raises Refused, NotSent, Misconfigured or GatewayUnavailable.

        PENDING is an ordinary answer: banks take hours. FAILED and Refused are definite:
        the money is still ours.
        """

    @abstractmethod
    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        """Ask what became of a payout. NOT_FOUND is definite only where the rail says so."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Whether a call is genuine and what it is about. Raises ForgedNotice or UnreadableNotice."""
        raise UnreadableNotice(f"{self.code} does not call back")
