"""Wompi's payments API, as wompi.md documents it."""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from . import wompi
from .events import iso
from .keys import KEYS
from .memory import STORE, switch
from .wompi_checks import Wrong, bearer, check_transaction, invalid, not_found, require_key

View = Callable[..., HttpResponse]


def api(*methods: str) -> Callable[[View], View]:
    """Refusals become envelopes, and browsers of any origin may call (cards are tokenised there)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, **captured: str) -> HttpResponse:
            try:
                if request.method == "OPTIONS":
                    response = HttpResponse(status=204)
                elif request.method not in methods:
                    raise Wrong(404, {"type": "NOT_FOUND_ERROR", "reason": "Ruta no encontrada"})
                else:
                    response = view(request, **captured)
            except Wrong as wrong:
                response = wrong.response
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response["Access-Control-Max-Age"] = "600"
            return response

        return wrapped

    return decorate


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Wrong(422, {"type": "INPUT_VALIDATION_ERROR", "reason": "El cuerpo no es JSON válido"})
    return body


def _answer(found: object, status: int = 200) -> JsonResponse:
    return JsonResponse({"data": found, "meta": {}}, status=status)


@api("GET")
def show_merchant(request: HttpRequest, public_key: str) -> HttpResponse:
    if not re.fullmatch(r"pub_(test|prod)_\w+", public_key):
        raise invalid("public_key", "Formato inválido")
    if public_key != KEYS.wompi_public_key:
        raise not_found()
    merchant = {
        "id": wompi.MERCHANT_ID,
        "name": "MeStore (sandbox)",
        "legal_name": "MeStore S.A.S.",
        "legal_id": "900123456",
        "legal_id_type": "NIT",
        "active": True,
        "logo_url": None,
        "public_key": public_key,
        "accepted_currencies": ["COP"],
        "accepted_payment_methods": _enabled(),
        "payment_methods": [{"name": name, "payment_processors": []} for name in _enabled()],
        "presigned_acceptance": _acceptance(request, "END_USER_POLICY"),
        "presigned_personal_data_auth": _acceptance(request, "PERSONAL_DATA_AUTH"),
    }
    return _answer(merchant)


def _enabled() -> list[str]:
    return [name for name in wompi.METHODS if name != switch("wompi_without")]


def _acceptance(request: HttpRequest, kind: str) -> dict[str, str]:
    """A new token for every asking; each can be spent once."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    content = {"jti": secrets.token_hex(8), "type": kind, "exp": int(time.time()) + 3600}
    token = f"{part({'alg': 'HS256'})}.{part(content)}.{secrets.token_urlsafe(24)}"
    STORE.put("acceptance", token, {"type": kind, "used": False})
    page = request.build_absolute_uri(f"/wompi/terms/{kind.lower()}/")
    return {"acceptance_token": token, "permalink": page, "type": kind}


@api("POST")
def create_card_token(request: HttpRequest) -> HttpResponse:
    body = _body(request)
    number = body.get("number")
    if not isinstance(number, str) or not re.fullmatch(r"[0-9]{12,19}", number):
        raise invalid("number", 'debe coincidir con el patron "^\\d{12,19}$"')
    if not _passes_luhn(number):
        raise invalid("number", "El número de tarjeta es inválido. Luhn check falló.")
    _check_card_words(body)
    if bearer(request) != KEYS.wompi_public_key:
        error = {"type": "NOT_FOUND", "code": "MERCHANT_NOT_FOUND", "reason": "Merchant not found"}
        raise Wrong(404, error)
    brand = {"4": "VISA", "5": "MASTERCARD", "3": "AMEX"}.get(number[0], "VISA")
    key = f"tok_test_{wompi.MERCHANT_ID}_{secrets.token_hex(16)}"
    token = {
        "id": key,
        "created_at": iso(time.time()).replace("Z", "+00:00"),
        "brand": brand,
        "name": f"{brand}-{number[-4:]}",
        "last_four": number[-4:],
        "bin": number[:6],
        "exp_year": body["exp_year"],
        "exp_month": body["exp_month"],
        "card_holder": body["card_holder"],
        "expires_at": iso(time.time() + 180 * 86400),
    }
    usual = "DECLINED" if number.startswith(wompi.REFUSED_CARDS) else "ERROR"
    STORE.put("card_token", key, token | {"_verdict": wompi.CARDS.get(number, usual)})
    return JsonResponse({"status": "CREATED", "data": token}, status=201)


