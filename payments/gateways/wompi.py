"""Wompi, Colombia: cards in instalments, PSE bank debits and Nequi pushes."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from .base import (
    REFERENCE,
    Agreement,
    Charge,
    Choice,
    ForgedNotice,
    Gateway,
    GatewayUnavailable,
    Misconfigured,
    NextStep,
    Notice,
    NotSent,
    Outcome,
    Prompt,
    Redirect,
    Refused,
    Started,
    State,
    UnreadableNotice,
    Waiting,
)
from .http import Answer, Line
from .wompi_answers import best_of, ended_at, is_used_reference, outcome_of, refusal_of, transaction_in
from .wompi_requests import hosted_checkout, payment_method, transaction_request
from .wompi_signing import read_event

# Wompi repeats an unanswered event after 30 minutes, 3 hours and 24 hours with its first
# timestamp: the last try comes 27.5 hours late. A day and a half lets every honest try in.
# A replay inside that time is harmless: it meets the same event_id, and only makes us ask.
OLDEST_NOTICE = 36 * 3600.0
# The hosted page lets a refused buyer try again for three minutes under the same reference.
RETRY_WINDOW = 180.0


class Wompi(Gateway):
    """Credentials: api_url, checkout_url, public_key, private_key, events_secret (several while
    they are being changed), integrity_secret; optional connect_seconds, read_seconds, ca_bundle,
    page_seconds (how long start() waits for the bank's page), retry_window_seconds.
    """

    code = "wompi"
    checks_hints = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._api = credentials["api_url"].rstrip("/")
        self._line = Line.from_credentials(credentials)
        self._page_seconds = float(credentials.get("page_seconds") or 10)
        self._retry_window = float(credentials.get("retry_window_seconds") or RETRY_WINDOW)

    # Taking money

    def expected_step(self, charge: Charge) -> NextStep:
        if self._is_hosted(charge):
            return Redirect(url=hosted_checkout(charge, self.credentials))
        method = payment_method(charge)
        return Prompt(phone=method["phone_number"]) if method["type"] == "NEQUI" else Waiting()

    def start(self, charge: Charge) -> Started:
        if self._is_hosted(charge):
            return Started(step=Redirect(url=hosted_checkout(charge, self.credentials)))
        method = payment_method(charge)
        transaction = self._open(charge, method)
        if method["type"] == "PSE":
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
        tokens = self._acceptance_tokens()
        payload = transaction_request(charge, method, tokens, self.credentials)
        try:
            answer = self._ask("POST", "/transactions", key="public_key", payload=payload)
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
            found = self._search(reference)
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
                transaction = self._by_id(transaction["id"]) or transaction
            except (GatewayUnavailable, NotSent):
                break
        return transaction

    # Asking

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        known = self._by_id(company_reference) if company_reference else None
        if known and known["reference"] == reference and known["status"] in ("APPROVED", "PENDING"):
            return outcome_of(known)
        # Another try under the same reference may have been paid.
        tries = self._search(reference)
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

    def _by_id(self, company_reference: str) -> Mapping[str, Any] | None:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", company_reference):
            return None
        answer = self._ask("GET", f"/transactions/{quote(company_reference, safe='')}", key="public_key")
        if answer.status == 404 and isinstance(answer.json_object().get("error"), dict):
            return None
        if answer.status != 200:
            raise _question_failed(answer)
        return transaction_in(answer.json_object().get("data"))

    def _search(self, reference: str) -> list[Mapping[str, Any]]:
        answer = self._ask("GET", "/transactions", key="private_key", params={"reference": reference})
        found = answer.json_object().get("data")
        if answer.status != 200:
            raise _question_failed(answer)
        if not isinstance(found, list):
            raise GatewayUnavailable("Wompi's search gave no list")
        return [each for each in map(transaction_in, found) if each["reference"] == reference]

    # Lists and texts

    def choices(self, method: str) -> Sequence[Choice]:
        if method != "pse":
            return ()
        answer = self._ask("GET", "/pse/financial_institutions", key="public_key")
        banks = answer.json_object().get("data")
        if answer.status != 200 or not isinstance(banks, list):
            raise _question_failed(answer)
        code, name = "financial_institution_code", "financial_institution_name"
        return [
            Choice(code=str(bank[code]), name=str(bank[name]))
            for bank in banks
            if isinstance(bank, dict) and code in bank and name in bank
        ]

    def agreements(self) -> Sequence[Agreement]:
        merchant = self._merchant()
        named = {"policy": "presigned_acceptance", "personal_data": "presigned_personal_data_auth"}
        found = [(kind, _block(merchant, name).get("permalink")) for kind, name in named.items()]
        return [Agreement(kind=kind, url=url) for kind, url in found if isinstance(url, str)]

    def browser_values(self, method: str) -> Mapping[str, str]:
        if method != "card":
            return {}
        return {"tokens_url": f"{self._api}/tokens/cards", "public_key": self.credentials["public_key"]}

    def _acceptance_tokens(self) -> dict[str, str]:
        """The tokens, which serve once. Nothing is open yet, so any failure here is NotSent."""
        try:
            merchant = self._merchant()
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None
        named = {
            "acceptance_token": "presigned_acceptance",
            "accept_personal_auth": "presigned_personal_data_auth",
        }
        found = {name: _block(merchant, block).get("acceptance_token") for name, block in named.items()}
        tokens = {name: token for name, token in found.items() if isinstance(token, str)}
        if "acceptance_token" not in tokens:
            raise NotSent("Wompi gave no acceptance token")
        return tokens

    def _merchant(self) -> Mapping[str, Any]:
        answer = self._ask("GET", f"/merchants/{quote(self.credentials['public_key'], safe='')}")
        if answer.status in (404, 422):
            raise Misconfigured("Wompi does not know our public key")
        merchant = answer.json_object().get("data")
        if answer.status != 200 or not isinstance(merchant, dict):
            raise _question_failed(answer)
        return merchant

    def _ask(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        payload: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.credentials[key]}"} if key else {}
        return self._line.send(method, self._api + path, headers=headers, payload=payload, params=params)

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
        return _notice_of(event, name)

    @property
    def _environment(self) -> str:
        return "prod" if self.credentials["public_key"].startswith("pub_prod_") else "test"


_KEPT = ("id", "reference", "status", "amount_in_cents", "currency", "payment_method_type", "created_at")


def _notice_of(event: Mapping[str, Any], name: str) -> Notice:
    try:
        transaction = transaction_in(event["data"]["transaction"])
    except (GatewayUnavailable, KeyError, TypeError):
        raise UnreadableNotice("The event holds no transaction") from None
    reference = transaction["reference"]
    # A refused try on the hosted page may be followed by a better one under the same reference.
    is_refused = transaction["status"] in ("DECLINED", "ERROR")
    kept = {
        key: str(transaction[key])[:80].replace("\x00", "")
        for key in _KEPT
        if transaction.get(key) is not None
    }
    return Notice(
        event_id=f"{transaction['id']}:{transaction['status']}:{event['timestamp']}",
        reference=reference if REFERENCE.fullmatch(reference) else "",
        company_reference="" if is_refused else transaction["id"],
        name=name,
        body={"event": name, "timestamp": event["timestamp"], "transaction": kept},
    )


def _block(merchant: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = merchant.get(name)
    return block if isinstance(block, dict) else {}


def _question_failed(answer: Answer) -> NotSent | Misconfigured | GatewayUnavailable:
    """A look-up changes nothing, so a failed one is only a question to repeat."""
    refusal = refusal_of(answer)
    return GatewayUnavailable(f"Wompi answered {answer.status}") if isinstance(refusal, Refused) else refusal
