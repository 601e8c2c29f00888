"""Paying sellers by bank transfer through Wompi's third-party payouts, one row a batch."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from payments.gateways.base import ForgedNotice, Notice, UnreadableNotice
from payments.gateways.http import Answer, Line
from payments.gateways.wompi_signing import from_cents, read_event, to_cents

from .base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    PayoutOrder,
    Rail,
    Reason,
    Refused,
    State,
)

ACCOUNT_TYPES = {
    "savings": "AHORROS",
    "checking": "CORRIENTE",
    "AHORROS": "AHORROS",
    "CORRIENTE": "CORRIENTE",
}

_STATES = {
    "APPROVED": State.PAID,
    "CANCELLED": State.FAILED,
    "FAILED": State.FAILED,
    "REJECTED": State.FAILED,
    "PENDING": State.PENDING,
    "PROCESSING": State.PENDING,
    "READY_TO_FILE": State.PENDING,
    "ADDED_TO_FILE": State.PENDING,
}
# Batches that end without any row being paid.
_DEAD_BATCHES = ("NOT_APPROVED", "REJECTED", "AFE_REJECTED")
_ROW_REASONS = {
    "D02": Reason.ACCOUNT_PROBLEM,
    "D07": Reason.ACCOUNT_PROBLEM,
    "D10": Reason.ACCOUNT_PROBLEM,
    "D11": Reason.ACCOUNT_PROBLEM,
    "D12": Reason.ACCOUNT_PROBLEM,
    "D19": Reason.INSUFFICIENT_FUNDS,
    "D31": Reason.ACCOUNT_PROBLEM,
    "D34": Reason.ACCOUNT_PROBLEM,
    "C01": Reason.ACCOUNT_PROBLEM,
}
_REFUSALS = {
    "EXC_002": Reason.ACCOUNT_PROBLEM,
    "EXC_008": Reason.INSUFFICIENT_FUNDS,
    "EXC_017": Reason.LIMIT_EXCEEDED,
    "EXC_018": Reason.LIMIT_EXCEEDED,
}


class WompiPayouts(Rail):
    """Credentials: api_url, api_key, user_principal_id, account_id, events_secret; optional
    connect_seconds, read_seconds, ca_bundle.

    Destination: bank_code (four digits, as 1007), account_type ("savings" or "checking"),
    account_number, holder_name, document_type, document_number; optional email.

    Batch, row and idempotency key all carry our reference. NOT_FOUND is what the company says
    today: a request of ours that is still on its way would arrive later.
    """

    code = "wompi_payouts"
    calls_back = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = Line.from_credentials(credentials)
        self._api = credentials["api_url"].rstrip("/")

    def send(self, order: PayoutOrder) -> Outcome:
        request = self._request(order)
        headers = {"idempotency-key": order.reference}
        answer = self._ask("POST", "/payouts", headers=headers, payload=request)
        if answer.status in (200, 201):
            return self._accepted(answer, order)
        code = str(answer.json_object().get("code", ""))
        if code == "EXC_022":
            return self._sent_before(order.reference)
        raise _refusal(answer, code)

    def _accepted(self, answer: Answer, order: PayoutOrder) -> Outcome:
        made = answer.json_object().get("data")
        batch = made.get("payoutId") if isinstance(made, dict) else None
        if not isinstance(batch, str) or not batch:
            return self._sent_before(order.reference)
        return Outcome(state=State.PENDING, money=order.money, company_reference=batch[:80])

    def _sent_before(self, reference: str) -> Outcome:
        """The company has it already: read what became of it instead of sending again."""
        try:
            outcome = self.look_up(reference)
        except NotSent as error:
            raise GatewayUnavailable(str(error)) from None
        if outcome.state == State.NOT_FOUND:
            raise GatewayUnavailable("Wompi has seen this payout but cannot find it yet")
        return outcome

    def _request(self, order: PayoutOrder) -> dict[str, object]:
        place = order.destination
        number = re.sub(r"[\s-]", "", place.get("account_number", ""))
        kind = ACCOUNT_TYPES.get(place.get("account_type", ""), "")
        if not kind or not re.fullmatch(r"[0-9]{6,20}", number) or not number.strip("0"):
            raise Refused(Reason.ACCOUNT_PROBLEM, "the account number cannot be right")
        if place.get("document_type") not in ("CC", "NIT", "CE"):
            raise Refused(Reason.ACCOUNT_PROBLEM, "the document cannot be used for payouts")
        row = {
            "legalIdType": place["document_type"],
            "legalId": re.sub(r"[^0-9A-Za-z]", "", place.get("document_number", "")),
            "bankId": self._bank_id(place.get("bank_code", "")),
            "accountType": kind,
            "accountNumber": number,
            "name": place.get("holder_name", ""),
            "amount": to_cents(order.money),
            "reference": order.reference,
        }
        if place.get("email"):
            row["email"] = place["email"]
        return {
            "reference": order.reference,
            "accountId": self.credentials["account_id"],
            "paymentType": "PROVIDERS",
            "transactions": [row],
        }

    def _bank_id(self, code: str) -> str:
        """The company's own id of a bank. Nothing is on its way yet, so trouble here is NotSent."""
        try:
            answer = self._ask("GET", "/banks")
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None
        found = answer.json()
        banks = found.get("data") if isinstance(found, dict) else found
        if answer.status != 200 or not isinstance(banks, list):
            refusal = _refusal(answer, str(answer.json_object().get("code", "")))
            raise refusal if isinstance(refusal, Misconfigured) else NotSent("Wompi gave no list of banks")
        for bank in banks:
            if isinstance(bank, dict) and code and str(bank.get("achCode")) == code and bank.get("id"):
                return str(bank["id"])
        raise Refused(Reason.ACCOUNT_PROBLEM, "Wompi does not pay to this bank")

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        """By our row reference; a row that is not there yet may still have its batch."""
        answer = self._ask("GET", f"/transactions/{quote(reference, safe='')}")
        if answer.status not in (200, 404):
            raise _question_failed(answer)
        rows = [row for row in _records(answer) if row.get("reference", reference) == reference]
        if rows:
            return _worst_known(rows, company_reference)
        return self._batch(reference, company_reference)

    def _batch(self, reference: str, company_reference: str) -> Outcome:
        answer = self._ask("GET", "/payouts", params={"reference": reference})
        if answer.status not in (200, 404):
            raise _question_failed(answer)
        batches = [batch for batch in _records(answer) if batch.get("reference") == reference]
        if not batches:
            return Outcome(state=State.NOT_FOUND)
        batch = batches[0]
        known = str(batch.get("id") or company_reference)[:80]
        if batch.get("status") in _DEAD_BATCHES:
            message = f"batch {batch['status']}"
            return Outcome(
                state=State.FAILED,
                reason=Reason.COMPANY_ERROR,
                company_reference=known,
                company_message=message,
            )
        return Outcome(state=State.PENDING, company_reference=known)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        payload: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        keys = {
            "x-api-key": self.credentials["api_key"],
            "user-principal-id": self.credentials["user_principal_id"],
        }
        known = keys | dict(headers or {})
        return self._line.send(method, self._api + path, headers=known, payload=payload, params=params)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """A hint that a payout moved. Its own URL is needed: its events are named like the others."""
        event = read_event(
            headers,
            body,
            secrets=self.credentials["events_secret"],
            now=datetime.now(UTC),
            oldest=36 * 3600.0,
            unit=1000,
        )
        subject = {"payout.updated": "payout", "transaction.updated": "transaction"}.get(event["event"], "")
        signed = set(event["signature"]["properties"])
        if subject and not {f"{subject}.id", f"{subject}.status"} <= signed:
            raise ForgedNotice("The event does not sign what matters")
        about = event.get("data", {}).get(subject, {}) if isinstance(event.get("data"), dict) else {}
        if subject and not isinstance(about, dict):
            raise UnreadableNotice("The event holds no payout")
        batch = about.get("id") if subject == "payout" else about.get("payoutId")
        return Notice(
            event_id=f"{str(about.get('id'))[:64]}:{str(about.get('status'))[:30]}:{event['timestamp']}",
            reference=str(about.get("reference") or "")[:40],
            company_reference=str(batch or "")[:80],
            name=event["event"][:60],
            body={"event": event["event"][:60], "timestamp": event["timestamp"]},
        )


