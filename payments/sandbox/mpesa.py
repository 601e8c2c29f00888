"""M-Pesa Mozambique's API: charge a customer, pay a person, ask what became of it."""

import base64
import binascii
import json
import re
import time
import uuid
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.http import HttpRequest, HttpResponse, JsonResponse

from .events import queue_unsigned
from .faults import cut_line, firewall
from .keys import KEYS
from .memory import STORE, after, switch
from .mpesa_plans import ASKING, PLANS, TEXTS, TROUBLES, USUAL, Plan


class Wrong(Exception):
    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


def answer(code: str, text: str = "", **fields: str) -> JsonResponse:
    status, usual = TEXTS[code]
    return JsonResponse(
        {
            "output_ConversationID": fields.get("conversation", ""),
            "output_ResponseCode": code,
            "output_ResponseDesc": text or usual,
            "output_ThirdPartyReference": fields.get("third", ""),
            "output_TransactionID": fields.get("transaction", ""),
        },
        status=201 if code == "INS-0" else status,
    )


def check_caller(request: HttpRequest) -> HttpResponse | None:
    """The firewall first, then the key; None when the caller may go on."""
    if not request.headers.get("User-Agent"):
        return firewall(403)
    if not _knows_key(request.headers.get("Authorization", "")):
        return answer("INS-2")
    if request.headers.get("Origin") not in (KEYS.mpesa_origin, "*"):
        return answer("INS-26")  # ours: nobody has published what the real one does
    return None


def _knows_key(header: str) -> bool:
    kind, _, token = header.partition(" ")
    key = load_pem_private_key(KEYS.mpesa_sandbox_private_key.encode(), password=None)
    if kind != "Bearer" or not isinstance(key, RSAPrivateKey):
        return False
    try:
        return key.decrypt(base64.b64decode(token, validate=True), PKCS1v15()) == KEYS.mpesa_api_key.encode()
    except (ValueError, binascii.Error):
        return False


def charge(request: HttpRequest) -> HttpResponse:
    """C2B: the line stays open until the customer has typed a PIN, or has not."""
    return _move(request, "C2B")


def pay_out(request: HttpRequest) -> HttpResponse:
    """B2C: no PIN, an answer within seconds."""
    return _move(request, "B2C")


def _move(request: HttpRequest, operation: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405)
    refused = check_caller(request)
    if refused:
        return refused
    third = ""
    try:
        body = read_body(request)
        third = str(body.get("input_ThirdPartyReference", ""))[:50]
        _check(body)
        payment, plan = _remember(body, operation)
    except Wrong as wrong:
        return answer(wrong.code, wrong.text, third=third)
    hold_line(payment, plan)
    return end_of_line(request, payment, plan)


def read_body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Wrong("INS-21") from None
    if not isinstance(body, dict) or request.content_type != "application/json":
        raise Wrong("INS-21")
    return body


def _check(body: dict[str, Any]) -> None:
    names = ("TransactionReference", "CustomerMSISDN", "Amount", "ThirdPartyReference", "ServiceProviderCode")
    values = {name: body.get(f"input_{name}") for name in names}
    if any(value in (None, "") for value in values.values()):
        raise Wrong("INS-20")
    text = {name: str(value) for name, value in values.items()}
    if not re.fullmatch(r"[A-Za-z0-9]{1,20}", text["TransactionReference"]):
        raise Wrong("INS-17")
    if not re.fullmatch(r"[A-Za-z0-9]{1,50}", text["ThirdPartyReference"]):
        raise Wrong("INS-19")
    if text["ServiceProviderCode"] != KEYS.mpesa_service_provider_code:
        raise Wrong("INS-13")
    if not re.fullmatch(r"2588[45][0-9]{7}", text["CustomerMSISDN"]):
        raise Wrong("INS-2051")
    if not re.fullmatch(r"-?[0-9]{1,8}([.][0-9]{1,2})?", text["Amount"]):
        raise Wrong("INS-15")
    if Decimal(text["Amount"]) <= 0:
        raise Wrong("INS-13", "Invalid Amount Used")  # as measured on the real one


def _plan_for(phone: str, operation: str) -> Plan:
    ending = phone[-2:]
    plan = PLANS.get(ending, USUAL)
    if ending < "80":
        plan = TROUBLES.get(switch("mpesa_trouble"), USUAL)
        if switch("mpesa_ask") and plan is USUAL:
            plan = ASKING
    return USUAL if operation == "B2C" and plan.asks else plan


