"""The life of pretend Wompi payouts: a batch, its rows, the balance they come from."""

import time
import uuid
from typing import Any

from .events import announce, iso
from .keys import KEYS
from .memory import STORE, after

START_BALANCE = 500_000_000_00
ACH_CODES = {
    1001: "BANCO DE BOGOTA",
    1002: "BANCO POPULAR",
    1006: "ITAU",
    1007: "BANCOLOMBIA",
    1009: "CITIBANK",
    1012: "GNB SUDAMERIS",
    1013: "BBVA COLOMBIA",
    1019: "SCOTIABANK COLPATRIA",
    1023: "BANCO DE OCCIDENTE",
    1032: "BANCO CAJA SOCIAL",
    1040: "BANCO AGRARIO",
    1051: "DAVIVIENDA",
    1052: "AV VILLAS",
    1060: "PICHINCHA",
    1061: "BANCOOMEVA",
    1062: "FALABELLA",
    1063: "FINANDINA",
    1066: "COOPCENTRAL",
    1069: "SERFINANZA",
    1070: "LULO BANK",
    1283: "COOPERATIVA FINANCIERA DE ANTIOQUIA",
    1292: "CONFIAR",
    1507: "NEQUI",
    1551: "DAVIPLATA",
    1801: "MOVII",
    1809: "NU",
    1811: "RAPPIPAY",
}
BANKS = [
    {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{code}.bank")), "name": name, "code": name, "achCode": code}
    for code, name in ACH_CODES.items()
]
# How long the banks take.
BANK_SECONDS = 2.0
FAILURES = {"D07": "La cuenta no existe"}


def balance() -> int:
    stored = STORE.get("balance", KEYS.wompi_payouts_account_id)
    return START_BALANCE if stored is None else stored["cents"]


def change_balance(cents: int) -> None:
    with STORE.together():
        STORE.put("balance", KEYS.wompi_payouts_account_id, {"cents": balance() + cents})


def open_batch(request: dict[str, Any]) -> dict[str, Any]:
    """Take the money of every row from the balance and remember when the banks will answer."""
    now, key = time.time(), str(uuid.uuid4())
    rows = [
        _row(each, key, now, request.get("transactionStatus", "APPROVED")) for each in request["transactions"]
    ]
    total = sum(row["amountInCents"] for row in rows)
    batch = {
        "id": key,
        "status": "PENDING",
        "reference": request["reference"],
        "amountInCents": total,
        "paymentType": request["paymentType"],
        "totalTransactions": len(rows),
        "currency": "COP",
        "createdAt": iso(now),
    }
    change_balance(-total)
    for row in rows:
        STORE.put("payout_row", row["id"], row, due=after(BANK_SECONDS))
    return STORE.put("payout", key, batch)


def _row(asked: dict[str, Any], batch: str, now: float, verdict: str) -> dict[str, Any]:
    bank = next(bank for bank in BANKS if bank["id"] == asked["bankId"])
    # Ours: an account that ends in 07 does not exist.
    failure = "D07" if asked["accountNumber"].endswith("07") or verdict == "FAILED" else None
    return {
        "id": str(uuid.uuid4()),
        "payoutId": batch,
        "reference": asked.get("reference", ""),
        "status": "PENDING",
        "amountInCents": asked["amount"],
        "currency": "COP",
        "createdAt": iso(now),
        "payeeInfo": {"name": asked["name"], "bankCode": bank["code"]},
        "failureReason": None,
        "_failure": failure,
        "_account": asked["accountNumber"],
    }


def public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def decide_due(now: float) -> None:
    for row in STORE.due("payout_row", now):
        decide(row["id"])


def decide(key: str) -> None:
    """Give a row its end, once; a failed one returns its money to the balance."""
    with STORE.together():
        row = STORE.get("payout_row", key)
        if row is None or row["status"] != "PENDING":
            return
        row["status"] = "FAILED" if row["_failure"] else "APPROVED"
        if row["_failure"]:
            row["failureReason"] = {"code": row["_failure"], "message": FAILURES[row["_failure"]]}
            change_balance(row["amountInCents"])
        STORE.put("payout_row", key, row)
        signed = ["transaction.id", "transaction.status", "transaction.amountInCents"]
        announce("payouts", "transaction.updated", "transaction", public(row), signed)
        _close_batch(row["payoutId"])


def _close_batch(key: str) -> None:
    batch = STORE.get("payout", key)
    rows = STORE.find("payout_row", payoutId=key)
    if batch is None:
        return
    is_open = any(row["status"] == "PENDING" for row in rows)
    batch["status"] = "PARTIAL_PAYMENT" if is_open else "TOTAL_PAYMENT"
    STORE.put("payout", key, batch)
    signed = ["payout.id", "payout.status", "payout.amountInCents"]
    announce("payouts", "payout.updated", "payout", batch, signed)