def _records(answer: Answer) -> list[dict[str, Any]]:
    """Rows come bare, in {"data": [...]}, in {"data": {"records": [...]}} or as one {"data": {...}}."""
    found = answer.json()
    if isinstance(found, dict):
        found = found.get("data", [])
    if isinstance(found, dict):
        found = found.get("records", [found] if found.get("id") else [])
    if answer.status == 404:
        return []
    if not isinstance(found, list):
        raise GatewayUnavailable("Wompi's payouts gave no list")
    return [row for row in found if isinstance(row, dict)]


def _worst_known(rows: list[dict[str, Any]], company_reference: str) -> Outcome:
    """There is one row under a reference; were there more, a paid one counts, then an open one."""
    rank = {State.PAID: 2, State.PENDING: 1, State.FAILED: 0}
    outcomes = [_row_outcome(row, company_reference) for row in rows]
    return max(outcomes, key=lambda outcome: rank.get(outcome.state, 3))


def _row_outcome(row: Mapping[str, Any], company_reference: str) -> Outcome:
    state = _STATES.get(str(row.get("status")), State.UNKNOWN)
    failure = row.get("failureReason")
    code = str(failure.get("code", "")) if isinstance(failure, dict) else str(failure or "").split(" ")[0]
    cents = row.get("amountInCents")
    return Outcome(
        state=state,
        money=from_cents(cents) if type(cents) is int else None,
        company_reference=company_reference or str(row.get("payoutId") or row.get("id") or "")[:80],
        reason=_ROW_REASONS.get(code, Reason.REFUSED_BY_BANK) if state == State.FAILED else None,
        company_message=code[:20],
    )


def _refusal(answer: Answer, code: str) -> Refused | Misconfigured | NotSent | GatewayUnavailable:
    if answer.status in (401, 403) or code == "EXC_019":
        return Misconfigured(f"Wompi payouts answered {answer.status} {code[:20]}")
    if answer.status == 429:
        return NotSent("Wompi asks us to slow down")
    if answer.status in (400, 422) and code.startswith("EXC_"):
        return Refused(_REFUSALS.get(code, Reason.COMPANY_ERROR), code[:20])
    return GatewayUnavailable(f"Wompi payouts answered {answer.status}")


def _question_failed(answer: Answer) -> Misconfigured | GatewayUnavailable:
    refusal = _refusal(answer, str(answer.json_object().get("code", "")))
    if isinstance(refusal, Misconfigured):
        return refusal
    return GatewayUnavailable(f"Wompi payouts answered {answer.status}")
