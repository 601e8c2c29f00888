"""What can go wrong between us and a payment company, and why a payment fails."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a payment failed, in words for people (templates translate them)."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    REFUSED_BY_BANK = "refused_by_bank"
    CANCELLED_BY_BUYER = "cancelled_by_buyer"
    EXPIRED = "expired"
    INVALID_PHONE = "invalid_phone"
    LIMIT_EXCEEDED = "limit_exceeded"
    WHOLE_AMOUNTS = "whole_amounts"
    ACCOUNT_PROBLEM = "account_problem"
    BUSY = "busy"
    INVALID_CARD = "invalid_card"
    ASK_BANK = "ask_bank"
    SECURITY_CHECK = "security_check"
    BANK_UNREACHABLE = "bank_unreachable"
    DISPUTED = "disputed"
    COMPANY_ERROR = "company_error"
    UNKNOWN = "unknown"


class GatewayError(Exception):
    """Base of what can go wrong between us and a company. The text never holds secrets."""


class GatewayUnavailable(GatewayError):
    """Nobody knows what happened. Ask again with look_up(); never assume."""


class NotSent(GatewayError):
    """The question never left our house, so the same call may be repeated."""


class NotYet(NotSent):
    """The company works, but it is too early for this question; no failure of anybody."""


class TooMuch(GatewayError):
    """The company works, but has more to tell than we read at once; no failure of anybody."""


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
    """A webhook that is not what the company sends.

    `reply` is the JSON that the company wants to read then (status 200); None: a plain 400.
    """

    def __init__(self, message: str, *, reply: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reply = reply
