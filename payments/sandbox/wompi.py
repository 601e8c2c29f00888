"""The life of a pretend Wompi transaction: opened as PENDING, decided later, announced once."""

import random
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from .events import announce, iso
from .keys import KEYS
from .memory import STORE, after, switch

MERCHANT_ID = 1292
BANKS = {
    "1": "Banco que aprueba",
    "2": "Banco que declina",
    "3": "Banco que simula un error",
    "1001": "BANCO DE BOGOTA",
    "1002": "BANCO POPULAR",
    "1006": "ITAU",
    "1007": "BANCOLOMBIA",
    "1009": "CITIBANK",
    "1013": "BBVA COLOMBIA",
    "1019": "SCOTIABANK COLPATRIA",
    "1023": "BANCO DE OCCIDENTE",
    "1032": "BANCO CAJA SOCIAL",
    "1040": "BANCO AGRARIO",
    "1051": "BANCO DAVIVIENDA",
    "1052": "BANCO AV VILLAS",
    "1062": "BANCO FALABELLA",
    "1507": "NEQUI",
    "1551": "DAVIPLATA",
    "1809": "NU",
}
# Cards: any other number that passes Luhn ends in ERROR.
CARDS = {"4242424242424242": "APPROVED", "4111111111111111": "DECLINED"}
REFUSED_CARDS = "41111111"  # Ours: every number that begins so is declined, to try many.
NEQUI = {"3991111111": "APPROVED", "3992222222": "DECLINED"}
PSE = {"1": "APPROVED", "2": "DECLINED", "3": "ERROR"}
METHODS = ("CARD", "NEQUI", "PSE", "BANCOLOMBIA_TRANSFER")

MESSAGES = {
    ("CARD", "DECLINED"): "La transacción fue rechazada (Sandbox)",
    ("CARD", "ERROR"): "Error en la transacción (Sandbox)",
    ("NEQUI", "DECLINED"): "La transacción fue rechazada en Nequi (Sandbox)",
    ("NEQUI", "ERROR"): "Error en Nequi (Sandbox)",
    ("PSE", "DECLINED"): "Transacción RECHAZADA en Sandbox",
    ("PSE", "ERROR"): "Transacción con ERROR en Sandbox",
    ("BANCOLOMBIA_TRANSFER", "DECLINED"): "La transferencia fue rechazada (Sandbox)",
    ("BANCOLOMBIA_TRANSFER", "ERROR"): "Error en la transferencia (Sandbox)",
}
# How long a push or a bank page waits for a person.
PATIENCE = 600.0
SIGNED = ["transaction.id", "transaction.status", "transaction.amount_in_cents"]


def open_transaction(request: dict[str, Any], page_url: str) -> dict[str, Any]:
    """Remember a valid request as PENDING and settle who decides, and when.

    Magic numbers decide by themselves; other phones and banks ask a person.
    """
    method = request["payment_method"]
    verdict = _verdict_of(method)
    transaction = _blank(time.time()) | {
        "amount_in_cents": request["amount_in_cents"],
        "reference": request["reference"],
        "customer_email": request["customer_email"],
        "payment_method_type": method["type"],
        "payment_method": _described(method),
        "shipping_address": request.get("shipping_address"),
        "redirect_url": request.get("redirect_url"),
        "customer_data": request.get("customer_data"),
        "taxes": request.get("taxes", []),
        "_verdict": verdict or "EXPIRED",
        "_asks": verdict is None,
        "_ticket": uuid.uuid4().hex,
        "_page_url": page_url,
    }
    wait = switch("wompi_delay") if verdict else PATIENCE
    return STORE.put("transaction", transaction["id"], transaction, due=after(wait))


def _blank(now: float) -> dict[str, Any]:
    """What a transaction says before anybody has asked for anything."""
    return {
        "id": f"{MERCHANT_ID}-{int(now)}-{random.randrange(10000, 100000)}",  # noqa: S311
        "created_at": iso(now),
        "finalized_at": None,
        "currency": "COP",
        "status": "PENDING",
        "status_message": None,
        "billing_data": None,
        "payment_source_id": None,
        "payment_link_id": None,
        "bill_id": None,
        "tip_in_cents": None,
        "merchant": {"id": MERCHANT_ID, "name": "MeStore (sandbox)", "public_key": KEYS.wompi_public_key},
    }


def _verdict_of(method: dict[str, Any]) -> str | None:
    """What happens by itself; None where a person is asked."""
    match method["type"]:
        case "CARD":
            token = STORE.get("card_token", method["token"])
            return token["_verdict"] if token else "ERROR"
        case "NEQUI":
            phone = method["phone_number"]
            return NEQUI.get(phone) or ("ERROR" if phone.startswith("399") else None)
        case "PSE":
            return PSE.get(method["financial_institution_code"])
        case "BANCOLOMBIA_TRANSFER":
            return None
    return method.get("_verdict", "ERROR")


def _described(method: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in method.items() if not name.startswith("_")}
    if method["type"] == "CARD":
        token = STORE.get("card_token", method.get("token", "")) or {}
        names = ("bin", "name", "brand", "exp_year", "exp_month", "last_four", "card_holder")
        extra = {name: token.get(name) for name in names}
        shown["extra"] = extra | {"card_type": "CREDIT", "is_three_ds": False}
    return shown


def public(transaction: dict[str, Any]) -> dict[str, Any]:
    """The transaction as the API shows it, with the bank's page once it is known."""
    shown = {name: value for name, value in transaction.items() if not name.startswith("_")}
    if transaction["payment_method_type"] in ("PSE", "BANCOLOMBIA_TRANSFER"):
        final = transaction["status"] != "PENDING"
        asks_now = transaction["_asks"] and not switch("pse_at_once")
        if asks_now or final:
            page = f"{transaction['_page_url']}?ticket_id={transaction['_ticket']}"
            shown["payment_method"] = shown["payment_method"] | {"extra": {"async_payment_url": page}}
    return shown


def decide(key: str, verdict: str, message: str = "") -> dict[str, Any] | None:
    """Move a PENDING transaction to its end, once, and announce it."""
    with STORE.together():
        transaction = STORE.get("transaction", key)
        if transaction is None or transaction["status"] != "PENDING":
            return transaction
        kind = transaction["payment_method_type"]
        if verdict == "EXPIRED":
            verdict, message = "DECLINED", "La transacción expiró sin respuesta del cliente (Sandbox)"
        transaction["status"] = verdict
        transaction["status_message"] = message or MESSAGES.get((kind, verdict))
        transaction["finalized_at"] = iso(time.time())
        STORE.put("transaction", key, transaction)
        announce("wompi", "transaction.updated", "transaction", public(transaction), SIGNED)
    return transaction


def void(key: str) -> dict[str, Any] | None:
    """Annul an approved card payment of today (Bogotá); None where that is not possible."""
    with STORE.together():
        transaction = STORE.get("transaction", key)
        today = _bogota_day(iso(time.time()))
        if (
            transaction is None
            or transaction["status"] != "APPROVED"
            or transaction["payment_method_type"] != "CARD"
            or _bogota_day(transaction["created_at"]) != today
        ):
            return None
        transaction["status"] = "VOIDED"
        STORE.put("transaction", key, transaction)
        announce("wompi", "transaction.updated", "transaction", public(transaction), SIGNED)
    return transaction


def _bogota_day(moment: str) -> str:
    bogota = timezone(timedelta(hours=-5))
    return datetime.fromisoformat(moment).astimezone(bogota).date().isoformat()


def decide_due(now: float) -> None:
    for transaction in STORE.due("transaction", now):
        decide(transaction["id"], transaction["_verdict"])
