"""What PayU's reports tell about money given back: it numbers no refund, and decides for days."""

import re
from typing import Any

from .base import GatewayUnavailable, Outcome, RefundOrder, State
from .payu_answers import (
    ALREADY,
    CHARGES,
    REFUNDS,
    Found,
    amount_of,
    is_named,
    message_of,
    reason_of,
    response_of,
    state_of,
    transactions_of,
)


def capture_of(order: Found, reference: str) -> dict[str, Any] | None:
    """The payment of an order that is meant: the one that is named, else the oldest."""
    paid = [each for each in transactions_of(order, CHARGES) if state_of(each) == State.PAID]
    named = [each for each in paid if is_named(order, each, reference)]
    return (paid + named)[-1] if paid else None


def refunds_of(order: Found, capture: Found) -> list[dict[str, Any]]:
    """Decided refunds of a payment, oldest first: while PayU decides, it shows none."""
    found = transactions_of(order, REFUNDS)
    return [each for each in reversed(found) if each.get("parentTransactionId") in (None, capture["id"])]


def is_already_asked(error: GatewayUnavailable) -> bool:
    """PayU says that a refund of this payment exists; the wording is not documented."""
    return bool(re.search(ALREADY, str(error), re.IGNORECASE))


def became_of(order: RefundOrder, known: Found, capture: Found) -> Outcome:
    """Approved, declined, or still with PayU, which for a while shows nothing at all."""
    refunds = refunds_of(known, capture)
    place = re.fullmatch(r"[0-9]{1,15}:([0-9]{1,3})", order.company_reference, re.ASCII)
    if place is None and not (order.is_whole and len(refunds) == 1):
        # We do not know whether PayU heard us. Only a whole refund can be told from others.
        is_back = order.is_whole and known.get("status") == "REFUNDED"
        return Outcome(state=State.PAID if is_back else State.UNKNOWN)
    number = int(place[1]) if place else 0
    if len(refunds) <= number:
        return Outcome(state=State.PENDING)
    found = refunds[number]
    if found["type"] == "PARTIAL_REFUND" and amount_of(known, found) != order.money:
        return Outcome(state=State.UNKNOWN, company_message="PayU shows a refund of another amount")
    return Outcome(
        state=state_of(found) or State.UNKNOWN,
        money=order.money,
        company_reference=order.company_reference,
        reason=reason_of(response_of(found)) if state_of(found) == State.FAILED else None,
        company_message=message_of(response_of(found)),
    )
