"""Stripe's words for what became of a checkout or a refund, in ours."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from moneyed import CurrencyDoesNotExist

from marketplace.money import Money

from .base import CardDetails, GatewayUnavailable, Outcome, Reason, Redirect, State

# Everything else has two decimals at Stripe, pesos too.
ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())

# Lost, stolen and suspected cards are left out on purpose: who holds one is told no more than "refused".
_REASONS = {
    "insufficient_funds": Reason.INSUFFICIENT_FUNDS,
    "card_velocity_exceeded": Reason.LIMIT_EXCEEDED,
    "withdrawal_count_limit_exceeded": Reason.LIMIT_EXCEEDED,
    "expired_card": Reason.ACCOUNT_PROBLEM,
    "card_not_supported": Reason.ACCOUNT_PROBLEM,
    "currency_not_supported": Reason.ACCOUNT_PROBLEM,
    "processing_error": Reason.COMPANY_ERROR,
}
_REFUND_STATES = {
    "pending": State.PENDING,
    "requires_action": State.PENDING,
    "succeeded": State.PAID,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}
_REFUND_REASONS = {
    "lost_or_stolen_card": Reason.ACCOUNT_PROBLEM,
    "expired_or_canceled_card": Reason.ACCOUNT_PROBLEM,
    "insufficient_funds": Reason.INSUFFICIENT_FUNDS,
    "declined": Reason.REFUSED_BY_BANK,
    "charge_for_pending_refund_disputed": Reason.DISPUTED,
}


def to_minor(money: Money) -> int:
    """MZN 149.99 is 14999 on the wire."""
    code = money.currency.code.lower()
    minor = money.amount if code in ZERO_DECIMAL else money.amount * 100
    if minor != minor.to_integral_value() or not 1 <= minor <= 99_999_999:
        raise ValueError(f"Stripe cannot move {money.amount} {code}")
    return int(minor)


def from_minor(amount: int, currency: str) -> Money:
    places = 0 if currency in ZERO_DECIMAL else 2
    return Money(Decimal(amount).scaleb(-places), currency.upper())


def reason_of(decline_code: object) -> Reason:
    return _REASONS.get(str(decline_code), Reason.REFUSED_BY_BANK)


def session_in(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A session whose fields we can rely on, or GatewayUnavailable."""
    if (
        isinstance(found.get("id"), str)
        and found.get("object") == "checkout.session"
        and found.get("status") in ("open", "complete", "expired")
        and found.get("payment_status") in ("unpaid", "paid")
        and _is_amount(found, "amount_total")
    ):
        return found
    raise GatewayUnavailable("Stripe described a session we cannot read")


def outcome_of(session: Mapping[str, Any]) -> Outcome:
    intent = _inside(session, "payment_intent")
    return Outcome(
        state=(state := _state_of(session, intent)),
        money=_received(session, intent),
        company_reference=session["id"],
        reason=_why_failed(session, intent) if state == State.FAILED else None,
        company_message=_decline_code(intent),
        card=_card(intent),
        step=_page(session) if session["status"] == "open" else None,
    )


def _state_of(session: Mapping[str, Any], intent: Mapping[str, Any]) -> State:
    if session["payment_status"] == "paid":
        return State.PAID
    if session["status"] == "expired":
        return State.FAILED
    if session["status"] == "complete" and intent.get("status") in ("requires_payment_method", "canceled"):
        return State.FAILED
    return State.PENDING


def _received(session: Mapping[str, Any], intent: Mapping[str, Any]) -> Money:
    """What came in, where the payment says so; else what the session asks for."""
    if session["payment_status"] == "paid" and _is_amount(intent, "amount_received"):
        return _money(intent, "amount_received")
    return _money(session, "amount_total")


def _why_failed(session: Mapping[str, Any], intent: Mapping[str, Any]) -> Reason:
    if code := _decline_code(intent):
        return reason_of(code)
    return Reason.EXPIRED if session["status"] == "expired" else Reason.REFUSED_BY_BANK


def _decline_code(intent: Mapping[str, Any]) -> str:
    error = _inside(intent, "last_payment_error")
    return str(error.get("decline_code") or error.get("code") or "")[:60]


def _page(session: Mapping[str, Any]) -> Redirect | None:
    url = session.get("url")
    return Redirect(url=url) if isinstance(url, str) and re.match(r"https?://", url) else None


def _card(intent: Mapping[str, Any]) -> CardDetails | None:
    card = _inside(_inside(_inside(intent, "latest_charge"), "payment_method_details"), "card")
    last_four = card.get("last4")
    if not isinstance(last_four, str) or not re.fullmatch(r"[0-9]{4}", last_four):
        return None
    month, year = card.get("exp_month"), card.get("exp_year")
    return CardDetails(
        brand=str(card.get("brand") or "")[:20].upper(),
        last_four=last_four,
        exp_month=month if type(month) is int else None,
        exp_year=year if type(year) is int else None,
    )


def refund_outcome(refund: Mapping[str, Any]) -> Outcome:
    state = _REFUND_STATES.get(str(refund.get("status")))
    refund_id = refund.get("id")
    if state is None or not isinstance(refund_id, str) or not _is_amount(refund, "amount"):
        raise GatewayUnavailable("Stripe described a refund we cannot read")
    why = str(refund.get("failure_reason") or "")[:60]
    return Outcome(
        state=state,
        money=_money(refund, "amount"),
        company_reference=refund_id,
        reason=_REFUND_REASONS.get(why, Reason.COMPANY_ERROR) if state == State.FAILED else None,
        company_message=why,
    )


def _is_amount(found: Mapping[str, Any], name: str) -> bool:
    currency = found.get("currency")
    return (
        type(found.get(name)) is int
        and isinstance(currency, str)
        and bool(re.fullmatch("[a-z]{3}", currency))
    )


def _money(found: Mapping[str, Any], name: str) -> Money:
    try:
        return from_minor(found[name], found["currency"])
    except CurrencyDoesNotExist:
        raise GatewayUnavailable("Stripe names a currency we do not know") from None


def _inside(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under this name; where only its id stands there, nothing."""
    value = found.get(name)
    return value if isinstance(value, dict) else {}
