"""e-Mola Mozambique's gateway: push a PIN prompt, pay a person, ask what became of it."""

import html
import json
import re
import time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from . import emola_wire as wire
from .emola_plans import ASKING, PLANS, TEXTS, TROUBLES, USUAL, Plan
from .events import queue_unsigned
from .faults import cut_line
from .keys import KEYS
from .memory import STORE, after, switch

PUSH, QUERY, DISBURSE = "pushUssdMessage", "pushUssdQueryTrans", "pushUssdDisbursementB2C"
OPERATIONS = {PUSH: "C2B", DISBURSE: "B2C"}
PARAMS = {
    PUSH: {"partnerCode", "msisdn", "smsContent", "transAmount", "transId", "language", "refNo", "key"},
    DISBURSE: {"partnerCode", "msisdn", "smsContent", "transAmount", "transId", "key"},
    QUERY: {"partnerCode", "transId", "transType", "key"},
}
# What each parameter looks like, and the code of one that does not.
RULES = {
    "msisdn": (r"8[67][0-9]{7}", "07"),
    "transAmount": (r"[1-9][0-9]{0,4}", "06"),
    "smsContent": (r"[ -~]{1,150}", "08"),
    "transId": (r"[A-Za-z0-9]{15,30}", "09"),
    "refNo": (r"[A-Za-z0-9]{1,20}", "23"),
    "language": (r"pt|en", "24"),
    "transType": (r"C2B|B2C", "24"),
}


class Wrong(Exception):
    """The business behind the gateway says no: the second layer's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def serve(request: HttpRequest) -> HttpResponse:
    """The one address: who calls, which operation, with what."""
    if request.method != "POST":
        return HttpResponse(status=405)
    try:
        call = _known_caller(request)
    except wire.Turned as turned:
        return wire.turn_away(turned.error)
    try:
        _check(call.params)
        if call.wscode == QUERY:
            return _query(call.params)
        payment, plan = _remember(call)
    except Wrong as wrong:
        return wire.answer(call.wscode, wrong.code)
    _hold_line(payment, plan)
    return _end_of_line(request, call.wscode, payment, plan)


def _known_caller(request: HttpRequest) -> wire.Call:
    call = wire.read(request)
    if switch("emola_wrong_ip") == "gateway":
        raise wire.Turned("8000")
    if (call.username, call.password) != (KEYS.emola_username, KEYS.emola_password):
        raise wire.Turned("6003")
    if call.wscode not in PARAMS:
        raise wire.Turned("2001")
    if set(call.params) != PARAMS[call.wscode]:
        raise wire.Turned("4000")
    return call


def _check(params: dict[str, str]) -> None:
    if switch("emola_wrong_ip") == "business":
        raise Wrong("02")
    if params["partnerCode"] != KEYS.emola_partner_code:
        raise Wrong("05")
    if params["key"] != KEYS.emola_key:
        raise Wrong("98")
    for name, (pattern, code) in RULES.items():
        if name in params and not re.fullmatch(pattern, params[name], re.ASCII):
            raise Wrong(code)


def _plan_for(phone: str, operation: str) -> Plan:
    ending = phone[-2:]
    plan = PLANS.get(ending, USUAL)
    if ending < "70":
        plan = TROUBLES.get(switch("emola_trouble"), USUAL)
        if switch("emola_ask") and plan is USUAL:
            plan = ASKING
    return USUAL if operation == "B2C" and plan.asks else plan


def _remember(call: wire.Call) -> tuple[dict[str, Any], Plan]:
    params, operation = call.params, OPERATIONS[call.wscode]
    plan = _plan_for(params["msisdn"], operation)
    with STORE.together():
        if STORE.get("emola", params["transId"]):
            raise Wrong("14")
        payment: dict[str, Any] = {
            "id": params["transId"],
            "operation": operation,
            "reference": params.get("refNo", params["transId"]),
            "phone": params["msisdn"],
            "amount": params["transAmount"],
            "text": params["smsContent"],
            "request": f"{time.time_ns()}",
            "state": "waiting",
            "ends": plan.ends,
            "asks": plan.asks,
            "answer_at": after(plan.seconds),
            "over_at": after(plan.over),
            "shy": plan.shy,
        }
        STORE.put("emola", payment["id"], payment)
    return payment, plan


def state_of(payment: dict[str, Any]) -> str:
    """waiting, or the code in which it ended: by the phone page, or by the plan when its time is over."""
    if payment["state"] == "waiting" and time.time() >= payment["over_at"]:
        return str(payment["ends"])
    return str(payment["state"])


def decide(key: str, code: str) -> None:
    """A person answers the prompt on the phone page, unless it is over."""
    with STORE.together():
        payment = STORE.get("emola", key)
        if not payment or not payment["asks"] or state_of(payment) != "waiting":
            return
        STORE.put("emola", key, payment | {"state": code})
    if switch("emola_asynchronous"):
        _call_back(payment, code, seconds=0)


def _hold_line(payment: dict[str, Any], plan: Plan) -> None:
    """A synchronous contract answers when the customer has; an asynchronous one once the push is out."""
    if plan.asks and switch("emola_asynchronous"):
        return
    while time.time() < payment["answer_at"]:
        current = STORE.get("emola", payment["id"])
        if current is None or current["state"] != "waiting":
            return
        time.sleep(0.02)


def _end_of_line(request: HttpRequest, wscode: str, payment: dict[str, Any], plan: Plan) -> HttpResponse:
    if plan.callback:
        _call_back(payment, plan.callback, seconds=max(plan.over - plan.seconds, 0))
    match plan.manner:
        case "gateway":
            return wire.turn_away(plan.code)
        case "http 500":
            return wire.fault()
        case "close":
            return cut_line(request)
    code = plan.code
    if plan.asks:
        current = state_of(STORE.get("emola", payment["id"]) or payment)
        code = "22" if current == "waiting" else current
    return wire.answer(wscode, code, request_id=payment["request"], broken=plan.manner == "broken")


def _query(params: dict[str, str]) -> HttpResponse:
    """errorCode is the state of the original; orgResponseCode says the contrary, as some have seen it."""
    with STORE.together():
        payment = STORE.get("emola", params["transId"])
        if payment is None or payment["operation"] != params["transType"]:
            return wire.answer(QUERY, "15")
        code = state_of(payment)
        if code == "waiting":
            code = "22"
        elif payment["shy"] > 0:
            STORE.put("emola", payment["id"], payment | {"shy": payment["shy"] - 1})
            code = "15"
    origin = "03" if code == "0" else "01"
    return wire.answer(QUERY, code, request_id=payment["request"], origin=origin)


def _call_back(payment: dict[str, Any], code: str, *, seconds: float) -> None:
    """Posted once to the registered address, in one of the three forms that were seen, unsigned."""
    kind, body = _told(payment, code)
    older = _told(payment, "11")[1]
    url = switch("emola_callback_url")
    queue_unsigned("emola", url, body, content_type=kind, seconds=seconds, older=older)


def _told(payment: dict[str, Any], code: str) -> tuple[str, str]:
    told = {
        "reqeustId": payment["request"],
        "transId": payment["id"],
        "refNo": payment["reference"],
        "errorCode": code,
        "message": TEXTS[code],
    }
    if switch("emola_callback_form") == "form":
        return "application/x-www-form-urlencoded", urlencode(told)
    if switch("emola_callback_form") == "xml":
        inner = "".join(f"<{name}>{html.escape(value)}</{name}>" for name, value in told.items())
        return "text/xml; charset=UTF-8", f"<callback>{inner}</callback>"
    return "application/json", json.dumps(told)
