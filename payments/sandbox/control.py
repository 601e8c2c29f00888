"""How tests steer the pretend companies: JSON in, JSON out, under /control/. No real company has this."""

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from . import emola, mpesa, payouts, payu, stripe, wompi
from .memory import STORE, turn
from .phone import EMOLA_ANSWERS, MPESA_ANSWERS, prompts
from .wompi_pages import VERDICTS

KINDS = {
    "transactions": "transaction",
    "mpesa": "mpesa",
    "emola": "emola",
    "payouts": "payout",
    "rows": "payout_row",
    "sessions": "stripe_session",
    "stripe_refunds": "stripe_refund",
    "disputes": "stripe_dispute",
    "events": "event",
    "payu": "payu",
    "efecty": "efecty",
    "payu_orders": "payu_order",
    "payu_refunds": "payu_refund",
}


def _body(request: HttpRequest) -> dict[str, Any]:
    return json.loads(request.body or b"{}")


@require_POST
def forget_everything(request: HttpRequest) -> HttpResponse:
    STORE.forget_everything()
    return JsonResponse({})


@require_POST
def set_switches(request: HttpRequest) -> HttpResponse:
    for name, value in _body(request).items():
        turn(name, value)
    return JsonResponse({})


@require_POST
def add_fault(request: HttpRequest) -> HttpResponse:
    """{"on": "POST /wompi/v1/transactions", "kind": "swallow", "times": 1}: see faults.py."""
    fault: dict[str, Any] = {"id": uuid.uuid4().hex, "times": 1, "seconds": 5} | _body(request)
    STORE.put("fault", fault["id"], fault)
    return JsonResponse(fault)


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """{"reference": ours, "answer": approve | refuse | expire | fail}, whoever was to decide."""
    body = _body(request)
    for each in STORE.find("transaction", reference=body["reference"]):
        wompi.decide(each["id"], VERDICTS[body["answer"]])
    for each in STORE.find("mpesa", reference=body["reference"]):
        mpesa.decide(each["id"], MPESA_ANSWERS.get(body["answer"], "Failed"))
    for each in STORE.find("emola", reference=body["reference"]):
        emola.decide(each["id"], EMOLA_ANSWERS.get(body["answer"], "03"))
    for each in STORE.find("payu", reference=body["reference"], type="AUTHORIZATION_AND_CAPTURE"):
        payu.answer(each, body["answer"])
    for each in STORE.find("stripe_session", client_reference_id=body["reference"]):
        stripe.decide(each["id"], body["answer"])
    for each in STORE.find("payout_row", reference=body["reference"]):
        failure = None if body["answer"] == "approve" else "D07"
        STORE.put("payout_row", each["id"], each | {"_failure": failure})
        payouts.decide(each["id"])
    return JsonResponse({})


@require_GET
def list_kept(request: HttpRequest, kind: str) -> HttpResponse:
    """Everything remembered of one kind, newest first, with the notes of the sandbox itself."""
    if kind == "prompts":
        return JsonResponse({"found": prompts()})
    if kind == "calls":
        return JsonResponse({"found": STORE.calls()})
    return JsonResponse({"found": STORE.find(KINDS[kind])})


def trap(request: HttpRequest) -> HttpResponse:
    """Where redirected callers would land, were they to follow."""
    STORE.note_call(request.method or "", request.path, 200, STORE.generation)
    return JsonResponse({"data": "You should not have come here"})
