"""Refunds of the pretend Stripe: some at once, some pending first, some failing after all."""

import time
from typing import Any

from .memory import STORE, after
from .stripe import REFUND_WAIT, Thing, book, new_id, public
from .stripe_events import announce
from .stripe_wire import Wrong, invalid, missing

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def refund(params: dict[str, Any]) -> Thing:
    """Give back some or all of a charge. Raises Wrong when that is more than is left of it."""
    with STORE.together():
        charge = _charge_of(params)
        left = charge["amount"] - charge["amount_refunded"]
        amount = params.get("amount", str(left))
        if not amount.isdigit() or int(amount) < 1:
            raise invalid("amount", "Invalid positive integer", "parameter_invalid_integer")
        if charge["disputed"]:
            raise Wrong(400, "This charge is disputed.", code="charge_disputed", param="payment_intent")
        if left == 0:
            raise Wrong(400, "Charge has already been refunded.", code="charge_already_refunded")
        if int(amount) > left:
            raise invalid("amount", "Refund amount is greater than unrefunded amount on charge")
        if params.get("reason") not in (None, *REASONS):
            raise invalid("reason", "Invalid reason")
        return _give_back(charge, int(amount), params)


def _charge_of(params: dict[str, Any]) -> Thing:
    if intent_id := params.get("payment_intent"):
        intent = STORE.get("stripe_intent", intent_id)
        if intent is None:
            raise missing("payment_intent", intent_id)
        charge = STORE.get("stripe_charge", intent["latest_charge"] or "")
    else:
        charge = STORE.get("stripe_charge", params.get("charge", ""))
    if charge is None or not charge["paid"]:
        raise Wrong(400, "There is no successful charge to refund.", code="payment_intent_unexpected_state")
    return charge


def _give_back(charge: Thing, amount: int, params: dict[str, Any]) -> Thing:
    later = {"pending": "succeeded", "failed": "failed"}.get(charge["_refund"])
    given = {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": int(time.time()),
        "currency": charge["currency"],
        "failure_reason": None,
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "status": "pending" if charge["_refund"] == "pending" else "succeeded",
        "_later": later,
    }
    given["balance_transaction"] = book(given, "refund", -amount)["id"]
    _move_charge(charge, amount)
    STORE.put("stripe_refund", given["id"], given, due=after(REFUND_WAIT) if later else None)
    announce(("charge.refunded", public(charge)), ("refund.created", public(given)))
    return given


def _move_charge(charge: Thing, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    STORE.put("stripe_charge", charge["id"], charge)


def decide_due(now: float) -> None:
    for due in STORE.due("stripe_refund", now):
        finish(due["id"])


def finish(refund_id: str) -> None:
    """What becomes of a refund in the end."""
    with STORE.together():
        given = STORE.get("stripe_refund", refund_id)
        if given is None or not given["_later"]:
            return
        given |= {"status": given["_later"], "_later": None}
        if given["status"] == "failed":
            given["failure_reason"] = "expired_or_canceled_card"
            book(given, "refund_failure", given["amount"])
            charge = STORE.get("stripe_charge", given["charge"])
            if charge:
                _move_charge(charge, -given["amount"])
        STORE.put("stripe_refund", refund_id, given)
        names = ["refund.updated"] + (["refund.failed"] if given["status"] == "failed" else [])
        announce(*((name, public(given)) for name in names))
