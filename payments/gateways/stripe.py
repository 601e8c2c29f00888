"""Stripe: cards on its own Checkout page, refunds to the card, disputes told to staff."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from .account import AccountRow
from .base import (
    Charge,
    ForgedNotice,
    Gateway,
    GatewayUnavailable,
    Misconfigured,
    Notice,
    NotSent,
    Outcome,
    Reason,
    Redirect,
    RefundOrder,
    Refused,
    Started,
    State,
    UnreadableNotice,
)
from .stripe_account import row_in
from .stripe_answers import outcome_of, refund_outcome, session_in, to_minor
from .stripe_line import NotAccepted, StripeLine, Thing
from .stripe_notices import MAX_BYTES, check_signature, event_in, event_of, notice_of

# Stripe takes 30 minutes to 24 hours ahead; a minute is for the way and for clocks that differ.
SHORTEST = timedelta(minutes=31)
LONGEST = timedelta(hours=23, minutes=59)
# A session without a known id is looked for among those of so many days.
SEARCHED = timedelta(days=3)
MISSED = timedelta(days=30)  # as long as Stripe keeps events
LOCALES = ("pt", "es", "en")


class Stripe(Gateway):
    """Credentials: api_url, secret_key, webhook_secrets (several while they are being changed);
    optional connect_seconds, read_seconds, ca_bundle.
    """

    code = "stripe"
    checks_hints = True
    lists_account = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = StripeLine(credentials)

    # Taking money

    def start(self, charge: Charge) -> Started:
        try:
            params = session_request(charge, datetime.now(UTC))
        except ValueError:
            raise Refused(Reason.LIMIT_EXCEEDED, "not an amount for Stripe") from None
        try:
            session = _twice(lambda: self._line.create_session(params, f"checkout:{charge.reference}"))
            outcome = _outcome_for(session, charge.reference)
        except GatewayUnavailable:
            outcome = self._adopt(charge.reference)
        if not isinstance(outcome.step, Redirect):
            if outcome.state == State.PENDING:
                raise GatewayUnavailable("Stripe gave no page to pay on")
            return Started(
                step=self.expected_step(charge), company_reference=outcome.company_reference, outcome=outcome
            )
        return Started(step=outcome.step, company_reference=outcome.company_reference)

    def _adopt(self, reference: str) -> Outcome:
        """After lost answers: what did become of our request? Raises GatewayUnavailable alone."""
        try:
            found = self.look_up(reference)
        except (NotSent, Misconfigured) as error:
            raise GatewayUnavailable(str(error)) from None
        if found.state == State.NOT_FOUND:
            raise GatewayUnavailable("Stripe's answer was lost and the session is not there (yet)")
        return found

    def cancel(self, reference: str, company_reference: str = "") -> None:
        """Close the page, so that nobody pays there what has been called off here."""
        session = self._session(reference, company_reference)
        if session and session["status"] == "open":
            try:
                self._line.expire_session(session["id"])
            except NotAccepted:
                return  # Paid or expired meanwhile: the next question tells which.

    # Asking

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        session = self._session(reference, company_reference)
        return outcome_of(session) if session else Outcome(state=State.NOT_FOUND)

    def _session(self, reference: str, company_reference: str) -> Mapping[str, Any] | None:
        """By its id, else by ours among the latest, which Stripe lists but cannot search."""
        try:
            if re.fullmatch(r"cs_\w{1,76}", company_reference, re.ASCII):
                known = self._line.session(company_reference)
                if known and known.get("client_reference_id") == reference:
                    return session_in(known)
            since = datetime.now(UTC) - SEARCHED
            listed = self._line.sessions(since)
            found = next((each for each in listed if each.get("client_reference_id") == reference), None)
            whole = self._line.session(str(found.get("id"))) if found else None
        except Refused as refusal:
            raise GatewayUnavailable(str(refusal)) from None
        return session_in(whole) if whole else None

    # Giving back

    def can_refund(self, order: RefundOrder, now: datetime) -> bool:
        return order.money.currency == order.charged.currency and order.money <= order.charged

    def refund(self, order: RefundOrder) -> Outcome:
        try:
            intent = self._payment_intent(order)
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None  # Only asked so far.
        params = {
            "payment_intent": intent,
            "amount": to_minor(order.money),
            "metadata": {"reference": order.reference, "charge": order.charge_reference},
        }
        try:
            found = _twice(lambda: self._line.create_refund(params, f"refund:{order.reference}"))
        except NotAccepted as error:
            raise Refused(Reason.COMPANY_ERROR, str(error)) from None
        return _refund_outcome_for(found, order)

    def look_up_refund(self, order: RefundOrder) -> Outcome:
        try:
            if re.fullmatch(r"\w{1,80}", order.company_reference, re.ASCII):
                known = self._line.refund(order.company_reference)
                if known and _reference_in(known) == order.reference:
                    return refund_outcome(known)
            listed = self._line.refunds(self._payment_intent(order))
        except Refused as refusal:
            raise GatewayUnavailable(str(refusal)) from None
        found = next((each for each in listed if _reference_in(each) == order.reference), None)
        return refund_outcome(found) if found else Outcome(state=State.NOT_FOUND)

    def _payment_intent(self, order: RefundOrder) -> str:
        """The number of the payment that the session led to. Raises Refused where there is none."""
        session = self._session(order.charge_reference, order.charge_company_reference)
        intent = session.get("payment_intent") if session else None
        intent_id = intent.get("id") if isinstance(intent, dict) else intent
        if not isinstance(intent_id, str):
            raise Refused(Reason.COMPANY_ERROR, "no such payment at Stripe")
        return intent_id

    # Our account

    def account_rows(self, since: datetime, until: datetime) -> Sequence[AccountRow]:
        try:
            return [row_in(each) for each in self._line.balance(since, until)]
        except Refused as refusal:
            raise GatewayUnavailable(str(refusal)) from None

    # Being told

    def find_reference(self, company_reference: str) -> str:
        """Of the session that led to this payment: disputes carry nothing of ours."""
        if not re.fullmatch(r"pi_\w{1,76}", company_reference, re.ASCII):
            return ""
        found = self._line.session_of(company_reference)
        return str(found.get("client_reference_id") or "") if found else ""

    def missed_notices(self) -> Iterable[Notice]:
        """What the webhook did not take: Stripe itself gives up after three days."""
        for event in self._line.missed_events(datetime.now(UTC) - MISSED):
            with suppress(UnreadableNotice):
                yield notice_of(event_of(event))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        if len(body) > MAX_BYTES:
            raise UnreadableNotice("The event is too large")
        check_signature(headers, body, secrets=self.credentials["webhook_secrets"], now=datetime.now(UTC))
        event = event_in(body)
        is_live = not self.credentials["secret_key"].startswith(("sk_test_", "rk_test_"))
        if event.get("livemode") is not is_live:
            raise ForgedNotice("The event is of another environment")
        return notice_of(event)


def session_request(charge: Charge, now: datetime) -> dict[str, Any]:
    """One line for the whole order: what it holds is none of Stripe's business."""
    expires = min(max(charge.expires_at, now + SHORTEST), now + LONGEST)
    metadata = {"reference": charge.reference}
    name = charge.description or charge.reference
    price = {
        "currency": charge.money.currency.code.lower(),
        "unit_amount": to_minor(charge.money),
        "product_data": {"name": name},
    }
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_method_types": ["card"],
        "success_url": charge.return_url,
        "cancel_url": charge.return_url,
        "client_reference_id": charge.reference,
        "customer_email": charge.email,
        "expires_at": int(expires.timestamp()),
        "locale": charge.language if charge.language in LOCALES else "auto",
        "metadata": metadata,
        # Stripe copies nothing from the session to the payment.
        "payment_intent_data": {"metadata": metadata, "description": name},
    }


def _twice(question: Callable[[], Thing]) -> Thing:
    """Ask again under the same key when an answer was lost: Stripe then repeats its first one."""
    try:
        return question()
    except GatewayUnavailable:
        try:
            return question()
        except (NotSent, Misconfigured) as error:
            raise GatewayUnavailable(str(error)) from None


def _outcome_for(session: Mapping[str, Any], reference: str) -> Outcome:
    if session.get("client_reference_id") != reference:
        raise GatewayUnavailable("Stripe answered about another session")
    return outcome_of(session_in(session))


def _refund_outcome_for(found: Mapping[str, Any], order: RefundOrder) -> Outcome:
    if _reference_in(found) != order.reference:
        raise GatewayUnavailable("Stripe answered about another refund")
    return refund_outcome(found)


def _reference_in(found: Mapping[str, Any]) -> object:
    metadata = found.get("metadata")
    return metadata.get("reference") if isinstance(metadata, dict) else None
