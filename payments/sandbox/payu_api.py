"""PayU's two services: one takes commands, the other answers questions, both at one address each."""

import json
import time
import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from . import payu
from .memory import STORE, switch
from .payu_checks import Wrong, check_keys, check_method, check_submission, expires_at, missing, text_at
from .payu_notices import shown_currency, shown_value

Document = dict[str, Any]
LIMITS = (20_000, 6_000_000)


@require_POST
def payments_service(request: HttpRequest) -> HttpResponse:
    commands = {
        "PING": lambda body: {"transactionResponse": None},
        "GET_BANKS_LIST": _banks,
        "GET_PAYMENT_METHODS": _methods,
        "SUBMIT_TRANSACTION": lambda body: _submit(request, body),
    }
    return _serve(request, commands, "transactionResponse")


@require_POST
def reports_service(request: HttpRequest) -> HttpResponse:
    commands = {
        "PING": lambda body: {"result": {"payload": "ping"}},
        "ORDER_DETAIL": _order_detail,
        "ORDER_DETAIL_BY_REFERENCE_CODE": _orders_by_reference,
        "TRANSACTION_RESPONSE_DETAIL": _transaction_detail,
    }
    return _serve(request, commands, "result")


def _serve(request: HttpRequest, commands: dict[str, Any], empty: str) -> HttpResponse:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    try:
        if not isinstance(body, dict):
            raise Wrong("Invalid request format")
        check_keys(body)
        command = commands.get(body.get("command", ""))
        if command is None:
            raise Wrong("property: command, message: not supported")
        answer = {"code": "SUCCESS", "error": None} | command(body)
    except Wrong as wrong:
        answer = {"code": "ERROR", "error": str(wrong), empty: None}
    if "application/json" not in request.headers.get("Accept", ""):
        xml = f"<response><code>{answer['code']}</code></response>"
        return HttpResponse(xml, content_type="application/xml")
    return JsonResponse(answer)


def _banks(body: Document) -> Document:
    asked = body.get("bankListInformation")
    if asked != {"paymentMethod": "PSE", "paymentCountry": "CO"}:
        raise missing("bankListInformation.paymentMethod")
    banks = [
        {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, code)), "description": name, "pseCode": code}
        for code, name in payu.BANKS.items()
    ]
    return {"banks": banks}


def _methods(body: Document) -> Document:
    ids = {"VISA": "10", "PSE": "254", "EFECTY": "36", "NEQUI": "780"}
    return {
        "paymentMethods": [
            {"id": number, "description": name, "country": "CO", "enabled": True, "reason": None}
            for name, number in ids.items()
        ]
    }


def _submit(request: HttpRequest, body: Document) -> Document:
    kind = body.get("transaction", {}).get("type") if isinstance(body.get("transaction"), dict) else None
    if kind in ("REFUND", "PARTIAL_REFUND"):
        return {"transactionResponse": _refund(body)}
    transaction = check_submission(body)
    check_method(body)
    payer, order = transaction["payer"], transaction["order"]
    values = order["additionalValues"]
    opened = payu.open_order(
        order["referenceCode"],
        value=str(values["TX_VALUE"]["value"]),
        tax=str(values["TX_TAX"]["value"]),
        base=str(values["TX_TAX_RETURN_BASE"]["value"]),
        description=order["description"],
        notify_url=order["notifyUrl"],
        email=payer["emailAddress"],
        full_name=payer["fullName"],
        phone=payer["contactPhone"],
        document=payer.get("dniNumber", ""),
        street=payer["billingAddress"]["street1"],
        ip=transaction["ipAddress"],
        test=body["test"],
    )
    opener = {"PSE": _open_pse, "EFECTY": _open_efecty, "NEQUI": _open_nequi}
    tried = opener[transaction["paymentMethod"]](request, opened, transaction)
    return {"transactionResponse": response_of(tried)}


def _open_pse(request: HttpRequest, order: Document, asked: Document) -> Document:
    extra = asked["extraParameters"]
    ticket, cus = uuid.uuid4().hex, str(int(time.time()))
    return payu.open_try(
        order,
        "PSE",
        ticket=ticket,
        cus=cus,
        bank=extra["FINANCIAL_INSTITUTION_CODE"],
        user_type=extra["USER_TYPE"],
        return_url=extra["RESPONSE_URL"],
        extra={"BANK_URL": request.build_absolute_uri(f"/payu/pse/{ticket}/"), "TRANSACTION_CYCLE": "1"},
    )


def _open_efecty(request: HttpRequest, order: Document, asked: Document) -> Document:
    value = int(order["value"])
    outside = not LIMITS[0] <= value <= LIMITS[1] and switch("payu_limits")
    if outside == "error":
        raise Wrong("The amount is outside the limits of EFECTY")
    until = expires_at(asked.get("expirationDate"))
    ticket = uuid.uuid4().hex
    extra = {
        "EXPIRATION_DATE": int(until.timestamp() * 1000),
        "REFERENCE": order["number"],
        "URL_PAYMENT_RECEIPT_HTML": request.build_absolute_uri(f"/payu/receipt/{ticket}/"),
        "URL_PAYMENT_RECEIPT_PDF": request.build_absolute_uri(f"/payu/receipt/{ticket}/pdf/"),
    }
    seconds = until.timestamp() - time.time()
    opened = payu.open_try(
        order, "EFECTY", ticket=ticket, extra=extra, verdict="expire", seconds=seconds * switch("speed")
    )
    return (payu.decide(opened["id"], "refuse") or opened) if outside == "declined" else opened


