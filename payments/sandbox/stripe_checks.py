"""What the pretend Stripe refuses of a Checkout Session: unknown names, wrong words, times out of range."""

import re
import time
from collections.abc import Mapping
from typing import Any

from .stripe_wire import Params, invalid

KNOWN = {
    "mode",
    "line_items",
    "payment_method_types",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "expires_at",
    "locale",
    "metadata",
    "payment_intent_data",
    "expand",
}
INTENT_KNOWN = {"metadata", "description", "statement_descriptor_suffix", "capture_method"}
LOCALES = ("auto", "pt", "es", "en", "fr", "pt-BR")
# About half a US dollar.
MINIMUM = {"mzn": 3200, "cop": 210000, "usd": 50}


def check_session(params: Params) -> None:
    """Raises Wrong, one problem at a time."""
    _check_names(params, KNOWN, "")
    if params.get("mode") != "payment":
        raise invalid("mode", "This sandbox knows the mode payment only")
    total = _check_lines(params.get("line_items"))
    if total < MINIMUM.get(params["line_items"][0]["price_data"]["currency"], 50):
        raise invalid("line_items", "The total must convert to at least 50 cents.", "amount_too_small")
    if total > 99_999_999:
        raise invalid("line_items", "The total is too large.", "amount_too_large")
    for name in ("success_url", "cancel_url"):
        if not re.match(r"https?://[^\s]+$", params.get(name, "")):
            raise invalid(name, "Not a valid URL", "url_invalid")
    if params.get("payment_method_types", ["card"]) != ["card"]:
        raise invalid("payment_method_types", "This sandbox knows cards only")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", params.get("customer_email", "a@b.c")):
        raise invalid("customer_email", "Invalid email address", "email_invalid")
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("client_reference_id", "Too long")
    if params.get("locale", "auto") not in LOCALES:
        raise invalid("locale", "Unknown locale")
    _check_expiry(params.get("expires_at"))
    _check_metadata(params.get("metadata", {}), "metadata")
    inside = params.get("payment_intent_data", {})
    _check_names(inside, INTENT_KNOWN, "payment_intent_data")
    _check_metadata(inside.get("metadata", {}), "payment_intent_data[metadata]")


def _check_names(params: Any, known: set[str], where: str) -> None:
    if not isinstance(params, dict):
        raise invalid(where, "Invalid object")
    for name in params:
        if name not in known:
            full = f"{where}[{name}]" if where else name
            raise invalid(full, f"Received unknown parameter: {full}", "parameter_unknown")


def _check_lines(lines: Any) -> int:
    """The total of the lines."""
    if not isinstance(lines, list) or not 1 <= len(lines) <= 100:
        raise invalid("line_items", "line_items are required", "parameter_missing")
    return sum(_check_line(line, f"line_items[{number}]") for number, line in enumerate(lines))


def _check_line(line: Any, where: str) -> int:
    _check_names(line, {"quantity", "price_data"}, where)
    price = line.get("price_data")
    _check_names(price, {"currency", "unit_amount", "product_data"}, f"{where}[price_data]")
    _check_names(price.get("product_data"), {"name", "description"}, f"{where}[price_data][product_data]")
    if not re.fullmatch(r"[a-z]{3}", price.get("currency", "")):
        raise invalid(f"{where}[price_data][currency]", "Invalid currency")
    if not price["product_data"].get("name"):
        raise invalid(f"{where}[price_data][product_data][name]", "Empty", "parameter_missing")
    for name, text in (("quantity", line.get("quantity", "")), ("unit_amount", price.get("unit_amount", ""))):
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise invalid(f"{where}[{name}]", "Invalid integer", "parameter_invalid_integer")
    return int(price["unit_amount"]) * int(line["quantity"])


def _check_expiry(text: Any) -> None:
    if text is None:
        return
    ahead = int(text) - time.time() if re.fullmatch(r"[0-9]{1,12}", text) else 0
    if not 30 * 60 <= ahead <= 24 * 3600:
        raise invalid("expires_at", "Must be between 30 minutes and 24 hours ahead")


def _check_metadata(found: Any, where: str) -> None:
    if not isinstance(found, Mapping) or len(found) > 50:
        raise invalid(where, "Invalid metadata")
    for name, value in found.items():
        if len(name) > 40 or not isinstance(value, str) or len(value) > 500:
            raise invalid(f"{where}[{name}]", "Invalid metadata")
