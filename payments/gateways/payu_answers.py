"""PayU's words for what became of a transaction, in ours."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.money import Money

from .base import (
    CardDetails,
    GatewayUnavailable,
    Misconfigured,
    NextStep,
    Outcome,
    Reason,
    Redirect,
    Refused,
    Review,
    State,
    Voucher,
)
from .http import Answer
from .payu_requests import CARD_BRANDS
from .payu_signing import from_wire

Found = Mapping[str, Any]

STATES = {
    "APPROVED": State.PAID,
    "DECLINED": State.FAILED,
    "ERROR": State.FAILED,
    "EXPIRED": State.FAILED,
    "PENDING": State.PENDING,
    "SUBMITTED": State.PENDING,
}
CHARGES = ("AUTHORIZATION_AND_CAPTURE", "CAPTURE")
REFUNDS = ("REFUND", "PARTIAL_REFUND")
# PayU names no time for its look at a suspicious card; goods are not kept for ever.
LONGEST_REVIEW = timedelta(hours=24)
GIVEN_BACK = ("REFUNDED", "CHARGEBACK", "CANCELLED")
# Every other code is told as a fault of PayU.
REASONS = {
    "INSUFFICIENT_FUNDS": Reason.INSUFFICIENT_FUNDS,
    "EXCEEDED_AMOUNT": Reason.LIMIT_EXCEEDED,
    "EXPIRED_TRANSACTION": Reason.EXPIRED,
    "ABANDONED_TRANSACTION": Reason.CANCELLED_BY_BUYER,
    "INVALID_CARD": Reason.INVALID_CARD,
    "EXPIRED_CARD": Reason.INVALID_CARD,
    "INVALID_EXPIRATION_DATE_OR_SECURITY_CODE": Reason.INVALID_CARD,
    "CONTACT_THE_ENTITY": Reason.ASK_BANK,
    "RESTRICTED_CARD": Reason.ASK_BANK,
    "CREDIT_CARD_NOT_AUTHORIZED_FOR_INTERNET_TRANSACTIONS": Reason.ASK_BANK,
    "BANK_ACCOUNT_ACTIVATION_ERROR": Reason.ACCOUNT_PROBLEM,
    "BANK_ACCOUNT_NOT_AUTHORIZED_FOR_AUTOMATIC_DEBIT": Reason.ACCOUNT_PROBLEM,
    "INVALID_AGENCY_BANK_ACCOUNT": Reason.ACCOUNT_PROBLEM,
    "INVALID_BANK_ACCOUNT": Reason.ACCOUNT_PROBLEM,
    "INVALID_BANK": Reason.ACCOUNT_PROBLEM,
    "ANTIFRAUD_REJECTED": Reason.SECURITY_CHECK,
    "BANK_FRAUD_REJECTED": Reason.SECURITY_CHECK,
    "BANK_UNREACHABLE": Reason.BANK_UNREACHABLE,
    "PAYMENT_NETWORK_NO_CONNECTION": Reason.BANK_UNREACHABLE,
    "PAYMENT_NETWORK_NO_RESPONSE": Reason.BANK_UNREACHABLE,
    "PAYMENT_NETWORK_REJECTED": Reason.REFUSED_BY_BANK,
    "ENTITY_DECLINED": Reason.REFUSED_BY_BANK,
    "REPEAT_TRANSACTION": Reason.REFUSED_BY_BANK,
    "INVALID_TRANSACTION": Reason.REFUSED_BY_BANK,
    "NOT_ACCEPTED_TRANSACTION": Reason.REFUSED_BY_BANK,
}
# The texts of errors are not documented; these were seen by others (in English, whatever the language asked).
_WRONG_KEYS = r"invalid credentials|credencial|api ?key|api ?login|signature|firma|account ?id|merchant"
ALREADY = r"already|exist|ya (existe|se ha|tiene)|in progress|en proceso"
_WRONG_WORDS = r"property: |invalid request|must not be null|no puede ser vac"


def read(answer: Answer) -> dict[str, Any]:
    """A body that says SUCCESS. Raises Misconfigured, Refused (of an ERROR we know) or GatewayUnavailable."""
    try:
        text = answer.body.decode("utf-8-sig")
        found = json.loads(text, parse_float=Decimal) if answer.status == 200 else None
    except (ValueError, RecursionError, ArithmeticError):
        found = None
    if not isinstance(found, dict) or found.get("code") not in ("SUCCESS", "ERROR"):
        raise GatewayUnavailable(f"PayU answered {answer.status} without an answer")
    if found["code"] == "SUCCESS":
        return found
    error = plain(found.get("error"))
    is_known = not re.search(ALREADY, error, re.IGNORECASE)
    if is_known and re.search(_WRONG_WORDS, error, re.IGNORECASE):
        raise Refused(Reason.COMPANY_ERROR, _property(error))
    if is_known and re.search(_WRONG_KEYS, error, re.IGNORECASE):
        raise Misconfigured("PayU does not accept our keys, our account or our signature")
    # What might be somebody's name or number is not told on.
    raise GatewayUnavailable(f"PayU: {re.sub(r'[^ ]*[@0-9][^ ]*', '…', error)[:120]}")


def _property(error: str) -> str:
    """Which field PayU did not like; its texts repeat what was sent, which may be personal."""
    return " ".join(re.findall(r"property: ([A-Za-z_.]{1,80})", error))[:200] or "invalid request"


def response_in(found: Mapping[str, Any]) -> dict[str, Any]:
    """The transactionResponse of an answer to SUBMIT_TRANSACTION."""
    response = found.get("transactionResponse")
    if isinstance(response, dict) and response.get("state") in STATES:
        return response
    raise GatewayUnavailable("PayU described a transaction we cannot read")


def orders_in(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The orders of an answer to a question; none when there is no result."""
    result = found.get("result")
    payload = result.get("payload") if isinstance(result, dict) else None
    if payload is None:
        return []
    orders = payload if isinstance(payload, list) else [payload]
    for order in orders:
        if not isinstance(order, dict) or type(order.get("id")) is not int or order["id"] < 1:
            raise GatewayUnavailable("PayU described an order we cannot read")
    return orders


