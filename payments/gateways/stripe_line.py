"""Stripe's own library over our careful line: one address, one version, no retries, no telemetry."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import stripe

from .base import GatewayError, GatewayUnavailable, Misconfigured, NotSent, Reason, Refused
from .errors import TooMuch
from .http import Line
from .stripe_answers import reason_of

# What stripe.md documents. The library itself speaks a later one; the webhook endpoint has this one too.
API_VERSION = "2026-06-24.dahlia"
PAGE = 100
MOST_PAGES = 20

stripe.enable_telemetry = False

Thing = dict[str, Any]


class NotAccepted(Misconfigured):
    """Stripe found fault with the request itself, so nothing was done."""


_LIMITS = ("amount_too_small", "amount_too_large")


class _Transport(stripe.HTTPClient):
    """Our limits on time and size instead of the library's; lets nothing through but objects in JSON."""

    name = "marketplace"

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        content = post_data.encode() if isinstance(post_data, str) else None
        answer = self._line.send(method.upper(), url, headers=headers, content=content)
        found = answer.json_object()
        if not found or (answer.status >= 400 and not isinstance(found.get("error"), dict)):
            raise GatewayUnavailable(f"Stripe answered {answer.status} without an object")
        return json.dumps(found), answer.status, answer.headers


class StripeLine:
    """The few calls we make. Each asks once, answers with plain dictionaries and raises our errors."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        address = credentials["api_url"].rstrip("/")
        self._client = stripe.StripeClient(
            credentials["secret_key"],
            stripe_version=API_VERSION,
            base_addresses={"api": address},  # type: ignore[typeddict-item]
            max_network_retries=0,
            http_client=_Transport(Line.from_credentials(credentials)),
        ).v1

    def create_session(self, params: Mapping[str, Any], key: str) -> Thing:
        return _ask(lambda: self._client.checkout.sessions.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]

    def session(self, session_id: str) -> Thing | None:
        """The session with its payment and its card, or None when there is none."""
        params = {"expand": ["payment_intent.latest_charge"]}
        return _ask_for(lambda: self._client.checkout.sessions.retrieve(session_id, params))  # type: ignore[arg-type]

    def session_of(self, payment_intent: str) -> Thing | None:
        params: Any = {"payment_intent": payment_intent, "limit": 1}
        found = _listed(_ask(lambda: self._client.checkout.sessions.list(params)))
        return found[0] if found else None

    def sessions(self, since: datetime) -> Iterator[Thing]:
        """Newest first. Raises GatewayUnavailable when there are more than we are ready to read."""
        return self._listed("sessions", self._client.checkout.sessions.list, since)

    def missed_events(self, since: datetime) -> Iterator[Thing]:
        """Events that our address has not taken, newest first. Stripe keeps them for thirty days."""
        return self._listed("events", self._client.events.list, since, delivery_success=False)

    def _listed(
        self, what: str, ask: Callable[[Any], Any], since: datetime, **chosen: object
    ) -> Iterator[Thing]:
        params: Thing = {"created": {"gte": int(since.timestamp())}, "limit": PAGE} | chosen
        for _ in range(MOST_PAGES):
            page = _ask(lambda: ask(params))
            found = _listed(page)
            yield from found
            if not page.get("has_more") or not found:
                return
            params["starting_after"] = found[-1].get("id")
        raise GatewayUnavailable(f"Stripe has more {what} than we read")

    def balance(self, since: datetime, until: datetime) -> Iterator[Thing]:
        """Every movement of our account, each with the charge, refund or dispute behind it."""
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        params: Thing = {"created": created, "limit": PAGE, "expand": ["data.source"]}
        for _ in range(MOST_PAGES):
            page = _ask(lambda: self._client.balance_transactions.list(params))  # type: ignore[arg-type] # noqa: B023
            found = _listed(page)
            yield from found
            if not page.get("has_more") or not found:
                return
            params["starting_after"] = found[-1].get("id")
        raise TooMuch("Stripe has more movements than we read: ask for fewer days")

    def expire_session(self, session_id: str) -> Thing:
        return _ask(lambda: self._client.checkout.sessions.expire(session_id))

    def create_refund(self, params: Mapping[str, Any], key: str) -> Thing:
        return _ask(lambda: self._client.refunds.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]

    def refund(self, refund_id: str) -> Thing | None:
        return _ask_for(lambda: self._client.refunds.retrieve(refund_id))

    def refunds(self, payment_intent: str) -> list[Thing]:
        """Every refund of one payment; there are never more than a page of them."""
        params: Any = {"payment_intent": payment_intent, "limit": PAGE}
        page = _ask(lambda: self._client.refunds.list(params))
        if page.get("has_more"):
            raise GatewayUnavailable("Stripe has more refunds than we read")
        return _listed(page)


def _ask(question: Callable[[], Any]) -> Thing:
    try:
        return question().to_dict()
    except stripe.StripeError as error:
        raise meaning_of(error) from None


def _ask_for(question: Callable[[], Any]) -> Thing | None:
    """None where Stripe says that there is no such thing."""
    try:
        return question().to_dict()
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 and error.code == "resource_missing":
            return None
        raise meaning_of(error) from None
    except stripe.StripeError as error:
        raise meaning_of(error) from None


def _listed(page: Thing) -> list[Thing]:
    found = page.get("data")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise GatewayUnavailable("Stripe gave no list")
    return found


def meaning_of(error: stripe.StripeError) -> GatewayError:
    """By the type of the error. Texts of Stripe may repeat what was typed, so only its codes are kept."""
    kind = getattr(error.error, "type", None) or type(error).__name__
    what = f"Stripe answered {error.http_status} {kind} {error.code or ''} {error.request_id or ''}".strip()
    match error:
        case stripe.RateLimitError():
            return NotSent(what)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return Misconfigured(what)
        case stripe.CardError():
            declined = getattr(error.error, "decline_code", None) or error.code
            return Refused(reason_of(declined), str(error.code or ""))
        case stripe.InvalidRequestError():
            param = str(error.param or "")
            if error.code in _LIMITS:
                return Refused(Reason.LIMIT_EXCEEDED, error.code)
            if error.code == "charge_disputed":
                return Refused(Reason.DISPUTED, error.code)
            if param == "customer_email":
                return Refused(Reason.COMPANY_ERROR, param)
            return NotAccepted(f"{what} {param}".strip())
    # Also when our key was used for other words: something was opened, though not what we ask now.
    return GatewayUnavailable(what)