def _remember(body: dict[str, Any], operation: str) -> tuple[dict[str, Any], Plan]:
    third = str(body["input_ThirdPartyReference"])
    phone = str(body["input_CustomerMSISDN"])
    with STORE.together():
        if STORE.get("mpesa", third):
            raise Wrong("INS-10")
        plan = _plan_for(phone, operation)
        if plan.busy and len(STORE.find("mpesa_busy", phone=phone)) < plan.busy:
            STORE.put("mpesa_busy", third, {"phone": phone})
            plan = Plan(code="INS-16", seconds=0.2, ends="Failed")
        over = after(plan.seconds)
        payment = {
            "id": third,
            "operation": operation,
            "reference": str(body["input_TransactionReference"]),
            "phone": phone,
            "amount": str(body["input_Amount"]),
            "conversation": uuid.uuid4().hex,
            "transaction": uuid.uuid4().hex[:12],
            "state": "waiting",
            "ends": plan.ends,
            "asks": plan.asks,
            "opened_at": time.time(),
            "over_at": over,
            "shy": plan.shy,
        }
        STORE.put("mpesa", third, payment)
    return payment, plan


def state_of(payment: dict[str, Any]) -> str:
    """waiting, or how it ended: the PIN typed on the phone page, or the plan when its time is over."""
    if payment["state"] == "waiting" and time.time() >= payment["over_at"]:
        return str(payment["ends"])
    return str(payment["state"])


def decide(key: str, state: str) -> None:
    """A person answers the prompt on the phone page, unless it is over."""
    with STORE.together():
        payment = STORE.get("mpesa", key)
        if payment and payment["asks"] and state_of(payment) == "waiting":
            STORE.put("mpesa", key, payment | {"state": state})


def hold_line(payment: dict[str, Any], plan: Plan) -> None:
    """Asynchronous payments answer at once; the others when it is over."""
    while not plan.manner.startswith("async"):
        current = STORE.get("mpesa", payment["id"])
        if current is None or state_of(current) != "waiting":
            return
        time.sleep(0.02)


def end_of_line(request: HttpRequest, payment: dict[str, Any], plan: Plan) -> HttpResponse:
    known = {"conversation": payment["conversation"], "third": payment["id"]}
    match plan.manner:
        case "firewall":
            return firewall(504)
        case "firewall 403":
            return firewall(403)
        case "close":
            return cut_line(request)
        case "async" | "async lost":
            if plan.manner == "async":
                _queue_result(payment, plan)
            return answer("INS-0", **known)
        case "no id":
            return answer("INS-0", **known)
    code = plan.code
    if plan.asks:
        current = STORE.get("mpesa", payment["id"]) or payment
        code = {"Completed": "INS-0", "Cancelled": "INS-5"}.get(state_of(current), "INS-9")
    if code == "INS-0":
        known["transaction"] = payment["transaction"]
    return answer(code, **known)


def _queue_result(payment: dict[str, Any], plan: Plan) -> None:
    result = {
        "input_OriginalConversationID": payment["conversation"],
        "input_ThirdPartyReference": payment["id"],
        "input_TransactionID": payment["transaction"],
        "input_ResultCode": "0",
        "input_ResultDesc": "Success",
    }
    older = result | {"input_ResultCode": "INS-9", "input_ResultDesc": TEXTS["INS-9"][1]}
    queue_unsigned(
        "mpesa",
        switch("mpesa_response_url"),
        json.dumps(result),
        seconds=plan.seconds,
        older=json.dumps(older),
    )


def query(request: HttpRequest) -> HttpResponse:
    """INS-0 only says that the question was understood; the state is in a field of its own."""
    if request.method != "GET":
        return HttpResponse(status=405)
    refused = check_caller(request)
    if refused:
        return refused
    asked = request.GET
    third = asked.get("input_ThirdPartyReference", "")
    names = ("input_ThirdPartyReference", "input_QueryReference", "input_ServiceProviderCode")
    if not all(asked.get(name) for name in names):
        return answer("INS-20", third=third)
    if asked["input_ServiceProviderCode"] != KEYS.mpesa_service_provider_code:
        return answer("INS-13", third=third)
    with STORE.together():
        if STORE.get("mpesa_question", third) is not None or STORE.get("mpesa", third):
            return answer("INS-10", third=third)
        STORE.put("mpesa_question", third, {})
        status = _status_of(asked["input_QueryReference"])
    if status is None:
        return answer("INS-18", third=third)
    words = {
        "output_ConversationID": uuid.uuid4().hex,
        "output_ResponseCode": "INS-0",
        "output_ResponseDesc": TEXTS["INS-0"][1],
        "output_ThirdPartyReference": third,
        "output_ResponseTransactionStatus": status,
    }
    return JsonResponse(words)


def _status_of(asked: str) -> str | None:
    fields = ("id", "conversation", "transaction", "reference")
    payment = next((found[0] for field in fields if (found := STORE.find("mpesa", **{field: asked}))), None)
    if payment is None:
        return None
    state = state_of(payment)
    if state == "waiting":
        return "N/A"
    if payment["shy"] > 0:
        STORE.put("mpesa", payment["id"], payment | {"shy": payment["shy"] - 1})
        return "N/A"
    return state
