"""What Wompi refuses, in the order in which it refuses: one problem at a time."""

import hashlib
import re
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse

from .keys import KEYS
from .memory import STORE
from .wompi import BANKS

MAX_INSTALLMENTS = 36  # ours: Wompi publishes no range
_ENVIRONMENT = re.compile(r"(pub|prv)_test_\w+")


class Wrong(Exception):
    """A refusal in the envelope of Wompi."""

    def __init__(self, status: int, error: Mapping[str, object]) -> None:
        super().__init__(str(error))
        self.status, self.error = status, error

    @property
    def response(self) -> JsonResponse:
        return JsonResponse({"error": self.error}, status=self.status)


def invalid(field: str, message: str) -> Wrong:
    return Wrong(422, {"type": "INPUT_VALIDATION_ERROR", "messages": {field: [message]}})


def not_found() -> Wrong:
    return Wrong(404, {"type": "NOT_FOUND_ERROR", "reason": "La entidad solicitada no existe"})


def bearer(request: HttpRequest) -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def require_key(request: HttpRequest, *, private: bool = False) -> None:
    key = bearer(request)
    if not key:
        reason = "Se esperaba una llave pública o privada pero no se recibió ninguna"
        raise Wrong(401, {"type": "INVALID_ACCESS_TOKEN", "reason": reason})
    if not _ENVIRONMENT.fullmatch(key):
        reason = f"La llave proporcionada no corresponde a este ambiente, se recibió: {key}"
        raise Wrong(401, {"type": "INVALID_ACCESS_TOKEN", "reason": reason})
    known = [KEYS.wompi_private_key] if private else [KEYS.wompi_private_key, KEYS.wompi_public_key]
    if key not in known:
        raise Wrong(401, {"type": "INVALID_ACCESS_TOKEN", "reason": "Llave no válida"})


def check_transaction(request: HttpRequest, body: Mapping[str, Any]) -> None:
    """Raises Wrong. Form first, then key, acceptance token (spent here), signature, reference."""
    _check_form(body)
    require_key(request)
    _spend_acceptance(body)
    _check_signature(body)
    if STORE.find("transaction", reference=body["reference"]):
        raise invalid("reference", "La referencia ya ha sido usada")


def _check_form(body: Mapping[str, Any]) -> None:
    method = body.get("payment_method")
    if not isinstance(method, dict):
        reason = "No se especificó método de pago o fuente de pago"
        raise Wrong(422, {"type": "INPUT_VALIDATION_ERROR", "reason": reason})
    amount = body.get("amount_in_cents")
    if type(amount) is not int or not 1 <= amount <= 10**12:
        raise invalid("amount_in_cents", "Debe ser un entero mayor que 0")
    if body.get("currency") != "COP":
        raise invalid("currency", "Moneda no soportada")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", str(body.get("customer_email", ""))):
        raise invalid("customer_email", "Formato inválido")
    if not 1 <= len(_string(body, "reference")) <= 255:
        raise invalid("reference", "Debe tener entre 1 y 255 caracteres")
    expires = body.get("expiration_time")
    if expires is not None and not _is_coming(expires):
        raise invalid("expiration_time", "Debe ser una fecha ISO 8601 en el futuro")
    _check_method(method, body)
    for name in ("acceptance_token", "accept_personal_auth"):
        if not _string(body, name):
            raise invalid(name, "No está presente")


def _check_method(method: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    match method.get("type"):
        case "CARD":
            if not re.fullmatch(r"tok_test_\w+", _string(method, "token")):
                raise invalid("token", "Formato inválido")
            if STORE.get("card_token", method["token"]) is None:
                raise invalid("token", "El token de tarjeta no existe")
            count = method.get("installments", 1)
            if type(count) is not int or not 1 <= count <= MAX_INSTALLMENTS:
                raise invalid("installments", f"Debe estar entre 1 y {MAX_INSTALLMENTS}")
        case "NEQUI":
            if not re.fullmatch(r"[0-9]{10}", _string(method, "phone_number")):
                raise invalid("phone_number", 'debe coincidir con el patron "^\\d{10}$"')
        case "PSE":
            _check_pse(method, body)
        case "BANCOLOMBIA_TRANSFER":
            if not re.fullmatch(r"[^']{1,64}", _string(method, "payment_description")):
                raise invalid("payment_description", "Debe tener entre 1 y 64 caracteres, sin apóstrofes")
        case _:
            raise invalid("type", "Método de pago no soportado")


def _check_pse(method: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    if type(method.get("user_type")) is not int or method["user_type"] not in (0, 1):
        raise invalid("user_type", "Debe ser 0 o 1")
    if method.get("user_legal_id_type") not in ("CC", "NIT"):
        raise invalid("user_legal_id_type", "Debe ser CC o NIT")
    if not re.fullmatch(r"[0-9]{1,20}", _string(method, "user_legal_id")):
        raise invalid("user_legal_id", "Formato inválido")
    if _string(method, "financial_institution_code") not in BANKS:
        raise invalid("financial_institution_code", "La entidad financiera no existe")
    if not 1 <= len(_string(method, "payment_description")) <= 30:
        raise invalid("payment_description", "Debe tener entre 1 y 30 caracteres")
    customer = body.get("customer_data")
    for name in ("full_name", "phone_number"):
        if not isinstance(customer, dict) or not _string(customer, name):
            raise invalid(f"customer_data.{name}", "No está presente")


def _string(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _is_coming(text: Any) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return moment.tzinfo is not None and moment.timestamp() > time.time()


def _spend_acceptance(body: Mapping[str, Any]) -> None:
    """Each token serves once, whatever comes of the request after this."""
    kinds = {"acceptance_token": "END_USER_POLICY", "accept_personal_auth": "PERSONAL_DATA_AUTH"}
    with STORE.together():
        tokens = {name: STORE.get("acceptance", body[name]) for name in kinds}
        for name, token in tokens.items():
            if token is None or token["type"] != kinds[name]:
                raise invalid(name, "El token de aceptación es inválido")
            if token["used"]:
                raise invalid(name, "El token de aceptación ya fue usado")
        for name, token in tokens.items():
            STORE.put("acceptance", body[name], (token or {}) | {"used": True})


def _check_signature(body: Mapping[str, Any]) -> None:
    if body.get("signature") is None:
        raise invalid("signature", "Firma de integridad requerida no enviada")
    expires = body.get("expiration_time") or ""
    right = signature_of(body["reference"], str(body["amount_in_cents"]), expires)
    if body["signature"] != right:
        raise invalid("signature", "La firma es inválida")


def signature_of(reference: str, cents: str, expires: str) -> str:
    words = f"{reference}{cents}COP{expires}{KEYS.wompi_integrity_secret}"
    return hashlib.sha256(words.encode()).hexdigest()
