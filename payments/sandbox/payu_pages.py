"""What a buyer sees at the pretend PayU: its checkout, the bank of PSE, the receipt, the Efecty counter."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import payu
from .memory import STORE
from .payu_checks import problem_of_form
from .payu_notices import DECLINED, way_back
from .wompi_pages import pesos

Document = dict[str, Any]

CARDS = {
    "4097440000000004": "VISA",
    "5471300000000003": "MASTERCARD",
    "377813000000001": "AMEX",
    "36032400000007": "DINERS",
    "4509420000000008": "VISA_DEBIT",
}
BANK_ANSWERS = {"OK": "approve", "NOT_AUTHORIZED": "refuse", "FAIL": "fail", "PENDING": ""}


def _message(request: HttpRequest, title: str, status: int = 422) -> HttpResponse:
    return render(request, "sandbox/message.html", {"title": title}, status=status)


@require_POST
def open_checkout(request: HttpRequest) -> HttpResponse:
    """The shop's form arrives by the buyer's browser; a valid one opens the page of its reference."""
    asked = {name: str(value) for name, value in request.POST.items()}
    if problem := problem_of_form(asked):
        return _message(request, problem)
    order = payu.open_order(
        asked["referenceCode"],
        value=asked["amount"],
        tax=asked["tax"],
        base=asked["taxReturnBase"],
        description=asked["description"],
        notify_url=asked.get("confirmationUrl", ""),
        return_url=asked.get("responseUrl", ""),
        email=asked["buyerEmail"],
        full_name=asked["buyerFullName"],
        phone=asked["telephone"],
        street=asked.get("shippingAddress", ""),
        ip=request.META.get("REMOTE_ADDR", ""),
        test=asked.get("test") == "1",
        methods=asked.get("paymentMethods", ""),
    )
    if order["value"] != asked["amount"]:
        return _message(request, "The reference is known with another amount")
    return HttpResponseRedirect(f"/payu/checkout/{order['reference']}/")


@require_http_methods(["GET", "POST"])
def check_out(request: HttpRequest, reference: str) -> HttpResponse:
    """A refused buyer may try another card under the same reference, or go back."""
    order = STORE.get("payu_order", reference)
    if order is None:
        return _message(request, "No such payment", 404)
    tries = STORE.find("payu", reference=reference)
    done = next((each for each in tries if each["state"] in ("APPROVED", "PENDING")), None)
    if done or (tries and request.POST.get("answer") == "return"):
        return HttpResponseRedirect(way_back(order, done or tries[0]))
    context = {"order": order, "pesos": pesos(int(order["value"]) * 100), "tries": tries, "cards": CARDS}
    context["codes"] = DECLINED
    if request.method == "GET":
        return render(request, "sandbox/payu_checkout.html", context)
    number, verdict = request.POST.get("card", ""), _verdict(request.POST)
    if CARDS.get(number) is None or verdict is None or not _allows(order, CARDS[number]):
        return render(request, "sandbox/payu_checkout.html", context | {"wrong": True}, status=422)
    tried = _try(order, number, request.POST.get("installments") or "1", verdict)
    if tried["state"] in ("APPROVED", "PENDING"):
        return HttpResponseRedirect(way_back(order, tried))
    return HttpResponseRedirect(request.path)


def _verdict(typed: Any) -> str | None:
    """A button decides; else PayU's magic words: name, security code and month."""
    answer = typed.get("code") if typed.get("answer") == "code" else typed.get("answer")
    if answer in (*payu.VERDICTS, "review"):
        return answer
    name, code, month = typed.get("name", ""), typed.get("cvv", ""), typed.get("month", "")
    early = month.isdigit() and 1 <= int(month) < 6
    if name == "APPROVED" and re.fullmatch("7{3,4}", code) and early:
        return "approve"
    if name == "REJECTED" and re.fullmatch("6{3,4}", code) and month.isdigit() and 6 < int(month) <= 12:
        return "refuse"
    return None


