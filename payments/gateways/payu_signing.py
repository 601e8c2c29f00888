"""What PayU counts and signs: whole pesos, the digest of a charge, of a confirmation and of the way back."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import parse_qsl

from marketplace.money import Money

from .base import ForgedNotice, UnreadableNotice

MAX_NOTICE_BYTES = 64 * 1024
# How the digest that PayU has chosen is known: by its length.
_ALGORITHMS = {32: ("MD5",), 40: ("SHA",), 64: ("SHA256", "HMAC-SHA256")}
_SIGNED = {
    "merchant_id": r"[0-9]{1,12}",
    "reference_sale": r"[\x21-\x7e]{1,255}",
    "value": r"[0-9]{1,14}(\.[0-9]{1,2})?",
    "currency": r"[A-Z]{3}",
    "state_pol": r"[0-9]{1,3}",
}
_NEEDED = _SIGNED | {"transaction_id": r"[A-Za-z0-9-]{8,64}"}


def to_wire(money: Money) -> str:
    """COP 95,000 is "95000" on the wire, and the signature holds the same characters."""
    whole = money.amount.to_integral_value()
    if money.currency.code != "COP" or whole != money.amount or whole < 0:
        raise ValueError(f"PayU cannot collect {money.amount} {money.currency.code}")
    return str(int(whole))


def from_wire(value: object, currency: object) -> Money:
    """65000, 65000.00 and "65000.00" are the same pesos; anything else is a ValueError."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    text = str(value) if is_number or isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{1,14}(\.[0-9]{1,4})?", text) or not isinstance(currency, str):
        raise ValueError("PayU named no amount")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError("PayU named no currency")
    return Money(Decimal(text), currency)


def digest(algorithm: str, *words: str, key: str) -> str:
    """The words joined by ~, the API key first. For HMAC-SHA256 the API key is the secret as well."""
    text = "~".join((key, *words)).encode()
    match algorithm:
        case "MD5":
            return hashlib.md5(text, usedforsecurity=False).hexdigest()
        case "SHA":
            return hashlib.sha1(text, usedforsecurity=False).hexdigest()
        case "SHA256":
            return hashlib.sha256(text).hexdigest()
        case "HMAC-SHA256":
            return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
    raise ValueError(f"PayU has no digest {algorithm}")


def charge_signature(
    reference: str,
    money: Money,
    credentials: Mapping[str, str],
    *,
    algorithm: str,
    more: tuple[str, ...] = (),
) -> str:
    """`more` are the form's paymentMethods, iin and pseBanks, those that are there, in this order."""
    words = (credentials["merchant_id"], reference, to_wire(money), money.currency.code, *more)
    return digest(algorithm, *words, key=credentials["api_key"])


def confirmation_value(value: str) -> str:
    """150.00 is signed as 150.0 and 150.50 as 150.5, but 150.26 as it is."""
    two = f"{Decimal(value):.2f}"
    return two[:-1] if two.endswith("0") else two


def response_value(value: str) -> str:
    """On the way back one decimal is signed, half to even: 150.25 is 150.2 and 150.35 is 150.4."""
    return str(Decimal(value).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN))


def read_confirmation(body: bytes, credentials: Mapping[str, str]) -> dict[str, str]:
    """The fields of a confirmation, if PayU signed it for us. Names and addresses may be badly encoded."""
    fields = _parse(body)
    for name, pattern in _NEEDED.items():
        if not re.fullmatch(pattern, fields.get(name, ""), re.ASCII):
            raise UnreadableNotice(f"The confirmation has no {name}")
    said = fields.get("sign", "").lower()
    words = [fields[name] for name in _SIGNED]
    words[2] = confirmation_value(fields["value"])
    right = [digest(each, *words, key=credentials["api_key"]) for each in _ALGORITHMS.get(len(said), ())]
    matches = [hmac.compare_digest(each.encode(), said.encode("utf-8", "replace")) for each in right]
    if not any(matches):
        raise ForgedNotice("The confirmation is not signed by PayU")
    if not hmac.compare_digest(fields["merchant_id"].encode(), credentials["merchant_id"].encode()):
        raise ForgedNotice("The confirmation is for another merchant")
    return fields


def _parse(body: bytes) -> dict[str, str]:
    if len(body) > MAX_NOTICE_BYTES:
        raise UnreadableNotice("The confirmation is too large")
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=300)
    except ValueError:
        raise UnreadableNotice("The confirmation is no form") from None
    names = [name for name, _value in pairs]
    if any(names.count(name) > 1 for name in (*_NEEDED, "sign", "test")):
        raise UnreadableNotice("The confirmation says something twice")
    return dict(pairs)
