"""What we ask of PayU, in its words: a transaction, a form for its own page, a refund, a question."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from marketplace.money import Money

from .base import Charge, Reason, RefundOrder, Refused
from .payu_signing import charge_signature, to_wire

# Both kinds of card, so that a card attempt is never paid in cash days later.
CARD_BRANDS = ("VISA", "MASTERCARD", "AMEX", "DINERS", "CODENSA", "VISA_DEBIT", "MASTERCARD_DEBIT")
IN_INSTALLMENTS = ("VISA", "MASTERCARD", "AMEX", "DINERS")
MAX_INSTALLMENTS = 36  # our rule (MeStore): PayU names no range for Colombian cards
DOCUMENTS = ("CC", "CE", "NIT", "TI", "PP", "IDC", "CEL", "RC", "DE")
# PayU wants an address of the buyer's device; its own samples say this where they know none.
NO_ADDRESS = "127.0.0.1"
METHODS = {"pse": "PSE", "efecty": "EFECTY", "nequi": "NEQUI"}


def question(command: str, credentials: Mapping[str, str], **content: object) -> dict[str, Any]:
    """A body with our keys in it: it must never be logged."""
    return {
        "language": "es",
        "command": command,
        "test": credentials.get("test") == "1",
        "merchant": {"apiLogin": credentials["api_login"], "apiKey": credentials["api_key"]},
    } | content


def submission(charge: Charge, credentials: Mapping[str, str]) -> dict[str, Any]:
    """SUBMIT_TRANSACTION for PSE, Efecty and Nequi. Raises Refused for what PayU could only refuse."""
    if charge.method not in METHODS:
        raise Refused(Reason.COMPANY_ERROR, f"PayU's API takes no {charge.method} from us")
    phone = _mobile(charge.phone) if charge.method == "nequi" else re.sub(r"[^0-9]", "", charge.phone)
    transaction: dict[str, Any] = {
        "order": _order(charge, credentials, phone),
        "payer": _payer(charge, phone),
        "type": "AUTHORIZATION_AND_CAPTURE",
        "paymentMethod": METHODS[charge.method],
        "paymentCountry": "CO",
        "ipAddress": charge.ip[:39] or NO_ADDRESS,
    }
    if charge.method == "efecty":
        _document(charge)
        # Read as UTC: in PayU's only sample the time asked for comes back as that time in UTC.
        transaction["expirationDate"] = charge.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    else:
        session = hashlib.sha256(charge.reference.encode()).hexdigest()[:32]
        transaction |= {
            "deviceSessionId": session,
            "cookie": session,
            "userAgent": charge.user_agent[:1024] or "unknown",
        }
    if charge.method == "pse":
        transaction["extraParameters"] = _pse(charge)
    return question("SUBMIT_TRANSACTION", credentials, transaction=transaction)


def _order(charge: Charge, credentials: Mapping[str, str], phone: str) -> dict[str, Any]:
    address = _address(charge, phone)
    return {
        "accountId": credentials["account_id"],
        "referenceCode": charge.reference,
        "description": _description(charge),
        "language": charge.language or "es",
        "signature": charge_signature(charge.reference, charge.money, credentials, algorithm="MD5"),
        "notifyUrl": charge.notify_url,
        "additionalValues": {
            "TX_VALUE": _amount(charge.money),
            # Left out, PayU would take 19 % for granted.
            "TX_TAX": _amount(charge.tax or Money(0, "COP")),
            "TX_TAX_RETURN_BASE": _amount(charge.tax_base or Money(0, "COP")),
        },
        "buyer": _person(charge, phone) | {"shippingAddress": address},
        "shippingAddress": address,
    }


def _amount(money: Money) -> dict[str, Any]:
    return {"value": int(to_wire(money)), "currency": money.currency.code}


def _person(charge: Charge, phone: str) -> dict[str, str]:
    return {
        "fullName": charge.full_name[:150],
        "emailAddress": charge.email[:255],
        "contactPhone": phone[:20],
        "dniNumber": _digits(charge)[:20],
    }


def _payer(charge: Charge, phone: str) -> dict[str, Any]:
    # None of it may be empty, and who picks up gives no address.
    address = {name: value or "-" for name, value in _address(charge, phone).items()}
    kind = {"dniType": charge.document_type} if charge.document_type in DOCUMENTS else {}
    return _person(charge, phone) | kind | {"billingAddress": address}


def _address(charge: Charge, phone: str) -> dict[str, str]:
    return {
        "street1": charge.street[:100],
        "city": charge.city[:50],
        "state": charge.region[:40],
        "country": "CO",
        "postalCode": "000000",
        "phone": phone[-10:],
    }


def _description(charge: Charge) -> str:
    return (charge.description or f"Pedido {charge.reference}").strip()[:255]


def _digits(charge: Charge) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", charge.document_number)


def _document(charge: Charge) -> tuple[str, str]:
    if charge.document_type not in DOCUMENTS or not 4 <= len(_digits(charge)) <= 20:
        raise Refused(Reason.ACCOUNT_PROBLEM, "PayU needs the payer's document")
    return charge.document_type, _digits(charge)


def _mobile(phone: str) -> str:
    """Ten digits: 573007777777 without a space would be refused."""
    found = re.fullmatch(r"(?:\+?57)?(3[0-9]{9})", re.sub(r"[\s().-]", "", phone))
    if not found:
        raise Refused(Reason.INVALID_PHONE, "not a Colombian mobile number")
    return found[1]


def _pse(charge: Charge) -> dict[str, str]:
    kind, number = _document(charge)
    bank = charge.inputs.get("bank", "")
    user = charge.inputs.get("user_type") or ("1" if kind == "NIT" else "0")
    if user not in ("0", "1") or not re.fullmatch(r"[0-9]{1,8}", bank) or not int(bank):
        raise Refused(Reason.ACCOUNT_PROBLEM, "PSE needs a bank")
    return {
        "RESPONSE_URL": charge.return_url,
        "PSE_REFERENCE1": charge.ip[:39] or NO_ADDRESS,
        "FINANCIAL_INSTITUTION_CODE": bank,
        "USER_TYPE": "J" if user == "1" else "N",
        "PSE_REFERENCE2": kind,
        "PSE_REFERENCE3": number,
    }


def checkout_fields(charge: Charge, credentials: Mapping[str, str]) -> dict[str, str]:
    """What the buyer's browser posts to PayU's own page for a card."""
    brands = _brands(charge.inputs.get("installments", ""))
    fields = {
        "merchantId": credentials["merchant_id"],
        "accountId": credentials["account_id"],
        "description": _description(charge),
        "referenceCode": charge.reference,
        "amount": to_wire(charge.money),
        "tax": to_wire(charge.tax or Money(0, "COP")),
        "taxReturnBase": to_wire(charge.tax_base or Money(0, "COP")),
        "currency": charge.money.currency.code,
        "algorithmSignature": "SHA256",
        "signature": charge_signature(
            charge.reference, charge.money, credentials, algorithm="SHA256", more=(brands,)
        ),
        "paymentMethods": brands,
        "test": "1" if credentials.get("test") == "1" else "0",
        "lng": charge.language if charge.language in ("es", "en", "pt") else "es",
        "buyerEmail": charge.email,
        "buyerFullName": charge.full_name[:150],
        "telephone": re.sub(r"[^0-9]", "", charge.phone)[:20],
        "shippingAddress": charge.street[:100],
        "shippingCity": charge.city[:50],
        "shippingCountry": "CO",
        "payerDocument": _digits(charge)[:20],
        "payerDocumentType": charge.document_type if charge.document_type in DOCUMENTS else "",
        "responseUrl": charge.return_url,
        "confirmationUrl": charge.notify_url,
    }
    return {name: value.strip() for name, value in fields.items() if value.strip()}


def _brands(installments: str) -> str:
    """Which cards, and where the buyer has chosen, in how many parts (VISA-12); else PayU's page asks."""
    if not installments:
        return ",".join(CARD_BRANDS)
    if not re.fullmatch(r"[0-9]{1,2}", installments) or not 1 <= int(installments) <= MAX_INSTALLMENTS:
        raise Refused(Reason.REFUSED_BY_BANK, "instalments")
    if installments == "1":
        return ",".join(CARD_BRANDS)
    return ",".join(f"{brand}-{int(installments)}" for brand in IN_INSTALLMENTS)


def refund_request(
    order: RefundOrder, order_id: int, parent: str, credentials: Mapping[str, str]
) -> dict[str, Any]:
    transaction: dict[str, Any] = {
        "order": {"id": str(order_id)},
        "type": "REFUND" if order.is_whole else "PARTIAL_REFUND",
        "reason": f"{order.reference} {order.reason}".strip()[:255],
        "parentTransactionId": parent,
    }
    if not order.is_whole:
        value = {"value": to_wire(order.money), "currency": order.money.currency.code}
        transaction["additionalValues"] = {"TX_VALUE": value}
    return question("SUBMIT_TRANSACTION", credentials, transaction=transaction)