def _open_nequi(request: HttpRequest, order: Document, asked: Document) -> Document:
    phone = asked["payer"]["contactPhone"].removeprefix("57 ")
    at_once, later = payu.NEQUI.get(phone, (None, ""))
    asks = phone not in payu.NEQUI
    wait = payu.NEQUI_PATIENCE if asks or later == "expire" else switch("payu_delay")
    opened = payu.open_try(
        order,
        "NEQUI",
        nequi=phone,
        asks=asks,
        code="PENDING_PAYMENT_IN_ENTITY",
        pending="AWAITING_PAYMENT_IN_ENTITY",
        verdict="expire" if asks else later,
        seconds=wait,
    )
    return (payu.decide(opened["id"], at_once) or opened) if at_once else opened


def _refund(body: Document) -> Document:
    """Cards only; one at a time for each payment; decided later."""
    number, parent_id = (
        text_at(body, "transaction.order.id"),
        text_at(body, "transaction.parentTransactionId"),
    )
    text_at(body, "transaction.reason")
    parent = STORE.get("payu", parent_id)
    if parent is None or str(parent["order"]) != number or parent["state"] != "APPROVED":
        raise Wrong("property: parentTransactionId, message: not a captured transaction of this order")
    order = STORE.get("payu_order", parent["reference"]) or {}
    kind, value = body["transaction"]["type"], order["value"]
    if kind == "PARTIAL_REFUND":
        text_at(body, "transaction.additionalValues.TX_VALUE.value")
        value = body["transaction"]["additionalValues"]["TX_VALUE"]["value"]
    if any(each["state"] == "PENDING" for each in STORE.find("payu_refund", parent=parent_id)):
        raise Wrong("A refund request already exists for this transaction")
    given = [each for each in STORE.find("payu_refund", parent=parent_id) if each["state"] == "APPROVED"]
    left = Decimal(order["value"]) - sum(Decimal(each["value"]) for each in given)
    is_young = (time.time() - parent["at"] / 1000) * switch("speed") < switch("payu_refund_wait")
    if Decimal(value) > left or Decimal(value) < 100 or is_young:
        raise Wrong("property: additionalValues.TX_VALUE, message: more than is left, too little or too soon")
    if parent["method"] in ("PSE", "EFECTY", "NEQUI"):
        return response_of(parent | {"id": None, "state": "DECLINED", "code": "ENTITY_DECLINED"})
    payu.ask_refund(order, parent, kind, value, body["transaction"]["reason"])
    answer: Document = {"id": None, "state": "PENDING", "pending": "PENDING_REVIEW"}
    answer |= {"code": None, "extra": {}}
    return response_of(parent | answer) | {"responseMessage": number}


def response_of(transaction: Document) -> Document:
    """A transactionResponse, with PayU's spelling."""
    extra = transaction["extra"] if transaction["state"] == "PENDING" else {}
    return {
        "orderId": transaction["order"],
        "transactionId": transaction["id"],
        "state": transaction["state"],
        "paymentNetworkResponseCode": None,
        "paymentNetworkResponseErrorMessage": None,
        "trazabilityCode": transaction.get("cus") or transaction["id"],
        "authorizationCode": None,
        "pendingReason": transaction["pending"],
        "responseCode": transaction["code"],
        "errorCode": None,
        "responseMessage": None,
        "transactionDate": None,
        "transactionTime": None,
        "operationDate": transaction["at"],
        "referenceQuestionnaire": None,
        "extraParameters": extra or None,
        "additionalInfo": {"paymentNetwork": transaction["method"], "rejectionType": "NONE"},
    }


# Questions


def _details(body: Document) -> Document:
    details = body.get("details")
    return details if isinstance(details, dict) else {}


def _order_detail(body: Document) -> Document:
    number = _details(body).get("orderId")
    if type(number) is not int:
        raise missing("details.orderId")
    found = STORE.find("payu_order", number=number)
    return {"result": {"payload": order_shown(found[0])} if found else None}


def _orders_by_reference(body: Document) -> Document:
    reference = text_at(body, "details.referenceCode")
    order = STORE.get("payu_order", reference)
    return {"result": {"payload": [order_shown(order)]} if order else None}


def _transaction_detail(body: Document) -> Document:
    transaction = STORE.get("payu", text_at(body, "details.transactionId"))
    return {"result": {"payload": response_of(transaction)} if transaction else None}


def order_shown(order: Document) -> Document:
    """The order with its tries, the latest first."""
    amounts = {"TX_VALUE": shown_value(order), "TX_TAX": order["tax"], "TX_TAX_RETURN_BASE": order["base"]}
    values = {name: {"value": float(value), "currency": shown_currency()} for name, value in amounts.items()}
    tries = STORE.find("payu", reference=order["reference"])
    return {
        "id": order["number"],
        "accountId": 512321,
        "status": order["status"],
        "referenceCode": order["reference"],
        "description": order["description"],
        "notifyUrl": order["notify_url"],
        "buyer": {"fullName": order["full_name"], "emailAddress": order["email"]},
        "isTest": order["test"],
        "transactions": [_transaction_shown(each) for each in tries],
        "additionalValues": values,
        "creationDate": order["created"],
        "merchantId": 508029,
        "processedTransactionId": None,
        "orderSignature": None,
    }


def _transaction_shown(each: Document) -> Document:
    shown = {
        "id": each["id"],
        "type": each["type"],
        "parentTransactionId": each.get("parent"),
        "paymentMethod": each["method"],
        "paymentCountry": "CO",
        "transactionResponse": response_of(each),
        "payer": None,
        "extraParameters": each["extra"] or None,
        "creditCard": None,
        "additionalValues": None,
    }
    if each.get("masked"):
        shown["creditCard"] = {"maskedNumber": each["masked"], "issuerBank": "BANCO", "cardType": "CREDIT"}
    if each.get("value"):
        value = {"value": float(each["value"]), "currency": "COP"}
        shown["additionalValues"] = {"TX_VALUE": value}
    return shown