def transactions_of(order: Found, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Those of these types, newest first as PayU lists them."""
    found = order.get("transactions")
    if not isinstance(found, list):
        raise GatewayUnavailable("PayU described an order without transactions")
    for each in found:
        if not isinstance(each, dict) or state_of(each) is None or not isinstance(each.get("id"), str):
            raise GatewayUnavailable("PayU described a transaction we cannot read")
    return [each for each in found if each.get("type") in kinds]


def response_of(transaction: Found) -> dict[str, Any]:
    response = transaction.get("transactionResponse")
    return response if isinstance(response, dict) else {}


def state_of(transaction: Found) -> State | None:
    return STATES.get(response_of(transaction).get("state", ""))


def amount_of(order: Found, transaction: Found) -> Money:
    """What this transaction moved: its own TX_VALUE, else the order's."""
    for holder in (transaction, order):
        values = holder.get("additionalValues")
        value = values.get("TX_VALUE") if isinstance(values, dict) else None
        if isinstance(value, dict):
            try:
                return from_wire(value.get("value"), value.get("currency"))
            except ValueError:
                break
    raise GatewayUnavailable("PayU names no amount")


def is_card(transaction: Found) -> bool:
    return transaction.get("paymentMethod") in CARD_BRANDS


def ended_at(transaction: Found) -> datetime | None:
    moment = response_of(transaction).get("operationDate")
    return from_epoch(moment)


def from_epoch(milliseconds: object) -> datetime | None:
    """1624568315804 (milliseconds, UTC)."""
    if type(milliseconds) is not int or not 10**11 < milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


def reason_of(response: Found) -> Reason:
    code = plain(response.get("responseCode"))
    if known := REASONS.get(code):
        return known
    if response.get("state") == "EXPIRED":
        return Reason.EXPIRED
    return Reason.COMPANY_ERROR


def message_of(response: Found) -> str:
    """PayU's code, and its sentence when there is one."""
    code, words = plain(response.get("responseCode")), plain(response.get("responseMessage"))
    return f"{code}: {words}" if code and words and words != code else code or words


def step_of(response: Found, extra: object = None) -> NextStep | None:
    """What the buyer does next: the bank's page of PSE, or the number to quote at a counter."""
    extras = response.get("extraParameters") or extra
    if not isinstance(extras, dict):
        return None
    if _is_web(bank := extras.get("BANK_URL")):
        return Redirect(url=str(bank))
    reference, until = extras.get("REFERENCE"), from_epoch(extras.get("EXPIRATION_DATE"))
    if until is None or not re.fullmatch(r"[0-9]{4,20}", str(reference), re.ASCII):
        return None
    receipt = extras.get("URL_PAYMENT_RECEIPT_HTML")
    return Voucher(
        code=str(reference),
        expires_at=until,
        network="Efecty",
        receipt_url=str(receipt) if _is_web(receipt) else "",
    )


def company_reference(order_id: object, transaction_id: object) -> str:
    """Which try of which order: under one reference there may be several."""
    named = f"{order_id}-{transaction_id}"
    return named if re.fullmatch(r"[0-9]{1,15}-[A-Za-z0-9-]{8,64}", named, re.ASCII) else ""


def order_number(reference: str) -> int | None:
    """PayU's number of the order in a company reference of ours."""
    found = re.match(r"([0-9]{1,15})-", reference, re.ASCII)
    return int(found[1]) if found else None


def is_named(order: Found, transaction: Found, reference: str) -> bool:
    """A buyer who comes back brings only the transaction."""
    return reference in (transaction["id"], company_reference(order["id"], transaction["id"]))


def outcome_of(order: Found, transaction: Found) -> Outcome:
    response, state = response_of(transaction), state_of(transaction)
    is_open = state == State.PENDING
    return Outcome(
        state=state or State.UNKNOWN,
        money=amount_of(order, transaction),
        company_reference=company_reference(order["id"], transaction["id"]),
        reason=reason_of(response) if state == State.FAILED else None,
        company_message=message_of(response),
        card=_card(transaction),
        step=_open_step(transaction) if is_open else None,
    )


def _open_step(transaction: Found) -> NextStep | None:
    """A card that is not decided at once is being reviewed: its buyer is done."""
    if is_card(transaction) and (asked := ended_at(transaction)):
        return Review(expires_at=asked + LONGEST_REVIEW)
    return step_of(response_of(transaction), transaction.get("extraParameters"))


def _card(transaction: Found) -> CardDetails | None:
    card, extra = transaction.get("creditCard"), transaction.get("extraParameters")
    if not is_card(transaction) or not isinstance(card, dict):
        return None
    masked = plain(card.get("maskedNumber"))
    digits = re.sub(r"[^0-9]", "", masked)[-4:]
    first = re.match(r"[0-9]{6}(?=[^0-9])", masked, re.ASCII)
    count = str(extra.get("INSTALLMENTS_NUMBER")) if isinstance(extra, dict) else ""
    return CardDetails(
        brand=plain(transaction.get("paymentMethod"))[:20].removesuffix("_DEBIT"),
        last_four=digits,
        installments=int(count) if re.fullmatch(r"[0-9]{1,2}", count, re.ASCII) else None,
        first_six=first[0] if first else "",  # PayU tells no expiry
    )


def _is_web(url: object) -> bool:
    return isinstance(url, str) and len(url) < 2048 and bool(re.match(r"https?://[^\s]+$", url))


def plain(value: object) -> str:
    return value.replace("\x00", "")[:300] if isinstance(value, str) else ""
