"""Wompi's words for what became of a transaction, in ours."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .base import (
    CardDetails,
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    Reason,
    Redirect,
    Refused,
    State,
)
from .http import Answer
from .wompi_signing import from_cents

STATES = {
    "PENDING": State.PENDING,
    "APPROVED": State.PAID,
    "DECLINED": State.FAILED,
    "VOIDED": State.FAILED,
    "ERROR": State.FAILED,
}

# Wompi has no refusal codes, only words.
_REASONS = (
    (Reason.INSUFFICIENT_FUNDS, r"fondos|saldo"),
    (Reason.LIMIT_EXCEEDED, r"cupo|l[ií]mite|tope|excede|monto"),
    (Reason.EXPIRED, r"venci|expir|tiempo"),
    (Reason.CANCELLED_BY_BUYER, r"cancel|usuario|cliente"),
    (Reason.ACCOUNT_PROBLEM, r"bloquea|inactiv|no registrad|no existe"),
)
# Which field of a 422 is whose fault.
_FIELD_REASONS = (
    (Reason.INVALID_PHONE, r"phone"),
    (Reason.REFUSED_BY_BANK, r"token|installments|card"),
    (Reason.ACCOUNT_PROBLEM, r"legal_id|financial_institution|user_type|full_name"),
    (Reason.EXPIRED, r"expiration"),
)


def transaction_in(found: Any) -> dict[str, Any]:
    """A transaction whose fields we can rely on, or GatewayUnavailable."""
    if (
        isinstance(found, dict)
        and isinstance(found.get("id"), str)
        and 0 < len(found["id"]) <= 64
        and isinstance(found.get("reference"), str)
        and found.get("status") in STATES
        and type(found.get("amount_in_cents")) is int
        and found.get("currency") == "COP"
    ):
        return found
    raise GatewayUnavailable("Wompi described a transaction we cannot read")


def outcome_of(transaction: Mapping[str, Any]) -> Outcome:
    status = transaction["status"]
    message = _plain(transaction.get("status_message"))
    return Outcome(
        state=STATES[status],
        money=from_cents(transaction["amount_in_cents"]),
        company_reference=transaction["id"],
        reason=_reason(status, message),
        company_message=message,
        card=_card(transaction),
        step=_page(transaction) if status == "PENDING" else None,
    )


def void_outcome(transaction: Mapping[str, Any], *, was_accepted: bool, is_over: bool) -> Outcome:
    """What became of a void. An approved payment was not voided; once accepted, only not yet."""
    match transaction["status"]:
        case "VOIDED":
            state = State.PAID
        case "APPROVED" if was_accepted:
            state = State.FAILED if is_over else State.PENDING
        case "APPROVED":
            state = State.NOT_FOUND
        case _:
            state = State.UNKNOWN
    return Outcome(
        state=state,
        money=from_cents(transaction["amount_in_cents"]) if state == State.PAID else None,
        company_reference=transaction["id"] if state in (State.PAID, State.PENDING) else "",
        reason=Reason.COMPANY_ERROR if state == State.FAILED else None,
    )


def best_of(transactions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of several tries under one reference: the paid one, else the open one, else the newest."""

    def rank(transaction: Mapping[str, Any]) -> tuple[bool, bool, str]:
        status = transaction["status"]
        return status == "APPROVED", status == "PENDING", _plain(transaction.get("created_at"))

    return max(transactions, key=rank)


def ended_at(transaction: Mapping[str, Any]) -> datetime | None:
    """When the company finished with it, where it says so."""
    for name in ("finalized_at", "created_at"):
        try:
            moment = datetime.fromisoformat(_plain(transaction.get(name)))
        except ValueError:
            continue
        return moment if moment.tzinfo else None
    return None


def refusal_of(answer: Answer) -> NotSent | Refused | Misconfigured | GatewayUnavailable:
    """What a 4xx or 5xx means. Nothing was opened, except where nobody knows."""
    error = answer.json_object().get("error")
    if not isinstance(error, dict):
        return GatewayUnavailable(f"Wompi answered {answer.status} without a reason")
    messages = error.get("messages")
    fields = messages if isinstance(messages, dict) else {}
    if answer.status == 429:
        return NotSent("Wompi asks us to slow down")
    if answer.status in (401, 403, 404) or "signature" in fields:
        return Misconfigured(f"Wompi answered {answer.status} {_plain(error.get('type'))} {sorted(fields)}")
    if answer.status != 422:
        return GatewayUnavailable(f"Wompi answered {answer.status}")
    if "acceptance_token" in fields or "accept_personal_auth" in fields:
        return NotSent("Wompi wants a fresh acceptance token")
    words = " ".join(sorted(fields))
    return Refused(_first(_FIELD_REASONS, words) or _deep_reason(messages), f"422 {words}".strip())


def is_used_reference(answer: Answer) -> bool:
    error = answer.json_object().get("error")
    messages = error.get("messages") if isinstance(error, dict) else None
    return answer.status == 422 and isinstance(messages, dict) and "reference" in messages


def _deep_reason(messages: Any) -> Reason:
    """Messages may name the wrong field inside {"payment_method": {...}}."""
    return _first(_FIELD_REASONS, str(messages)[:2000]) or Reason.COMPANY_ERROR


def _first(table: Sequence[tuple[Reason, str]], text: str) -> Reason | None:
    return next((reason for reason, words in table if re.search(words, text, re.IGNORECASE)), None)


def _reason(status: str, message: str) -> Reason | None:
    if STATES[status] != State.FAILED:
        return None
    if status != "DECLINED":
        return Reason.COMPANY_ERROR if status == "ERROR" else Reason.UNKNOWN
    return _first(_REASONS, message) or Reason.REFUSED_BY_BANK


def _card(transaction: Mapping[str, Any]) -> CardDetails | None:
    method = transaction.get("payment_method")
    extra = method.get("extra") if isinstance(method, dict) else None
    if transaction.get("payment_method_type") != "CARD" or not isinstance(extra, dict):
        return None
    if not _plain(extra.get("last_four")):
        return None
    installments = method.get("installments") if isinstance(method, dict) else None
    month, year = _two_digits(extra.get("exp_month")), _two_digits(extra.get("exp_year"))
    return CardDetails(
        brand=_plain(extra.get("brand"))[:20],
        last_four=_plain(extra.get("last_four"))[-4:],
        installments=installments if type(installments) is int else None,
        exp_month=month if month and month <= 12 else None,
        exp_year=2000 + year if year is not None else None,
        first_six=_plain(extra.get("bin"))[:6],
    )


def _two_digits(text: object) -> int | None:
    """Wompi writes months and years with two digits: "08", "40"."""
    return int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{2}", text, re.ASCII) else None


def _page(transaction: Mapping[str, Any]) -> Redirect | None:
    """Where the buyer goes on; only worth following while the transaction is open."""
    method = transaction.get("payment_method")
    extra = method.get("extra") if isinstance(method, dict) else None
    url = extra.get("async_payment_url") if isinstance(extra, dict) else None
    if isinstance(url, str) and re.match(r"https?://", url):
        return Redirect(url=url)
    return None


def _plain(value: object) -> str:
    return value.replace("\x00", "")[:300] if isinstance(value, str) else ""
