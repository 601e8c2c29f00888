"""PayU's confirmations and its way back to the shop, signed as the document says."""

import hashlib
import time
import uuid
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from urllib.parse import urlencode

from .keys import KEYS
from .memory import STORE, switch

Document = dict[str, Any]

# state: (state_pol, transactionState, response codes)
STATES = {"APPROVED": "4", "DECLINED": "6", "EXPIRED": "5", "ERROR": "104", "PENDING": "7"}
# Why a try may be declined (payu.md, section 9), with the number that PayU tells for it.
DECLINED = {
    "PAYMENT_NETWORK_REJECTED": "4",
    "ENTITY_DECLINED": "5",
    "INSUFFICIENT_FUNDS": "6",
    "INVALID_CARD": "7",
    "CONTACT_THE_ENTITY": "8",
    "EXPIRED_CARD": "9",
    "RESTRICTED_CARD": "10",
    "INVALID_EXPIRATION_DATE_OR_SECURITY_CODE": "12",
    "REPEAT_TRANSACTION": "13",
    "INVALID_TRANSACTION": "14",
    "EXCEEDED_AMOUNT": "17",
    "ABANDONED_TRANSACTION": "19",
    "CREDIT_CARD_NOT_AUTHORIZED_FOR_INTERNET_TRANSACTIONS": "22",
    "ANTIFRAUD_REJECTED": "23",
    "BANK_UNREACHABLE": "9996",
    "PAYMENT_NETWORK_NO_RESPONSE": "9996",
    "NOT_ACCEPTED_TRANSACTION": "9998",
    "INTERNAL_PAYMENT_PROVIDER_ERROR": "9999",
}
CODES = DECLINED | {
    "APPROVED": "1",
    "EXPIRED_TRANSACTION": "20",
    "PENDING_TRANSACTION_REVIEW": "15",
    "PENDING_TRANSACTION_CONFIRMATION": "25",
    "PENDING_PAYMENT_IN_ENTITY": "25",
}
METHOD_TYPES = {"PSE": "4", "EFECTY": "7", "NEQUI": "2"}
# Nine calls at most; the spacing is not published.
GAPS = [300] * 8


def digest(words: list[str]) -> str:
    text = "~".join([KEYS.payu_api_key, *words]).encode()
    return hashlib.new(switch("payu_digest"), text, usedforsecurity=False).hexdigest()


def confirmation_value(value: str) -> str:
    """Two decimals, of which a zero at the end is left out."""
    two = f"{Decimal(value):.2f}"
    return two[:-1] if two[-1] == "0" else two


def response_value(value: str) -> str:
    return str(Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_EVEN))


def announce(order: Document, transaction: Document) -> None:
    """Queue the confirmation of a final state, as the switches say."""
    now = time.time()
    due = now + switch("event_delay")
    _queue(order, transaction, due)
    if switch("duplicate_events"):
        _queue(order, transaction, due + 0.01)
    if switch("reverse_events"):
        # The news of an earlier, refused try under the same reference comes last.
        earlier = {"id": str(uuid.uuid4()), "state": "DECLINED", "code": "ENTITY_DECLINED"}
        _queue(order, transaction | earlier, due + 0.02)


def _queue(order: Document, transaction: Document, due: float) -> None:
    fields = _fields(order, transaction)
    signed = ["merchant_id", "reference_sale", "value", "currency", "state_pol"]
    words = [fields[name] for name in signed]
    words[2] = confirmation_value(words[2])
    sign = digest([*words[:-1], "99"] if switch("wrong_checksum") else words)
    if not switch("unsigned_events"):
        fields["sign"] = sign.upper() if switch("upper_case_checksum") else sign
    key = uuid.uuid4().hex
    url = switch("payu_events_url")
    state = "lost" if switch("drop_events") else "waiting"
    document = {
        "id": key,
        "product": "payu",
        "url": url,
        "name": transaction["code"],
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": urlencode(fields),
        "state": state if url or state == "lost" else "kept",
        "tries": 0,
        "gaps": GAPS,
        "answers": [],
    }
    STORE.put("event", key, document, due=due if document["state"] == "waiting" else None)


def _fields(order: Document, transaction: Document) -> dict[str, str]:
    moment = time.gmtime(transaction["at"] / 1000)
    method = transaction["method"]
    return {
        "merchant_id": KEYS.payu_merchant_id,
        "state_pol": STATES[transaction["state"]],
        "risk": "",
        "response_code_pol": CODES[transaction["code"]],
        "response_message_pol": transaction["code"],
        "reference_sale": order["reference"],
        "reference_pol": str(order["number"]),
        "transaction_id": transaction["id"],
        "extra1": "",
        "extra2": "",
        "payment_method": "10",
        "payment_method_type": METHOD_TYPES.get(method, "2"),
        "payment_method_name": method,
        "installments_number": str(transaction["extra"].get("INSTALLMENTS_NUMBER", 1)),
        "value": f"{Decimal(shown_value(order)):.2f}",
        "tax": f"{Decimal(order['tax']):.2f}",
        "additional_value": "0.00",
        "transaction_date": time.strftime("%Y-%m-%d %H:%M:%S", moment),
        "date": time.strftime("%Y.%m.%d %I:%M:%S", moment),
        "currency": shown_currency(),
        "email_buyer": order["email"],
        "nickname_buyer": "",
        "billing_address": order["street"],
        "shipping_address": order["street"],
        "cc_number": transaction.get("masked", ""),
        "cc_holder": order["full_name"],
        "ip": order["ip"],
        "phone": order["phone"],
        "description": order["description"],
        "test": "1" if order["test"] else "0",
        "attempts": "1",
        "cus": transaction.get("cus", ""),
    }


def shown_value(order: Document) -> str:
    """What PayU says was paid; a switch makes it another amount."""
    return str(Decimal(order["value"]) + switch("payu_amount_off"))


def shown_currency() -> str:
    return switch("payu_currency")


def way_back(order: Document, transaction: Document) -> str:
    """The response page of the shop, with what PayU tells it by the browser."""
    url = transaction.get("return_url") or order.get("return_url") or "/"
    state, value = STATES[transaction["state"]], order["value"]
    words = [KEYS.payu_merchant_id, order["reference"], response_value(value), "COP", state]
    fields = {
        "merchantId": KEYS.payu_merchant_id,
        "transactionState": state,
        "lapTransactionState": transaction["state"],
        "message": transaction["code"],
        "referenceCode": order["reference"],
        "reference_pol": str(order["number"]),
        "transactionId": transaction["id"],
        "polResponseCode": CODES[transaction["code"]],
        "lapResponseCode": transaction["code"],
        "lapPaymentMethod": transaction["method"],
        "TX_VALUE": f"{Decimal(value):.2f}",
        "currency": "COP",
        "cus": transaction.get("cus", ""),
        "buyerEmail": order["email"],
        "signature": digest(words),
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