def _check_card_words(body: dict[str, Any]) -> None:
    patterns = {"cvc": r"[0-9]{3,4}", "exp_month": r"0[1-9]|1[0-2]", "exp_year": r"[0-9]{2}"}
    for name, pattern in patterns.items():
        if not isinstance(body.get(name), str) or not re.fullmatch(pattern, body[name]):
            raise invalid(name, f'debe coincidir con el patron "^{pattern}$"')
    if f"20{body['exp_year']}-{body['exp_month']}" < time.strftime("%Y-%m"):
        raise invalid("exp_year", "La tarjeta está vencida")
    if not isinstance(body.get("card_holder"), str) or len(body["card_holder"]) < 5:
        raise invalid("card_holder", "Debe tener al menos 5 caracteres")


def _passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


@api("GET")
def list_banks(request: HttpRequest) -> HttpResponse:
    require_key(request)
    return _answer(
        [
            {"financial_institution_code": code, "financial_institution_name": name}
            for code, name in wompi.BANKS.items()
        ]
    )


@api("GET", "POST")
def transactions(request: HttpRequest) -> HttpResponse:
    return _create(request) if request.method == "POST" else _search(request)


def _create(request: HttpRequest) -> HttpResponse:
    body = _body(request)
    with STORE.together():
        spoiled = None
        try:
            check_transaction(request, body)
        except Wrong as wrong:
            spoiled = wrong  # A refusal still spends the acceptance token.
        if spoiled is None:
            page = request.build_absolute_uri("/wompi/pse/redirect")
            opened = wompi.open_transaction(body, page)
    if spoiled:
        raise spoiled
    shown = wompi.public(opened)
    shown["payment_method"] = {k: v for k, v in shown["payment_method"].items() if k != "extra"} | (
        {"extra": shown["payment_method"]["extra"]} if body["payment_method"]["type"] == "CARD" else {}
    )
    return _answer(shown, 201)


def _search(request: HttpRequest) -> HttpResponse:
    require_key(request, private=True)
    asked = request.GET
    if "reference" in asked:
        found = STORE.find("transaction", reference=asked["reference"])
    elif {"from_date", "until_date", "page", "page_size"} <= set(asked):
        days = asked["from_date"], asked["until_date"]
        found = [each for each in STORE.find("transaction") if days[0] <= each["created_at"][:10] <= days[1]]
    else:
        raise invalid("from_date", "No está presente")
    if "status" in asked:
        found = [each for each in found if each["status"] == asked["status"]]
    return _answer([wompi.public(each) for each in found])


@api("GET")
def show_transaction(request: HttpRequest, key: str) -> HttpResponse:
    given = bearer(request)
    if given.startswith("prv_") and given != KEYS.wompi_private_key:
        error = {"type": "INVALID_ACCESS_TOKEN", "reason": "El token no tiene suficientes permisos"}
        raise Wrong(403, error)
    transaction = STORE.get("transaction", key)
    if transaction is None:
        raise not_found()
    return _answer(wompi.public(transaction))


@api("POST")
def void_transaction(request: HttpRequest, key: str) -> HttpResponse:
    require_key(request, private=True)
    if STORE.get("transaction", key) is None:
        raise not_found()
    voided = wompi.void(key)
    if voided is None:
        raise invalid("transaction", "La transacción no se puede anular")
    return _answer(wompi.public(voided), 201)
