"""Wompi, Colombia: cards in instalments, PSE bank debits, Bancolombia transfers and Nequi pushes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from .base import (
    Agreement,
    Charge,
    Choice,
    ForgedNotice,
    Gateway,
    GatewayUnavailable,
    NextStep,
    Notice,
    NotSent,
    Outcome,
    Prompt,
    Reason,
    Redirect,
    RefundOrder,
    Refused,
    Started,
    State,
    Waiting,
)
from .http import Answer
from .wompi_answers import (
    best_of,
    ended_at,
    is_used_reference,
    outcome_of,
    refusal_of,
    transaction_in,
    void_outcome,
)
from .wompi_line import WompiLine, part
from .wompi_notices import notice_of
from .wompi_requests import hosted_checkout, payment_method, transaction_request
from .wompi_signing import read_event

# Wompi repeats an unanswered event after 30 minutes, 3 hours and 24 hours with its first
# timestamp: the last try comes 27.5 hours late. A day and a half lets every honest try in.
# A replay inside that time is harmless: it meets the same event_id, and only makes us ask.
OLDEST_NOTICE = 36 * 3600.0
# The hosted page lets a refused buyer try again for three minutes under the same reference.
RETRY_WINDOW = 180.0
BOGOTA = timezone(timedelta(hours=-5))  # no summer time


class Wompi(Gateway):
    """Credentials: api_url, checkout_url, public_key, private_key, events_secret (several while
    they are being changed), integrity_secret; optional connect_seconds, read_seconds, ca_bundle,
    page_seconds (how long start() waits for the bank's page), retry_window_seconds.
    """

    code = "wompi"
    checks_hints = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = WompiLine(credentials)
        self._page_seconds = float(credentials.get("page_seconds") or 10)
        self._retry_window = float(credentials.get("retry_window_seconds") or RETRY_WINDOW)

    # Taking money

    def expected_step(self, charge: Charge) -> NextStep:
        if self._is_hosted(charge):
            return Redirect(url=self.credentials["checkout_url"].rstrip("/") + "/")
        method = payment_method(charge)
        return Prompt(phone=method["phone_number"]) if method["type"] == "NEQUI" else Waiting()

    def form_fields(self, charge: Charge) -> Mapping[str, str]:
        return hosted_checkout(charge, self.credentials) if self._is_hosted(charge) else {}

    def start(self, charge: Charge) -> Started:
        if self._is_hosted(charge):
            return Started(step=self.expected_step(charge))
        method = payment_method(charge)
        transaction = self._open(charge, method)
        if method["type"] in ("PSE", "BANCOLOMBIA_TRANSFER"):
            transaction = self._wait_for_page(transaction)
        outcome = outcome_of(transaction)
        step = outcome.step or self.expected_step(charge)
        return Started(
            step=step,
            company_reference=outcome.company_reference,
            outcome=None if outcome.state == State.PENDING else outcome,
        )

    @staticmethod
    def _is_hosted(charge: Charge) -> bool:
        """Without JavaScript there is no token, and Wompi's own page takes the card."""
        return charge.method == "card" and not charge.inputs.get("token")

    def _open(self, charge: Charge, method: Mapping[str, Any]) -> Mapping[str, Any]:
        tokens = self._line.acceptance_tokens(method["type"])
        payload = transaction_request(charge, method, tokens, self.credentials)
        try:
            answer = self._line.create(payload)
        except GatewayUnavailable:
            return self._adopt(charge.reference)
        if answer.status == 201:
            return self._adopt_answer(answer, charge.reference)
        if is_used_reference(answer):
            return self._adopt(charge.reference)
        refusal = refusal_of(answer)
        if isinstance(refusal, GatewayUnavailable):
            return self._adopt(charge.reference)
        raise refusal

    def _adopt_answer(self, answer: Answer, reference: str) -> Mapping[str, Any]:
        try:
            transaction = transaction_in(answer.json_object().get("data"))
        except GatewayUnavailable:
            return self._adopt(reference)
        return transaction if transaction["reference"] == reference else self._adopt(reference)

    def _adopt(self, reference: str) -> Mapping[str, Any]:
        """After a lost answer: what did become of our request? Raises GatewayUnavailable."""
        try:
            found = self._line.search(reference)
        except NotSent as error:
            raise GatewayUnavailable(str(error)) from None
        if not found:
            raise GatewayUnavailable("Wompi's answer was lost and the charge is not there (yet)")
        return best_of(found)

    def _wait_for_page(self, transaction: Mapping[str, Any]) -> Mapping[str, Any]:
        """PSE says where the bank is only on a later look; a final status comes first."""
        end = time.monotonic() + self._page_seconds
        while time.monotonic() < end:
            outcome = outcome_of(transaction)
            if outcome.state != State.PENDING or outcome.step:
                break
            time.sleep(min(0.5, self._page_seconds / 10))
            try:
                transaction = self._line.by_id(transaction["id"]) or transaction
            except (GatewayUnavailable, NotSent):
                break
        return transaction

    # Asking

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        known = self._line.by_id(company_reference) if company_reference else None
        if known and known["reference"] == reference and known["status"] in ("APPROVED", "PENDING"):
            return outcome_of(known)
        # Another try under the same reference may have been paid.
        tries = self._line.search(reference)
        if known and known["reference"] == reference:
            tries = [known, *tries]
        if not tries:
            return Outcome(state=State.NOT_FOUND)
        outcome = outcome_of(best := best_of(tries))
        if company_reference or outcome.state == State.PAID:
            return outcome
        # Asked without one, we do not keep its id: the buyer may be on the page still, and try again.
        if self._may_try_again(best):
            return Outcome(state=State.PENDING)
        return replace(outcome, company_reference="") if outcome.state == State.PENDING else outcome

    def _may_try_again(self, transaction: Mapping[str, Any]) -> bool:
        ended = ended_at(transaction)
        if transaction["status"] not in ("DECLINED", "ERROR") or ended is None:
            return False
        return datetime.now(UTC) - ended < timedelta(seconds=self._retry_window)

    # Giving back

    def can_refund(self, order: RefundOrder, now: datetime) -> bool:
        """A void, the whole of it, on the day of the payment: Wompi has no refunds."""
        return order.method == "card" and order.is_whole and _is_same_day(order.paid_at, now)

    def refund(self, order: RefundOrder) -> Outcome:
        if not self.can_refund(order, datetime.now(UTC)):
            raise Refused(Reason.COMPANY_ERROR, "Wompi voids whole card payments of today only")
        try:
            charged = self._charged(order)
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None  # Only asked so far.
        if charged is None or charged["status"] not in ("APPROVED", "VOIDED"):
            raise Refused(Reason.COMPANY_ERROR, "Wompi has no such payment to void")
        if charged["status"] == "APPROVED":
            answer = self._line.void(charged["id"])
            refusal = refusal_of(answer)
            if answer.status != 201:
                raise refusal if answer.status != 404 else Refused(Reason.COMPANY_ERROR, "404")
        # What the answer holds is not published, so we look.
        try:
            return self.look_up_refund(replace(order, company_reference=charged["id"]))
        except NotSent as error:
            raise GatewayUnavailable(str(error)) from None

    def look_up_refund(self, order: RefundOrder) -> Outcome:
        charged = self._charged(order)
        if charged is None:
            return Outcome(state=State.UNKNOWN)
        return void_outcome(
            charged,
            was_accepted=bool(order.company_reference),
            is_over=not _is_same_day(order.paid_at, datetime.now(UTC)),
        )

    def _charged(self, order: RefundOrder) -> Mapping[str, Any] | None:
        """The one transaction that paid: under one reference there may be several."""
        known = self._line.by_id(order.charge_company_reference) if order.charge_company_reference else None
        if known:
            return known
        tries = self._line.search(order.charge_reference)
        return best_of(tries) if tries else None

    # Lists and texts

    def choices(self, method: str) -> Sequence[Choice]:
        return self._line.banks() if method == "pse" else ()

    def agreements(self) -> Sequence[Agreement]:
        merchant = self._line.merchant()
        named = {"policy": "presigned_acceptance", "personal_data": "presigned_personal_data_auth"}
        found = [(kind, part(merchant, name).get("permalink")) for kind, name in named.items()]
        return [Agreement(kind=kind, url=url) for kind, url in found if isinstance(url, str)]

    def browser_values(self, method: str) -> Mapping[str, str]:
        if method != "card":
            return {}
        return {"tokens_url": f"{self._line.api}/tokens/cards", "public_key": self.credentials["public_key"]}

    # Being told

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        now = datetime.now(UTC)
        event = read_event(
            headers, body, secrets=self.credentials["events_secret"], now=now, oldest=OLDEST_NOTICE
        )
        if event.get("environment") != self._environment:
            raise ForgedNotice("The event is of another environment")
        name = event["event"][:60]
        if name != "transaction.updated":
            checksum = event["signature"]["checksum"].lower()
            return Notice(event_id=f"{name}:{checksum}"[:160], reference="", name=name)
        if not {"transaction.id", "transaction.status"} <= set(event["signature"]["properties"]):
            raise ForgedNotice("The event does not sign what matters")
        return notice_of(event, name)

    @property
    def _environment(self) -> str:
        return "prod" if self.credentials["public_key"].startswith("pub_prod_") else "test"


def _is_same_day(paid_at: datetime, now: datetime) -> bool:
    return paid_at.astimezone(BOGOTA).date() == now.astimezone(BOGOTA).date()
