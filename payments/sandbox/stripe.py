"""The life of a pretend Stripe checkout: a page, a card, a payment, its refunds, perhaps a dispute."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from .memory import STORE, after, switch
from .stripe_events import announce

Thing = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a test number does."""

    note: str
    decline: str = ""
    asks: bool = False  # 3-D Secure first
    disputed: bool = False
    refund: str = "succeeded"


CARDS = {
    "4242424242424242": Card(note="Paid"),
    "5555555555554444": Card(note="Paid (Mastercard)"),
    "378282246310005": Card(note="Paid (American Express, code of four digits)"),
    "4000000000000002": Card(note="Declined", decline="generic_decline"),
    "4000000000009995": Card(note="Declined: not enough money", decline="insufficient_funds"),
    "4000000000009987": Card(note="Declined: lost", decline="lost_card"),
    "4000000000009979": Card(note="Declined: stolen", decline="stolen_card"),
    "4000000000000069": Card(note="Declined: expired", decline="expired_card"),
    "4000000000000127": Card(note="Declined: wrong code", decline="incorrect_cvc"),
    "4000000000000119": Card(note="Declined: processing error", decline="processing_error"),
    "4100000000000019": Card(note="Blocked as high risk", decline="fraudulent"),
    "4000002500003155": Card(note="3-D Secure", asks=True),
    "4000002760003184": Card(note="3-D Secure", asks=True),
    "4000000000003220": Card(note="3-D Secure", asks=True),
    "4000008260003178": Card(
        note="3-D Secure, then not enough money", asks=True, decline="insufficient_funds"
    ),
    "4000008400001629": Card(note="3-D Secure, then declined", asks=True, decline="generic_decline"),
    "4000008400001280": Card(note="3-D Secure cannot be asked", decline="processing_error"),
    "4000000000000259": Card(note="Paid, then disputed", disputed=True),
    "4000000000007726": Card(note="Paid; its refunds are pending first", refund="pending"),
    "4000000000005126": Card(note="Paid; its refunds succeed and fail later", refund="failed"),
}
REFUND_WAIT = 3.0
# What the account is settled in, and what it costs: ours.
SETTLED_IN, RATE, SHARE, FIXED = "usd", 0.0156, 0.029, 31


def new_id(prefix: str, size: int = 12) -> str:
    return f"{prefix}_{secrets.token_hex(size)}"


