"""The phone page: what would pop up on buyers' phones, to approve, refuse or let expire."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from . import emola, mpesa, payu, wompi
from .memory import STORE
from .wompi_pages import pesos

NEQUI_ANSWERS = {"approve": "APPROVED", "refuse": "DECLINED", "expire": "EXPIRED"}
MPESA_ANSWERS = {"approve": "Completed", "refuse": "Cancelled", "expire": "Expired"}
EMOLA_ANSWERS = {"approve": "0", "refuse": "03", "expire": "11"}


def prompts() -> list[dict[str, Any]]:
    """What waits for a person, newest first."""
    pushes = [
        {
            "kind": "nequi",
            "company": "Nequi",
            "key": each["id"],
            "phone": f"+57 {each['payment_method']['phone_number']}",
            "amount": f"$ {pesos(each['amount_in_cents'])} COP",
            "reference": each["reference"],
        }
        for each in STORE.find("transaction", status="PENDING", payment_method_type="NEQUI")
        if each["_asks"]
    ]
    pins = [
        {
            "kind": "mpesa",
            "company": "M-Pesa",
            "key": each["id"],
            "phone": f"+{each['phone']}",
            "amount": f"{float(each['amount']):.2f} MT",
            "reference": each["reference"],
        }
        for each in STORE.find("mpesa", state="waiting", asks=True)
        if mpesa.state_of(each) == "waiting"
    ]
    ussd = [
        {
            "kind": "emola",
            "company": "e-Mola",
            "key": each["id"],
            "phone": f"+258{each['phone']}",
            "amount": f"{each['amount']} MT",
            "reference": each["reference"],
        }
        for each in STORE.find("emola", state="waiting", asks=True)
        if emola.state_of(each) == "waiting"
    ]
    return ussd + pins + pushes + payu.pushes()


def banks() -> list[dict[str, Any]]:
    """Debits and transfers whose buyer is still at the bank."""
    waiting = [
        each
        for kind in ("PSE", "BANCOLOMBIA_TRANSFER")
        for each in STORE.find("transaction", status="PENDING", payment_method_type=kind)
    ]
    return [each | {"ticket": each["_ticket"]} for each in waiting if each["_asks"]]


@require_GET
def show_phone(request: HttpRequest) -> HttpResponse:
    return render(request, "sandbox/phone.html", {"prompts": prompts(), "refresh": 2})


@require_POST
def answer_prompt(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    answer = request.POST.get("answer", "")
    if kind == "nequi" and answer in NEQUI_ANSWERS:
        wompi.decide(key, NEQUI_ANSWERS[answer])
    elif kind == "mpesa" and answer in MPESA_ANSWERS:
        mpesa.decide(key, MPESA_ANSWERS[answer])
    elif kind == "emola" and answer in EMOLA_ANSWERS:
        emola.decide(key, EMOLA_ANSWERS[answer])
    elif kind == "payu" and answer in NEQUI_ANSWERS:
        payu.decide(key, answer)
    else:
        return HttpResponse("approve, refuse or expire?", status=422, content_type="text/plain")
    return HttpResponseRedirect("/phone/")
