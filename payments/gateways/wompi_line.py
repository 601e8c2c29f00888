"""The calls we make to Wompi, each asked once, with honest errors."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .base import Choice, GatewayUnavailable, Misconfigured, NotSent, Reason, Refused
from .http import Answer, Line
from .wompi_answers import refusal_of, transaction_in


class WompiLine:
    """Answers with checked transactions. Which key goes where is decided here."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self.credentials = credentials
        self.api = credentials["api_url"].rstrip("/")
        self._line = Line.from_credentials(credentials)

    def create(self, payload: Mapping[str, object]) -> Answer:
        return self._ask("POST", "/transactions", key="public_key", payload=payload)

    def void(self, company_reference: str) -> Answer:
        """No body: a partial void is not documented."""
        path = f"/transactions/{quote(company_reference, safe='')}/void"
        return self._ask("POST", path, key="private_key")

    def by_id(self, company_reference: str) -> Mapping[str, Any] | None:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", company_reference):
            return None
        answer = self._ask("GET", f"/transactions/{quote(company_reference, safe='')}", key="public_key")
        if answer.status == 404 and isinstance(answer.json_object().get("error"), dict):
            return None
        if answer.status != 200:
            raise _question_failed(answer)
        return transaction_in(answer.json_object().get("data"))

    def search(self, reference: str) -> list[Mapping[str, Any]]:
        answer = self._ask("GET", "/transactions", key="private_key", params={"reference": reference})
        found = answer.json_object().get("data")
        if answer.status != 200:
            raise _question_failed(answer)
        if not isinstance(found, list):
            raise GatewayUnavailable("Wompi's search gave no list")
        return [each for each in map(transaction_in, found) if each["reference"] == reference]

    def banks(self) -> Sequence[Choice]:
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

    def acceptance_tokens(self, kind: str) -> dict[str, str]:
        """The tokens, which serve once. Nothing is open yet, so any failure here is NotSent."""
        try:
            merchant = self.merchant()
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None
        enabled = merchant.get("accepted_payment_methods")
        if isinstance(enabled, list) and kind not in enabled:
            raise Refused(Reason.COMPANY_ERROR, f"{kind} is not enabled for us at Wompi")
        named = {
            "acceptance_token": "presigned_acceptance",
            "accept_personal_auth": "presigned_personal_data_auth",
        }
        found = {name: part(merchant, given).get("acceptance_token") for name, given in named.items()}
        tokens = {name: token for name, token in found.items() if isinstance(token, str)}
        if "acceptance_token" not in tokens:
            raise NotSent("Wompi gave no acceptance token")
        return tokens

    def merchant(self) -> Mapping[str, Any]:
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
        return self._line.send(method, self.api + path, headers=headers, payload=payload, params=params)


def part(merchant: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = merchant.get(name)
    return found if isinstance(found, dict) else {}


def _question_failed(answer: Answer) -> NotSent | Misconfigured | GatewayUnavailable:
    """A look-up changes nothing, so a failed one is only a question to repeat."""
    refusal = refusal_of(answer)
    return GatewayUnavailable(f"Wompi answered {answer.status}") if isinstance(refusal, Refused) else refusal