def open_session(params: Thing, page: str) -> Thing:
    line_items = params["line_items"]
    total = sum(int(line["price_data"]["unit_amount"]) * int(line["quantity"]) for line in line_items)
    session_id = new_id("cs_test", 29)
    expires = int(params.get("expires_at") or time.time() + 86400)
    session = {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": int(time.time()),
        "currency": line_items[0]["price_data"]["currency"],
        "customer_details": {"email": params.get("customer_email"), "name": None, "phone": None},
        "customer_email": params.get("customer_email"),
        "expires_at": expires,
        "livemode": False,
        "locale": params.get("locale", "auto"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "status": "open",
        "success_url": params["success_url"],
        "url": page + session_id,
        "_intent": params.get("payment_intent_data", {}),
        "_name": line_items[0]["price_data"]["product_data"]["name"],
    }
    return STORE.put("stripe_session", session_id, session, due=after(expires - time.time()))


def public(thing: Thing) -> Thing:
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def pay(session_id: str, number: str, *, expiry: tuple[int, int] = (8, 2040), asked: bool = False) -> str:
    """Try a card: "paid", "asks" (3-D Secure), "closed", or why it was declined."""
    card = CARDS.get(number, Card(note="", decline="test_mode_live_card"))
    with STORE.together():
        session = STORE.get("stripe_session", session_id)
        if session is None or session["status"] != "open":
            return "closed"
        if card.asks and not asked:
            return "asks"
        intent = STORE.get("stripe_intent", session["payment_intent"] or "") or _new_intent(session)
        session["payment_intent"] = intent["id"]
        STORE.put("stripe_session", session_id, session, due=after(session["expires_at"] - time.time()))
        charge = _charge(intent, number, expiry, card)
        if card.decline:
            return _decline(intent, charge, card.decline)
        _collect(session, intent, charge)
        if card.disputed:
            dispute(charge)
    return "paid"


def fail_authentication(session_id: str) -> str:
    """The holder did not pass 3-D Secure."""
    with STORE.together():
        session = STORE.get("stripe_session", session_id)
        if session is None or session["status"] != "open":
            return "closed"
        intent = STORE.get("stripe_intent", session["payment_intent"] or "") or _new_intent(session)
        session["payment_intent"] = intent["id"]
        STORE.put("stripe_session", session_id, session, due=after(session["expires_at"] - time.time()))
        return _decline(intent, None, "authentication_required")


def _new_intent(session: Thing) -> Thing:
    return {
        "id": new_id("pi_3"),
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_received": 0,
        "created": int(time.time()),
        "currency": session["currency"],
        "description": session["_intent"].get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": session["_intent"].get("metadata", {}),
        "next_action": None,
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def _charge(intent: Thing, number: str, expiry: tuple[int, int], card: Card) -> Thing:
    brand = {"4": "visa", "5": "mastercard", "3": "amex"}.get(number[0], "visa")
    shown = {"brand": brand, "last4": number[-4:], "exp_month": expiry[0], "exp_year": expiry[1]}
    return {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "created": int(time.time()),
        "currency": intent["currency"],
        "disputed": False,
        "failure_code": card.decline or None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": {"type": "authorized" if not card.decline else "issuer_declined"},
        "paid": not card.decline,
        "payment_intent": intent["id"],
        "payment_method_details": {
            "type": "card",
            "card": shown | {"country": "MZ", "funding": "credit"},
        },
        "refunded": False,
        "status": "failed" if card.decline else "succeeded",
        "_refund": card.refund,
    }


def _decline(intent: Thing, charge: Thing | None, code: str) -> str:
    named = {"incorrect_cvc", "expired_card", "processing_error", "incorrect_number"}
    error = {"type": "card_error", "code": code if code in named else "card_declined", "decline_code": code}
    intent |= {"status": "requires_payment_method", "last_payment_error": error}
    if charge:
        STORE.put("stripe_charge", charge["id"], charge)
        intent["latest_charge"] = charge["id"]
    STORE.put("stripe_intent", intent["id"], intent)
    announce(("payment_intent.payment_failed", public(intent)))
    return code


def _collect(session: Thing, intent: Thing, charge: Thing) -> None:
    """The switches let it collect another sum, or another currency, than was asked."""
    currency = switch("stripe_currency") or intent["currency"]
    received = intent["amount"] - switch("stripe_short")
    charge |= {"amount": received, "currency": currency}
    charge["balance_transaction"] = book(charge, "charge", received)["id"]
    intent |= {"status": "succeeded", "amount_received": received, "last_payment_error": None}
    intent |= {"latest_charge": charge["id"], "currency": currency}
    session |= {"status": "complete", "payment_status": "paid", "currency": currency, "url": None}
    STORE.put("stripe_charge", charge["id"], charge)
    STORE.put("stripe_intent", intent["id"], intent)
    STORE.put("stripe_session", session["id"], session)
    announce(
        ("charge.succeeded", public(charge)),
        ("payment_intent.succeeded", public(intent)),
        ("checkout.session.completed", public(session)),
    )


def book(source: Thing, kind: str, amount: int) -> Thing:
    """One line of the account's own statement, in its own currency."""
    settled = round(amount * RATE)
    fee = round(settled * SHARE) + FIXED if kind == "charge" else 0
    transaction = {
        "id": new_id("txn_3"),
        "object": "balance_transaction",
        "amount": settled,
        "available_on": int(time.time()) + 7 * 86400,
        "created": int(time.time()),
        "currency": SETTLED_IN,
        "description": source.get("description"),
        "exchange_rate": RATE,
        "fee": fee,
        "net": settled - fee,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    return STORE.put("stripe_txn", transaction["id"], transaction)


def expire(session_id: str) -> Thing | None:
    """Close an open page; None where there is nothing to close."""
    with STORE.together():
        session = STORE.get("stripe_session", session_id)
        if session is None or session["status"] != "open":
            return None
        session |= {"status": "expired", "url": None}
        STORE.put("stripe_session", session_id, session)
        announce(("checkout.session.expired", public(session)))
    return session


def decide(session_id: str, answer: str) -> None:
    """What a tester says of an open page: approve, refuse, fail or expire."""
    numbers = {"approve": "4242424242424242", "refuse": "4000000000000002", "fail": "4000000000000119"}
    if answer in numbers:
        pay(session_id, numbers[answer])
    else:
        expire(session_id)


def dispute(charge: Thing) -> Thing:
    charge["disputed"] = True
    STORE.put("stripe_charge", charge["id"], charge)
    case = {
        "id": new_id("du_1"),
        "object": "dispute",
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": int(time.time()),
        "currency": charge["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    STORE.put("stripe_dispute", case["id"], case)
    book(case, "adjustment", -case["amount"])
    announce(("charge.dispute.created", case), ("charge.dispute.funds_withdrawn", case))
    return case


def decide_due(now: float) -> None:
    for session in STORE.due("stripe_session", now):
        expire(session["id"])
