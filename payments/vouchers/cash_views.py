"""Where the network of counters reports cash: JSON, signed like Stripe's events (efecty.md, section 5)."""

import hashlib
import hmac
import json
import time
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.vouchers import cash
from payments.webhook_views import body_length

log = structlog.get_logger(__name__)

TOLERANCE = 300
LARGEST_BODY = 64 * 1024
OLDEST_YEAR = 2000  # nobody could read back a time that its zone moves out of the calendar
HEADER = "X-Efecty-Signature"

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    cash.BadLength: (422, "not eleven digits"),
    cash.BadCheckDigit: (422, "bad check digit"),
    cash.UnknownCode: (404, "unknown code"),
    cash.WrongAmount: (422, "wrong amount"),
    cash.WrongState: (409, "wrong state"),
    cash.ReceiptUsed: (409, "receipt used for another code"),
}


class Unreadable(Exception):
    """The body is not a confirmation."""


@csrf_exempt
@require_POST
def take_confirmation(request: HttpRequest) -> JsonResponse:
    """200 with the state of the code; the same confirmation again answers the same."""
    if body_length(request) > LARGEST_BODY:
        return _no(413, "too large")
    if not is_signed(request.headers.get(HEADER, ""), request.body):
        return _no(401, "bad signature")
    try:
        facts = read(request.body)
        code = cash.report(**facts)
    except Unreadable as error:
        return _no(400, str(error))
    except tuple(_REFUSALS) as error:
        return _no(*_REFUSALS[type(error)])
    return JsonResponse({"code": code.code, "status": code.status.upper()})


def is_signed(header: str, body: bytes, *, now: float | None = None) -> bool:
    """`t=<unix>,v1=<hex>`, HMAC-SHA256 over `<t>.<body>` with any of our secrets; 300 s old at most."""
    parts = [part.partition("=") for part in header.split(",")]
    moments = [value for name, _sep, value in parts if name.strip() == "t"]
    if len(moments) != 1 or not (moments[0].isascii() and moments[0].isdigit() and len(moments[0]) < 13):
        return False
    if abs((time.time() if now is None else now) - int(moments[0])) > TOLERANCE:
        return False
    signed = moments[0].encode() + b"." + body
    given = [value.strip() for name, _sep, value in parts if name.strip() == "v1"]
    secrets = [each for each in settings.EFECTY_AGENT_SECRETS if each]
    right = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in right for other in given)


def read(body: bytes) -> dict[str, Any]:
    """What cash.report() wants to know. Raises Unreadable."""
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    code, receipt, point = (_text(found, name) for name in ("code", "receipt_number", "point_id"))
    try:
        amount, paid_at = Decimal(str(found.get("amount"))), datetime.fromisoformat(_text(found, "paid_at"))
    except (InvalidOperation, ValueError):
        raise Unreadable("amount or paid_at") from None
    if not amount.is_finite() or paid_at.tzinfo is None or paid_at.year < OLDEST_YEAR:
        raise Unreadable("amount or paid_at")
    return {"code": code, "amount": amount, "paid_at": paid_at, "receipt_number": receipt, "point": point}


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 40 or not value.isprintable():
        raise Unreadable(name)
    return value.strip()


def _no(status: int, why: str) -> JsonResponse:
    log.warning("cash_refused", why=why, status=status)
    return JsonResponse({"error": why}, status=status)
