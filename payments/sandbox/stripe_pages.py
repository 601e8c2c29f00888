"""The page where a buyer types a card at the pretend Stripe, and the bank's 3-D Secure question."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from . import stripe
from .memory import STORE

# Lost and stolen cards are not told so to whoever holds them.
WORDS = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "We are unable to authenticate your card. Try another one.",
}
DECLINED = "Your card was declined."


@require_http_methods(["GET", "POST"])
def show_checkout(request: HttpRequest, key: str) -> HttpResponse:
    session = STORE.get("stripe_session", key)
    if session is None:
        return render(request, "sandbox/message.html", {"title": "No such checkout"}, status=404)
    if session["status"] == "complete":
        return HttpResponseRedirect(_success(session))
    if session["status"] == "expired":
        return render(request, "sandbox/message.html", {"title": "This checkout has expired"}, status=410)
    context: dict[str, Any] = {"session": session, "amount": _written(session), "name": session["_name"]}
    if request.method == "POST":
        return _try(request, session, context)
    return render(request, "sandbox/stripe_checkout.html", context)


def _try(request: HttpRequest, session: dict[str, Any], context: dict[str, Any]) -> HttpResponse:
    number = re.sub(r"[\s-]", "", request.POST.get("number", ""))
    expiry = re.fullmatch(r"\s*([0-9]{1,2})\s*/\s*(?:20)?([0-9]{2})\s*", request.POST.get("expiry", ""))
    problem = _problem(number, expiry, request.POST.get("cvc", ""))
    answer = request.POST.get("answer", "")
    if problem and not answer:
        return render(request, "sandbox/stripe_checkout.html", context | {"problem": problem}, status=422)
    month, year = (int(expiry[1]), 2000 + int(expiry[2])) if expiry else (8, 2040)
    if answer == "fail":
        result = stripe.fail_authentication(session["id"])
    else:
        result = stripe.pay(session["id"], number, expiry=(month, year), asked=answer == "pass")
    if result == "asks":
        shown = {"number": number, "expiry": request.POST["expiry"], "cvc": request.POST["cvc"]}
        return render(request, "sandbox/stripe_3ds.html", context | shown)
    if result in ("paid", "closed"):
        return HttpResponseRedirect(_success(session))
    problem = WORDS.get(result, DECLINED)
    return render(request, "sandbox/stripe_checkout.html", context | {"problem": problem}, status=402)


def _problem(number: str, expiry: re.Match[str] | None, cvc: str) -> str:
    if not re.fullmatch(r"[0-9]{12,19}", number) or not _passes_luhn(number):
        return "Your card number is invalid."
    if expiry is None or not 1 <= int(expiry[1]) <= 12:
        return "Your card's expiration date is incomplete."
    if not re.fullmatch(r"[0-9]{4}" if number.startswith("3") else r"[0-9]{3}", cvc):
        return "Your card's security code is incomplete."
    return ""


def _passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(digit * 2, 10)) for digit in digits[1::2])) % 10 == 0


def _success(session: dict[str, Any]) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _written(session: dict[str, Any]) -> str:
    return f"{session['currency'].upper()} {session['amount_total'] / 100:,.2f}"
