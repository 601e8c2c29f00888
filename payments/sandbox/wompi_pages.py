"""The pages a buyer sees at the pretend Wompi: the bank of PSE, the hosted checkout, the terms."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from . import wompi
from .events import iso
from .keys import KEYS
from .memory import STORE, switch
from .wompi_checks import signature_of

VERDICTS = {"approve": "APPROVED", "refuse": "DECLINED", "fail": "ERROR", "expire": "EXPIRED"}
RETRY_SECONDS = 180
# The hosted page asks for no number: this stands for whatever card was typed there.
HOSTED_CARD = "tok_test_hosted_page"


def pesos(cents: int) -> str:
    """119.000, as Colombians write it."""
    return f"{cents // 100:,}".replace(",", ".")


def _back_to_shop(url: str | None, key: str) -> str:
    if not url or not re.match(r"https?://", url):
        return "/"
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'id': key})}"


@require_http_methods(["GET", "POST"])
def show_bank(request: HttpRequest) -> HttpResponse:
    """The bank where a PSE debit is approved; afterwards the buyer goes back to the shop."""
    found = STORE.find("transaction", _ticket=request.GET.get("ticket_id", ""))
    if not found:
        return render(request, "sandbox/message.html", {"title": "No such payment at this bank"}, status=404)
    transaction = found[0]
    if request.method == "POST":
        verdict = VERDICTS.get(request.POST.get("answer", ""))
        if verdict and transaction["_asks"]:
            wompi.decide(transaction["id"], verdict)
    if request.method == "POST" or transaction["status"] != "PENDING":
        return HttpResponseRedirect(_back_to_shop(transaction["redirect_url"], transaction["id"]))
    bank = wompi.BANKS[transaction["payment_method"].get("financial_institution_code", "1007")]
    return render(
        request,
        "sandbox/bank.html",
        {"bank": bank, "transaction": transaction, "pesos": pesos(transaction["amount_in_cents"])},
    )


@require_http_methods(["GET", "POST"])
def check_out(request: HttpRequest) -> HttpResponse:
    """The hosted checkout: a refused buyer may try again under the same reference for three minutes."""
    asked = request.GET
    problem = _problem_of(asked)
    tries = STORE.find("transaction", reference=asked.get("reference", ""))
    if not problem:
        problem = _retry_problem(tries)
    context: dict[str, Any] = {"asked": asked, "tries": tries}
    paid = next((each for each in tries if each["status"] == "APPROVED"), None)
    if switch("wompi_pays_twice") and len(tries) < 2:
        paid = None
    if tries and (paid or request.POST.get("answer") == "return"):
        return HttpResponseRedirect(_back_to_shop(asked.get("redirect-url"), (paid or tries[0])["id"]))
    if problem:
        return render(request, "sandbox/message.html", {"title": problem}, status=422)
    context["pesos"] = pesos(int(asked["amount-in-cents"]))
    if request.method == "POST":
        return _try_to_pay(request, context)
    return render(request, "sandbox/checkout.html", context)


def _try_to_pay(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    verdict = VERDICTS.get(request.POST.get("answer", ""))
    kind = request.POST.get("method", "")
    if verdict is None or kind not in ("CARD", "NEQUI", "PSE"):
        return render(request, "sandbox/checkout.html", context | {"wrong": True}, status=422)
    asked = context["asked"]
    STORE.put(
        "card_token",
        HOSTED_CARD,
        {
            "brand": "VISA",
            "name": "VISA-4242",
            "bin": "424242",
            "last_four": "4242",
            "exp_year": "40",
            "exp_month": "08",
            "_verdict": verdict,
        },
    )
    opened = wompi.open_transaction(_request_of(asked, kind, verdict), "")
    transaction = wompi.decide(opened["id"], verdict)
    if transaction and transaction["status"] == "APPROVED":
        return HttpResponseRedirect(_back_to_shop(asked.get("redirect-url"), transaction["id"]))
    return HttpResponseRedirect(request.get_full_path())


def _request_of(asked: Any, kind: str, verdict: str) -> dict[str, Any]:
    """A transaction as the hosted page itself would ask for it, with a stand-in for what was typed."""
    methods: dict[str, dict[str, Any]] = {
        "CARD": {"type": "CARD", "token": HOSTED_CARD, "installments": 1},
        "NEQUI": {"type": "NEQUI", "phone_number": "3001234567"},
        "PSE": {"type": "PSE", "financial_institution_code": "1007", "user_type": 0},
    }
    return {
        "amount_in_cents": int(asked["amount-in-cents"]),
        "reference": asked["reference"],
        "customer_email": asked.get("customer-data:email", "buyer@example.com"),
        "payment_method": methods[kind],
        "redirect_url": asked.get("redirect-url"),
        "customer_data": {"full_name": asked.get("customer-data:full-name", "")},
    }


def _problem_of(asked: Any) -> str:
    """What is wrong with the address, or nothing."""
    needed = ("public-key", "currency", "amount-in-cents", "reference", "signature:integrity")
    missing = [name for name in needed if not asked.get(name)]
    if missing:
        return f"Missing in the address: {', '.join(missing)}"
    if asked["public-key"] != KEYS.wompi_public_key:
        return "Unknown public key"
    if asked["currency"] != "COP" or not re.fullmatch(r"[1-9][0-9]{0,12}", asked["amount-in-cents"]):
        return "The amount is not one of pesos in cents"
    expires = asked.get("expiration-time", "")
    right = signature_of(asked["reference"], asked["amount-in-cents"], expires)
    if asked["signature:integrity"] != right:
        return "La firma es inválida (the integrity signature is wrong)"
    return "This payment has expired" if expires and not _is_coming(expires) else ""


def _is_coming(text: str) -> bool:
    try:
        return datetime.fromisoformat(text) > datetime.now().astimezone()
    except (ValueError, TypeError):
        return False


def _retry_problem(tries: list[dict[str, Any]]) -> str:
    if any(each["_page_url"] for each in tries) or any(each["status"] == "PENDING" for each in tries):
        return "La referencia ya ha sido usada (this reference has been used)"
    first = min((each["created_at"] for each in tries), default="")
    age = datetime.now().astimezone() - datetime.fromisoformat(first or iso(datetime.now().timestamp()))
    return "The three minutes for trying again are over" if age.total_seconds() > RETRY_SECONDS else ""


@require_GET
def show_terms(request: HttpRequest, kind: str) -> HttpResponse:
    return render(request, "sandbox/message.html", {"title": f"Terms of a pretend company: {kind}"})
