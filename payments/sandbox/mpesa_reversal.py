"""M-Pesa's reversal: a whole payment goes back, or a part of it."""

import re
import time
import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from .keys import KEYS
from .memory import STORE, after, switch
from .mpesa import Wrong, answer, check_caller, end_of_line, hold_line, read_body, state_of
from .mpesa_plans import TROUBLES, USUAL, Plan

NEEDED = (
    "input_TransactionID",
    "input_SecurityCredential",
    "input_InitiatorIdentifier",
    "input_ThirdPartyReference",
    "input_ServiceProviderCode",
)
AMOUNT = "input_ReversalAmount"
REFUSED = Plan(code="INS-6", seconds=1, ends="Failed")


def reverse(request: HttpRequest) -> HttpResponse:
    """Like a charge, but nobody is asked for a PIN."""
    if request.method != "PUT":
        return HttpResponse(status=405)
    refused = check_caller(request)
    if refused:
        return refused
    third = ""
    try:
        body = read_body(request)
        third = str(body.get("input_ThirdPartyReference", ""))[:50]
        _check(body)
        reversal, plan = _remember(body)
    except Wrong as wrong:
        return answer(wrong.code, wrong.text, third=third)
    hold_line(reversal, plan)
    return end_of_line(request, reversal, plan)


def _check(body: dict[str, Any]) -> None:
    if not all(body.get(name) for name in NEEDED):
        raise Wrong("INS-20")
    if set(body) - {*NEEDED, AMOUNT}:
        raise Wrong("INS-21")
    if body["input_InitiatorIdentifier"] != KEYS.mpesa_initiator_identifier:
        raise Wrong("INS-24")
    if body["input_SecurityCredential"] != KEYS.mpesa_security_credential:
        raise Wrong("INS-25")
    if body["input_ServiceProviderCode"] != KEYS.mpesa_service_provider_code:
        raise Wrong("INS-13")
    if not re.fullmatch(r"[A-Za-z0-9]{1,50}", str(body["input_ThirdPartyReference"])):
        raise Wrong("INS-19")
    if not re.fullmatch(r"[0-9]{1,8}([.][0-9]{1,2})?", str(body.get(AMOUNT, "0"))):
        raise Wrong("INS-15")


def _remember(body: dict[str, Any]) -> tuple[dict[str, Any], Plan]:
    third = str(body["input_ThirdPartyReference"])
    plan = REFUSED if switch("mpesa_refuses_reversals") else TROUBLES.get(switch("mpesa_trouble"), USUAL)
    with STORE.together():
        if STORE.get("mpesa", third):
            raise Wrong("INS-10")
        charge = next(
            iter(STORE.find("mpesa", transaction=body["input_TransactionID"], operation="C2B")), None
        )
        if charge is None or state_of(charge) != "Completed":
            raise Wrong("INS-18")
        left = _left_of(charge)
        amount = Decimal(str(body.get(AMOUNT) or left))
        if not 0 < amount <= left:
            raise Wrong("INS-15")
        reversal = {
            "id": third,
            "operation": "Reversal",
            "of": charge["transaction"],
            "reference": third,
            "phone": charge["phone"],
            "amount": str(amount),
            "conversation": uuid.uuid4().hex,
            "transaction": uuid.uuid4().hex[:12],
            "state": "waiting",
            "ends": plan.ends,
            "asks": False,
            "opened_at": time.time(),
            "over_at": after(plan.seconds),
            "shy": plan.shy,
        }
        STORE.put("mpesa", third, reversal)
    return reversal, plan


def _left_of(charge: dict[str, Any]) -> Decimal:
    """What has not gone back yet."""
    reversals = STORE.find("mpesa", operation="Reversal", of=charge["transaction"])
    gone = sum((Decimal(each["amount"]) for each in reversals if each["ends"] == "Completed"), Decimal(0))
    return Decimal(charge["amount"]) - gone
