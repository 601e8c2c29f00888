"""Wompi's payouts API ("Pagos a Terceros"), as wompi.md section 17 documents it."""

import json
import re
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from . import payouts
from .keys import KEYS
from .memory import STORE

View = Callable[..., HttpResponse]


class Wrong(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = JsonResponse({"code": code, "message": message}, status=status)


def api(*methods: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, **captured: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Wrong(404, "EXC_004", "Ruta no encontrada")
                _require_keys(request)
                return view(request, **captured)
            except Wrong as wrong:
                return wrong.response

        return wrapped

    return decorate


def _require_keys(request: HttpRequest) -> None:
    if request.headers.get("x-api-key") != KEYS.wompi_payouts_api_key:
        raise Wrong(401, "EXC_003", "x-api-key inválida")
    if request.headers.get("user-principal-id") != KEYS.wompi_payouts_user_principal_id:
        raise Wrong(401, "EXC_003", "user-principal-id inválido")


def _answer(found: object, status: int = 200) -> JsonResponse:
    return JsonResponse({"status": status, "code": "OK", "data": found}, status=status)


def _page(records: list[dict[str, Any]]) -> JsonResponse:
    return _answer(
        {
            "page": 1,
            "limit": 500,
            "total": len(records),
            "pages": 1,
            "records": [payouts.public(r) for r in records],
        }
    )


@api("GET")
def list_banks(request: HttpRequest) -> HttpResponse:
    return JsonResponse(payouts.BANKS, safe=False)


@api("GET")
def list_accounts(request: HttpRequest) -> HttpResponse:
    account = {
        "id": KEYS.wompi_payouts_account_id,
        "balanceInCents": payouts.balance(),
        "status": "ACTIVE",
        "bank": {"code": "BANCOLOMBIA", "name": "BANCOLOMBIA"},
    }
    return JsonResponse({"data": [account]})


@api("GET")
def show_limits(request: HttpRequest) -> HttpResponse:
    sent = len(STORE.find("payout"))
    limits = {"dailyLimit": 150_000_000_000, "dailyAvailable": 150_000_000_000}
    return JsonResponse({"numberOfTransactionsConsumed": sent, "limits": limits})


@api("GET", "POST")
def batches(request: HttpRequest) -> HttpResponse:
    return _create(request) if request.method == "POST" else _list(request)


def _create(request: HttpRequest) -> HttpResponse:
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", key):
        raise Wrong(400, "EXC_002", "idempotency-key: 1 a 64 letras, dígitos o guiones")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Wrong(400, "EXC_002", "El cuerpo no es JSON") from None
    with STORE.together():
        used = STORE.get("idempotency", key)
        if used and time.time() - used["at"] < 24 * 3600:
            raise Wrong(409, "EXC_022", "La llave de idempotencia ya fue procesada")
        _check(body)
        batch = payouts.open_batch(body)
        STORE.put("idempotency", key, {"at": time.time()})
    made = {"payoutId": batch["id"], "transactions": batch["totalTransactions"]}
    answer = {
        "status": 201,
        "code": "OK",
        "message": "Solicitud ejecutada correctamente.",
        "meta": {"trace_id": str(uuid.uuid4())},
        "data": made | {"success": batch["totalTransactions"], "failed": 0},
    }
    return JsonResponse(answer, status=201)


def _check(body: Any) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("reference"), str) or not body["reference"]:
        raise Wrong(400, "EXC_002", "reference: requerida")
    if body.get("accountId") != KEYS.wompi_payouts_account_id:
        raise Wrong(400, "EXC_019", "La cuenta no se puede usar")
    if body.get("paymentType") not in ("PAYROLL", "PROVIDERS", "OTHER"):
        raise Wrong(400, "EXC_002", "paymentType: PAYROLL, PROVIDERS u OTHER")
    if body.get("transactionStatus", "APPROVED") not in ("APPROVED", "FAILED"):
        raise Wrong(400, "EXC_002", "transactionStatus: APPROVED o FAILED")
    rows = body.get("transactions")
    if not isinstance(rows, list) or not rows:
        raise Wrong(400, "EXC_002", "transactions: requeridas")
    for row in rows:
        _check_row(row)
    if sum(row["amount"] for row in rows) > payouts.balance():
        raise Wrong(400, "EXC_008", "Saldo insuficiente")


def _check_row(row: Any) -> None:
    allowed = {
        "legalIdType": r"CC|NIT|CE",
        "legalId": r"[0-9A-Za-z]{4,20}",
        "accountType": r"AHORROS|CORRIENTE",
        "accountNumber": r"(?!0+$)[0-9]{6,20}",
        "name": r".{1,120}",
        "bankId": "|".join(str(bank["id"]) for bank in payouts.BANKS),
    }
    for name, pattern in allowed.items():
        value = row.get(name) if isinstance(row, dict) else None
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Wrong(400, "EXC_002", f"transactions.{name}: formato inválido")
    if type(row.get("amount")) is not int or row["amount"] < 1:
        raise Wrong(400, "EXC_002", "transactions.amount: entero de centavos mayor que 0")


def _list(request: HttpRequest) -> HttpResponse:
    wanted = {name: request.GET[name] for name in ("reference", "id") if name in request.GET}
    found = STORE.find("payout", **wanted)
    statuses = request.GET.get("status", "")
    return _page([each for each in found if not statuses or each["status"] in statuses.split(",")])


@api("GET")
def show_batch(request: HttpRequest, key: str) -> HttpResponse:
    batch = STORE.get("payout", key)
    if batch is None:
        raise Wrong(404, "EXC_004", "El lote no existe")
    return _answer(batch)


@api("GET")
def list_rows(request: HttpRequest, key: str) -> HttpResponse:
    return _page(STORE.find("payout_row", payoutId=key))


@api("GET")
def show_row(request: HttpRequest, key: str, row: str) -> HttpResponse:
    found = STORE.get("payout_row", row)
    if found is None or found["payoutId"] != key:
        raise Wrong(404, "EXC_004", "La transacción no existe")
    return _answer(payouts.public(found))


@api("GET")
def show_rows_of(request: HttpRequest, reference: str) -> HttpResponse:
    return _answer([payouts.public(row) for row in STORE.find("payout_row", reference=reference)])


@api("POST")
def recharge(request: HttpRequest) -> HttpResponse:
    try:
        body = json.loads(request.body)
        cents = body["amountInCents"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Wrong(400, "EXC_002", "amountInCents: requerido") from None
    if body.get("accountId") != KEYS.wompi_payouts_account_id or type(cents) is not int:
        raise Wrong(400, "EXC_019", "La cuenta no se puede usar")
    if not 1_000_00 <= cents <= 50_000_000_00:
        raise Wrong(400, "EXC_002", "Entre COP 1.000 y COP 50.000.000")
    payouts.change_balance(cents)
    return _answer({"balanceInCents": payouts.balance()}, 201)


def show_health(request: HttpRequest) -> HttpResponse:
    return _answer({"status": "HEALTHY"})
