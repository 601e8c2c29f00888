"""What we ask of Wompi, in its words: one payment method, one transaction, one hosted page."""

import re
from collections.abc import Mapping
from typing import Any

from .base import Charge, Reason, Refused
from .wompi_signing import integrity_signature, to_cents, wire_time

MAX_INSTALLMENTS = 36  # our rule (MeStore): Wompi publishes none


def payment_method(charge: Charge) -> dict[str, Any]:
    """Raises Refused for what the company could only refuse."""
    match charge.method:
        case "card":
            return {
                "type": "CARD",
                "token": charge.inputs["token"],
                "installments": _installments(charge.inputs.get("installments", "1")),
            }
        case "nequi":
            return {"type": "NEQUI", "phone_number": _mobile(charge.phone)}
        case "pse":
            return _pse(charge)
        case "bancolombia":
            return {
                "type": "BANCOLOMBIA_TRANSFER",
                "payment_description": f"Pedido {charge.reference}",
                "ecommerce_url": charge.return_url,
            }
    raise Refused(Reason.COMPANY_ERROR, f"Wompi has no method {charge.method}")


def _installments(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= MAX_INSTALLMENTS:
        raise Refused(Reason.REFUSED_BY_BANK, "instalments")
    return int(text)


def _mobile(phone: str) -> str:
    found = re.fullmatch(r"(?:\+?57)?(3[0-9]{9})", re.sub(r"[\s().-]", "", phone))
    if not found:
        raise Refused(Reason.INVALID_PHONE, "not a Colombian mobile number")
    return found[1]


def _pse(charge: Charge) -> dict[str, Any]:
    if charge.document_type not in ("CC", "NIT"):
        raise Refused(Reason.ACCOUNT_PROBLEM, "PSE knows only CC and NIT")
    kind = charge.inputs.get("user_type") or ("1" if charge.document_type == "NIT" else "0")
    document = re.sub(r"[^0-9]", "", charge.document_number)
    bank = charge.inputs.get("bank", "")
    if kind not in ("0", "1") or not document or not re.fullmatch(r"[0-9]{1,8}", bank):
        raise Refused(Reason.ACCOUNT_PROBLEM, "PSE needs a bank and a document")
    return {
        "type": "PSE",
        "user_type": int(kind),
        "user_legal_id_type": charge.document_type,
        "user_legal_id": document,
        "financial_institution_code": bank,
        "payment_description": f"Pedido {charge.reference}"[:30],
    }


def _customer(charge: Charge) -> dict[str, str]:
    values = {
        "full_name": charge.full_name,
        "phone_number": re.sub(r"[^0-9]", "", charge.phone),
        "legal_id": re.sub(r"[^0-9A-Za-z]", "", charge.document_number),
        "legal_id_type": charge.document_type if charge.document_number else "",
    }
    return {name: value for name, value in values.items() if value}


def transaction_request(
    charge: Charge, method: Mapping[str, Any], tokens: Mapping[str, str], credentials: Mapping[str, str]
) -> dict[str, Any]:
    cents, expires = to_cents(charge.money), wire_time(charge.expires_at)
    request = dict(tokens) | {
        "amount_in_cents": cents,
        "currency": "COP",
        "signature": integrity_signature(
            charge.reference, cents, credentials["integrity_secret"], expires=expires
        ),
        "customer_email": charge.email,
        "reference": charge.reference,
        "payment_method": dict(method),
        "redirect_url": charge.return_url,
        "expiration_time": expires,
        "customer_data": _customer(charge),
    }
    if charge.ip:
        request["ip"] = charge.ip
    if charge.tax is not None and charge.tax.amount > 0:
        request["taxes"] = [{"type": "VAT", "amount_in_cents": to_cents(charge.tax)}]
    return request


def hosted_checkout(charge: Charge, credentials: Mapping[str, str]) -> dict[str, str]:
    """What the address of Wompi's own page says of this charge and of who pays it."""
    cents, expires = to_cents(charge.money), wire_time(charge.expires_at)
    fields = {
        "public-key": credentials["public_key"],
        "currency": "COP",
        "amount-in-cents": str(cents),
        "reference": charge.reference,
        "signature:integrity": integrity_signature(
            charge.reference, cents, credentials["integrity_secret"], expires=expires
        ),
        "redirect-url": charge.return_url,
        "expiration-time": expires,
        "customer-data:email": charge.email,
        "customer-data:full-name": charge.full_name,
    }
    mobile = re.fullmatch(r"\+57(3[0-9]{9})", charge.phone)
    if mobile:
        fields |= {"customer-data:phone-number": mobile[1], "customer-data:phone-number-prefix": "+57"}
    if charge.document_number:
        fields |= {
            "customer-data:legal-id": charge.document_number,
            "customer-data:legal-id-type": charge.document_type,
        }
    if charge.tax is not None and charge.tax.amount > 0:
        fields["tax-in-cents:vat"] = str(to_cents(charge.tax))
    return {name: value for name, value in fields.items() if value}
