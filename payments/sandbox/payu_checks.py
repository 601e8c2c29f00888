"""What the pretend PayU refuses: wrong keys and signatures, fields that are missing or not as documented."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .keys import KEYS
from .payu import BANKS

DOCUMENTS = ("CC", "CE", "NIT", "TI", "PP", "IDC", "CEL", "RC", "DE")
FORM_FIELDS = (
    "merchantId", "accountId", "description", "referenceCode", "amount", "tax", "taxReturnBase",
    "currency", "signature", "buyerEmail", "buyerFullName", "telephone",
)  # fmt: skip
DIGESTS = {"MD5": "md5", "SHA": "sha1", "SHA256": "sha256"}


class Wrong(Exception):
    """A refusal, in the words PayU was seen to use."""


def missing(path: str) -> Wrong:
    return Wrong(f"property: {path}, message: must not be null")


def check_keys(body: Mapping[str, Any]) -> None:
    merchant = body.get("merchant")
    given = merchant if isinstance(merchant, dict) else {}
    if given.get("apiLogin") != KEYS.payu_api_login or given.get("apiKey") != KEYS.payu_api_key:
        raise Wrong("Invalid credentials")
    if not isinstance(body.get("test"), bool) or not isinstance(body.get("language"), str):
        raise Wrong("Invalid request format")


def text_at(body: Any, path: str, *, longest: int = 255) -> str:
    """A string that must be there, at "transaction.order.referenceCode"."""
    value = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        raise missing(path)
    if len(value) > longest:
        raise Wrong(f"property: {path}, message: size must be between 1 and {longest}")
    return value


def signature_of(*words: str, algorithm: str = "MD5") -> str:
    text = "~".join((KEYS.payu_api_key, *words)).encode()
    return hashlib.new(DIGESTS[algorithm], text, usedforsecurity=False).hexdigest()


def check_submission(body: Mapping[str, Any]) -> dict[str, Any]:
    """The transaction of a SUBMIT_TRANSACTION that charges. Raises Wrong."""
    path = "transaction.order"
    if text_at(body, f"{path}.accountId") != KEYS.payu_account_id:
        raise Wrong("The account id is not valid")
    reference = text_at(body, f"{path}.referenceCode")
    text_at(body, f"{path}.description")
    text_at(body, f"{path}.language")
    if not re.match(r"https?://", text_at(body, f"{path}.notifyUrl", longest=2048)):
        raise Wrong("property: transaction.order.notifyUrl, message: must be a URL")
    transaction: dict[str, Any] = body["transaction"]
    value = _check_values(transaction["order"].get("additionalValues"))
    right = signature_of(KEYS.payu_merchant_id, reference, value, "COP")
    if text_at(body, f"{path}.signature") != right:
        raise Wrong("The signature of the order is not valid")
    _check_people(body)
    if transaction.get("type") != "AUTHORIZATION_AND_CAPTURE" or transaction.get("paymentCountry") != "CO":
        raise Wrong("property: transaction.type, message: not supported")
    return transaction


def _check_values(values: Any) -> str:
    """TX_VALUE has no decimals in Colombia; tax and its base must be there and must fit."""
    found = {}
    for name in ("TX_VALUE", "TX_TAX", "TX_TAX_RETURN_BASE"):
        each = values.get(name) if isinstance(values, dict) else None
        if not isinstance(each, dict) or type(each.get("value")) is not int or each.get("currency") != "COP":
            raise Wrong(f"property: transaction.order.additionalValues.{name}, message: not valid")
        found[name] = each["value"]
    if found["TX_VALUE"] < 1 or found["TX_TAX"] + found["TX_TAX_RETURN_BASE"] > found["TX_VALUE"]:
        raise Wrong("property: transaction.order.additionalValues, message: do not add up")
    return str(found["TX_VALUE"])


def _check_people(body: Mapping[str, Any]) -> None:
    payer = "transaction.payer"
    sizes = {"fullName": 150, "emailAddress": 255, "contactPhone": 20}
    for name, longest in sizes.items():
        text_at(body, f"{payer}.{name}", longest=longest)
    for name, longest in {"street1": 100, "city": 50, "state": 40, "country": 2}.items():
        text_at(body, f"{payer}.billingAddress.{name}", longest=longest)
    text_at(body, "transaction.ipAddress", longest=39)


def check_method(body: Mapping[str, Any]) -> None:
    transaction = body["transaction"]
    match transaction.get("paymentMethod"):
        case "PSE":
            _check_pse(body)
        case "EFECTY":
            text_at(body, "transaction.payer.dniNumber", longest=20)
            if "expirationDate" in transaction:
                expires_at(transaction["expirationDate"])
        case "NEQUI":
            phone = transaction["payer"]["contactPhone"]
            if not re.fullmatch(r"(57 )?3[0-9]{9}", phone):
                raise Wrong("property: transaction.payer.contactPhone, message: not a Nequi number")
        case _:
            raise Wrong("property: transaction.paymentMethod, message: not supported by this shop")


def _check_pse(body: Mapping[str, Any]) -> None:
    path = "transaction.extraParameters"
    for name in ("userAgent", "deviceSessionId", "cookie"):
        text_at(body, f"transaction.{name}", longest=1024)
    text_at(body, f"{path}.RESPONSE_URL", longest=2048)
    text_at(body, f"{path}.PSE_REFERENCE1")
    if text_at(body, f"{path}.FINANCIAL_INSTITUTION_CODE") not in set(BANKS) - {"0"}:
        raise Wrong(f"property: {path}.FINANCIAL_INSTITUTION_CODE, message: unknown bank")
    if text_at(body, f"{path}.USER_TYPE") not in ("N", "J"):
        raise Wrong(f"property: {path}.USER_TYPE, message: N or J")
    if text_at(body, f"{path}.PSE_REFERENCE2") not in DOCUMENTS:
        raise Wrong(f"property: {path}.PSE_REFERENCE2, message: unknown document")
    text_at(body, f"{path}.PSE_REFERENCE3", longest=20)


def expires_at(text: Any) -> datetime:
    """The time asked for, read as UTC; later than seven days counts as seven days."""
    usual = datetime.now(UTC) + timedelta(days=7)
    try:
        asked = datetime.fromisoformat(text).replace(tzinfo=UTC) if text else usual
    except (TypeError, ValueError):
        raise Wrong("property: transaction.expirationDate, message: not a date") from None
    if asked <= datetime.now(UTC):
        raise Wrong("property: transaction.expirationDate, message: must be in the future")
    return min(asked, usual)


def problem_of_form(asked: Mapping[str, str]) -> str:
    """What is wrong with the form that opened the hosted page, or nothing."""
    lacking = [name for name in FORM_FIELDS if not asked.get(name)]
    if lacking:
        return f"Missing in the form: {', '.join(lacking)}"
    if any(value != value.strip() for value in asked.values()):
        return "A value begins or ends with a space"
    if asked["merchantId"] != KEYS.payu_merchant_id or asked["accountId"] != KEYS.payu_account_id:
        return "Unknown merchant or account"
    if asked.get("test", "0") not in ("0", "1") or asked["currency"] != "COP":
        return "Test or currency is not valid"
    try:
        amount, tax, base = (Decimal(asked[name]) for name in ("amount", "tax", "taxReturnBase"))
    except InvalidOperation:
        return "An amount is no number"
    if amount <= 0 or amount != amount.to_integral_value() or tax + base > amount:
        return "The amounts do not fit"
    algorithm = asked.get("algorithmSignature", "MD5")
    more = [asked[name] for name in ("paymentMethods", "iin", "pseBanks") if asked.get(name)]
    words = (asked["merchantId"], asked["referenceCode"], asked["amount"], asked["currency"], *more)
    if algorithm not in DIGESTS or asked["signature"] != signature_of(*words, algorithm=algorithm):
        return "La firma no es válida (the signature is wrong)"
    return ""
