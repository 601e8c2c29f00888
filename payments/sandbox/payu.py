"""The life of an order at the pretend PayU: several tries under one reference, decided and announced."""

import random
import time
import uuid
from typing import Any

from . import payu_notices
from .memory import STORE, after, switch

Document = dict[str, Any]

# What comes of a try: its state, PayU's code.
VERDICTS = {
    "approve": ("APPROVED", "APPROVED"),
    "refuse": ("DECLINED", "ENTITY_DECLINED"),
    "funds": ("DECLINED", "INSUFFICIENT_FUNDS"),
    "fail": ("DECLINED", "PAYMENT_NETWORK_NO_RESPONSE"),
    "expire": ("EXPIRED", "EXPIRED_TRANSACTION"),
} | {code: ("DECLINED", code) for code in payu_notices.DECLINED}
ORDER_STATUS = {"APPROVED": "CAPTURED", "DECLINED": "DECLINED", "EXPIRED": "DECLINED"}
# PayU's own magic numbers: the answer at once, or None and what comes later (None: nothing).
NEQUI = {
    "3006666666": ("refuse", None),
    "3007777777": (None, "approve"),
    "3007777776": (None, "refuse"),
    "3007777775": (None, None),
    "3007777774": (None, "fail"),
    "3007777772": (None, "expire"),
}
BANKS = {
    "0": "A continuación seleccione su banco",
    "1022": "BANCO UNION COLOMBIANO",
    "1007": "BANCOLOMBIA QA",
    "1013": "BBVA COLOMBIA",
    "1040": "BANCO AGRARIO",
    "1051": "BANCO DAVIVIENDA",
    "1052": "BANCO AV VILLAS",
    "1062": "BANCO FALABELLA",
    "1551": "DAVIPLATA",
}
NEQUI_PATIENCE = 300.0
# "About 15 minutes" pass between the counter and the news of it.
COUNTER_DELAY = 15 * 60.0


def milliseconds(moment: float) -> int:
    return int(moment * 1000)


def open_order(reference: str, **fields: Any) -> Document:
    """The order with this reference: PayU opens no second one."""
    with STORE.together():
        known = STORE.get("payu_order", reference)
        if known:
            return known
        number = 1_400_000_000 + random.randrange(10**8)  # noqa: S311
        order = {"id": reference, "number": number, "reference": reference, "status": "IN_PROGRESS"}
        return STORE.put("payu_order", reference, order | {"created": milliseconds(time.time())} | fields)


def open_try(order: Document, method: str, **fields: Any) -> Document:
    """A transaction that waits: fields `verdict` and `seconds` say what becomes of it by itself, and when."""
    verdict, seconds = fields.pop("verdict", None), fields.pop("seconds", 0)
    transaction = {
        "id": str(uuid.uuid4()),
        "order": order["number"],
        "reference": order["reference"],
        "type": "AUTHORIZATION_AND_CAPTURE",
        "method": method,
        "state": "PENDING",
        "code": "PENDING_TRANSACTION_CONFIRMATION",
        "pending": "AWAITING_NOTIFICATION",
        "at": milliseconds(time.time()),
        "ticket": uuid.uuid4().hex,
        "verdict": verdict,
        "extra": {},
    } | fields
    return STORE.put("payu", transaction["id"], transaction, due=after(seconds) if verdict else None)


def decide(key: str, verdict: str) -> Document | None:
    """End an open try, once, and announce it. Cash may still be paid after its time."""
    with STORE.together():
        transaction = STORE.get("payu", key)
        state, code = VERDICTS[verdict]
        is_late = transaction is not None and transaction["state"] == "EXPIRED" and state == "APPROVED"
        if transaction is None or not (transaction["state"] == "PENDING" or is_late):
            return transaction
        order = STORE.get("payu_order", transaction["reference"]) or {}
        at = milliseconds(time.time())
        transaction |= {"state": state, "code": code, "pending": None, "at": at, "verdict": None}
        STORE.put("payu", key, transaction)
        if order["status"] != "CAPTURED":
            order["status"] = ORDER_STATUS[state]
            STORE.put("payu_order", order["id"], order)
        payu_notices.announce(order, transaction)
    return transaction