def _allows(order: Document, brand: str) -> bool:
    """`paymentMethods` of the form: VISA,MASTERCARD-1-3 names the brands and their instalments."""
    named = {part.split("-")[0] for part in order.get("methods", "").split(",") if part}
    return not named or brand in named


def _try(order: Document, number: str, installments: str, verdict: str) -> Document:
    is_review = verdict == "review"
    opened = payu.open_try(
        order,
        CARDS[number],
        masked=f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}",
        extra={"INSTALLMENTS_NUMBER": int(installments) if installments.isdigit() else 1},
        code="PENDING_TRANSACTION_REVIEW" if is_review else "PENDING_TRANSACTION_CONFIRMATION",
        pending="PENDING_REVIEW",
    )
    return opened if is_review else (payu.decide(opened["id"], verdict) or opened)


@require_http_methods(["GET", "POST"])
def show_bank(request: HttpRequest, ticket: str) -> HttpResponse:
    """Where a PSE debit is approved; afterwards the buyer goes back to the shop."""
    found = STORE.find("payu", ticket=ticket, method="PSE")
    if not found:
        return _message(request, "No such payment at this bank", 404)
    transaction, order = found[0], STORE.get("payu_order", found[0]["reference"]) or {}
    if request.method == "GET" and transaction["state"] == "PENDING":
        context = {"bank": payu.BANKS[transaction["bank"]], "order": order, "answers": list(BANK_ANSWERS)}
        return render(
            request, "sandbox/payu_bank.html", context | {"pesos": pesos(int(order["value"]) * 100)}
        )
    if verdict := BANK_ANSWERS.get(request.POST.get("answer", "")):
        transaction = payu.decide(transaction["id"], verdict) or transaction
    return HttpResponseRedirect(way_back(order, transaction))


@require_GET
def show_receipt(request: HttpRequest, ticket: str, kind: str = "") -> HttpResponse:
    found = STORE.find("payu", ticket=ticket, method="EFECTY")
    if not found:
        return _message(request, "No such receipt", 404)
    order = STORE.get("payu_order", found[0]["reference"]) or {}
    amount = pesos(int(order["value"]) * 100)
    if kind == "pdf":
        return HttpResponse(_pdf(f"Efecty {order['number']} $ {amount}"), content_type="application/pdf")
    until = found[0]["extra"]["EXPIRATION_DATE"] // 1000
    context = {"order": order, "pesos": amount, "until": until, "state": found[0]["state"]}
    return render(request, "sandbox/payu_receipt.html", context)


def _pdf(line: str) -> bytes:
    """One line on one page: the smallest receipt."""
    text = f"BT /F1 18 Tf 40 100 Td ({line}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 160]/Contents 4 0 R"
        "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        f"<</Length {len(text)}>>stream\n{text}\nendstream",
    )
    body = "".join(f"{number} 0 obj{each}endobj\n" for number, each in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Size 5>>\n%%EOF".encode("ascii", "replace")


@require_http_methods(["GET", "POST"])
def show_counter(request: HttpRequest) -> HttpResponse:
    """An Efecty point: somebody quotes a number and pays, in time, late or never."""
    context: dict[str, Any] = {"number": request.GET.get("number", "")}
    if request.method == "POST":
        number, answer = request.POST.get("number", "").strip(), request.POST.get("answer", "")
        done = payu.pay_at_counter(number, answer) if answer in ("pay", "now", "expire") else None
        context |= {"number": number, "answer": answer, "done": done}
    waiting = [each for each in STORE.find("payu", method="EFECTY") if each["state"] != "APPROVED"]
    return render(request, "sandbox/payu_counter.html", context | {"waiting": waiting[:10]})


@require_POST
def decide_refund(request: HttpRequest, key: str) -> HttpResponse:
    payu.decide_refund(key, request.POST.get("answer", ""))
    return HttpResponseRedirect("/")
