"""A counter for the shop's own cash codes: it takes cash and reports it to the shop, signed."""

import hashlib
import hmac
import json
import re
import secrets
import time
from typing import Any

import requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from .events import iso
from .keys import KEYS
from .memory import STORE, switch

POINT = "1204"
# What happens at the counter. Cash is taken in the first three; the others are what must not work.
ANSWERS = {
    "pay": "Pay; the shop hears of it",
    "twice": "Pay; the shop hears of it twice",
    "lost": "Pay; the report gets lost",
    "wrong": "Report another amount",
    "forged": "Report with a wrong signature",
    "old": "Report signed ten minutes ago",
}
TAKEN = ("pay", "twice", "lost")


@require_http_methods(["GET", "POST"])
def show_counter(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"answers": ANSWERS, "code": "", "amount": ""}
    if request.method == "POST":
        code, amount = (request.POST.get(name, "").strip() for name in ("code", "amount"))
        context |= {"code": code, "amount": amount}
        how = request.POST.get("answer", "")
        if how in ANSWERS and re.fullmatch(r"[1-9][0-9]{0,8}", amount, re.ASCII):
            context["receipt"] = take(code[:40], int(amount), how)
        else:
            context["wrong"] = "Whole pesos, please"
    return render(request, "sandbox/efecty_counter.html", context | {"latest": STORE.find("efecty")[:10]})


def take(code: str, amount: int, how: str) -> dict[str, Any]:
    """One visit to the counter; answers the receipt, with what the shop said to each report."""
    moment = time.time()
    number = f"EF{secrets.randbelow(10**10):010d}"
    told = {
        "code": code,
        "amount": amount + 1 if how == "wrong" else amount,
        "paid_at": iso(moment).replace("Z", "+00:00"),
        "point_id": POINT,
        "receipt_number": number,
        "nonce": secrets.token_hex(8),
    }
    said = [] if how == "lost" else [_report(told, how) for _ in range(2 if how == "twice" else 1)]
    receipt = {
        "id": number,
        "code": code,
        "amount": amount,
        "moment": moment,
        "taken": how in TAKEN and all(each.startswith("200") for each in said),
        "said": said,
    }
    return STORE.put("efecty", number, receipt)


def _report(told: dict[str, Any], how: str) -> str:
    url = switch("efecty_confirmations_url")
    if not url:
        return "nobody to tell"
    body = json.dumps(told).encode()
    moment = int(time.time()) - (600 if how == "old" else 0)
    secret = KEYS.efecty_agent_secrets.split(",")[0] + ("-wrong" if how == "forged" else "")
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Efecty-Signature": f"t={moment},v1={digest}"}
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=10, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__
    return f"{answer.status_code} {answer.text[:200]}"