def answer(transaction: Document, words: str) -> None:
    """As decide(); "again" charges a second time under the same reference, which should never happen."""
    if words == "again":
        order = STORE.get("payu_order", transaction["reference"]) or {}
        kept = {name: transaction[name] for name in ("extra", "masked") if name in transaction}
        decide(open_try(order, transaction["method"], **kept)["id"], "approve")
    else:
        decide(transaction["id"], words)


def decide_due(now: float) -> None:
    for transaction in STORE.due("payu", now):
        decide(transaction["id"], transaction["verdict"])
    for refund in STORE.due("payu_refund", now):
        decide_refund(refund["id"], refund["verdict"])


def pay_at_counter(reference_number: str, answer: str) -> Document | None:
    """A buyer at an Efecty point quotes the number; the news of it takes a while."""
    found = [each for each in STORE.find("payu", method="EFECTY") if str(each["order"]) == reference_number]
    if not found:
        return None
    if answer in ("expire", "refuse", "fail"):
        return decide(found[0]["id"], answer)
    with STORE.together():
        wait = after(COUNTER_DELAY if answer == "pay" else 0)
        return STORE.put("payu", found[0]["id"], found[0] | {"verdict": "approve"}, due=wait)


def pushes() -> list[Document]:
    """Nequi questions that a person answers on the phone page, and cards that PayU looks at more closely."""
    orders = {each["reference"]: each for each in STORE.find("payu_order")}
    asked = [each for each in STORE.find("payu", method="NEQUI", state="PENDING") if each["asks"]]
    reviewed = STORE.find("payu", state="PENDING", code="PENDING_TRANSACTION_REVIEW")
    return [
        {
            "kind": "payu",
            "company": "Nequi (PayU)" if each in asked else "PayU reviews a card",
            "key": each["id"],
            "phone": f"+57 {each['nequi']}" if each in asked else each["masked"],
            "amount": f"$ {int(orders[each['reference']]['value']):,} COP".replace(",", "."),
            "reference": each["reference"],
        }
        for each in [*reviewed, *asked]
    ]


# Giving back: PayU decides for days and shows nothing meanwhile.


def ask_refund(order: Document, parent: Document, kind: str, value: str, reason: str) -> Document:
    refund = {
        "id": str(uuid.uuid4()),
        "reference": order["reference"],
        "parent": parent["id"],
        "type": kind,
        "value": value,
        "reason": reason,
        "state": "PENDING",
        "verdict": switch("payu_refunds"),
    }
    decides = refund["verdict"] != "ask"
    return STORE.put(
        "payu_refund", refund["id"], refund, due=after(switch("payu_refund_delay")) if decides else None
    )


def decide_refund(key: str, answer: str) -> None:
    with STORE.together():
        refund = STORE.get("payu_refund", key)
        if refund is None or refund["state"] != "PENDING":
            return
        state = "APPROVED" if answer == "approve" else "DECLINED"
        STORE.put("payu_refund", key, refund | {"state": state})
        order = STORE.get("payu_order", refund["reference"]) or {}
        parent = STORE.get("payu", refund["parent"]) or {}
        code = "APPROVED" if state == "APPROVED" else "ENTITY_DECLINED"
        kept = {name: parent[name] for name in ("order", "reference", "method")}
        given = {"type": refund["type"], "state": state, "code": code, "value": refund["value"]}
        more = {"id": key, "parent": parent["id"], "at": milliseconds(time.time()), "extra": {}}
        STORE.put("payu", key, kept | given | more | {"pending": None, "ticket": "", "verdict": None})
        if state == "APPROVED" and refund["type"] == "REFUND":
            STORE.put("payu_order", order["id"], order | {"status": "REFUNDED"})
