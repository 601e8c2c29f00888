"""The console: magic numbers, switches, the latest payments, events and calls."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from . import emola, mpesa, statements, stripe
from .emola_plans import PLANS as EMOLA_PLANS
from .emola_plans import USUAL as EMOLA_USUAL
from .memory import CHOICES, STORE, SWITCHES, switch, turn
from .mpesa_plans import PLANS, USUAL
from .phone import banks, prompts

STYLES = Path(__file__).with_name("sandbox.css")

WOMPI_NUMBERS = (
    ("Card", "4242 4242 4242 4242", "Approved (any date to come, any three digits)"),
    ("Card", "4111 1111 1111 1111", "Declined"),
    ("Card", "any other valid number", "Error"),
    ("Nequi", "399 111 1111", "Approved"),
    ("Nequi", "399 222 2222", "Declined"),
    ("Nequi", "any other 399 …", "Error"),
    ("Nequi", "any other mobile number", "Asks on the phone page (ours)"),
    ("PSE", "Banco que aprueba", "Approved"),
    ("PSE", "Banco que declina", "Declined"),
    ("PSE", "Banco que simula un error", "Error"),
    ("PSE", "any other bank", "Opens the bank's page, which asks (ours)"),
    ("Bancolombia", "transfer", "Opens the bank's page, which asks"),
    ("Payouts", "account number ending in 07", "Row fails with D07 (ours)"),
    ("Payouts", "any other account", "Paid after 2 seconds"),
)


PAYU_NUMBERS = (
    ("Card", "APPROVED, 777, month 01-05", "Approved (typed on PayU's page)"),
    ("Card", "REJECTED, 666, month 07-12", "Declined"),
    ("Nequi", "300 666 6666", "Refused at once: client not found"),
    ("Nequi", "300 777 7777", "Pending, then approved"),
    ("Nequi", "300 777 7776", "Pending, then declined"),
    ("Nequi", "300 777 7775", "Stays pending"),
    ("Nequi", "300 777 7774", "Pending, then failed"),
    ("Nequi", "300 777 7772", "Expires after five minutes"),
    ("Nequi", "any other mobile number", "Asks on the phone page (ours)"),
    ("PSE", "any bank", "Opens the bank's page with PayU's four outcomes"),
)


def page_context(request: HttpRequest) -> dict[str, Any]:
    return {"shop_url": settings.SHOP_URL, "waiting": len(prompts())}


def in_fours(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def _mpesa_numbers() -> list[tuple[str, str]]:
    rows = [("00 to 79", USUAL.note)]
    return rows + [(ending, plan.note) for ending, plan in sorted(PLANS.items())]


def _emola_numbers() -> list[tuple[str, str]]:
    rows = [("00 to 69", EMOLA_USUAL.note)]
    return rows + [(ending, plan.note) for ending, plan in sorted(EMOLA_PLANS.items())]


@require_GET
def show_console(request: HttpRequest) -> HttpResponse:
    payments = [each | {"now": mpesa.state_of(each)} for each in STORE.find("mpesa")[:10]]
    context = {
        "statements": statements.COMPANIES,
        "wompi_numbers": WOMPI_NUMBERS,
        "payu_numbers": PAYU_NUMBERS,
        "payu_tries": STORE.find("payu")[:10],
        "payu_refunds": STORE.find("payu_refund", state="PENDING")[:10],
        "mpesa_numbers": _mpesa_numbers(),
        "emola_numbers": _emola_numbers(),
        "transactions": STORE.find("transaction")[:10],
        "mpesa_payments": payments,
        "emola_payments": [each | {"now": emola.state_of(each)} for each in STORE.find("emola")[:10]],
        "payout_rows": STORE.find("payout_row")[:10],
        "stripe_numbers": [(in_fours(number), card.note) for number, card in stripe.CARDS.items()],
        "stripe_sessions": STORE.find("stripe_session")[:10],
        "banks": banks(),
        "events": STORE.find("event")[:10],
        "calls": [each | {"clock": _clock(each["at"])} for each in STORE.calls(15)],
    }
    return render(request, "sandbox/console.html", context)


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))


@require_GET
def show_switches(request: HttpRequest) -> HttpResponse:
    switches = [
        {
            "name": name,
            "value": switch(name),
            "note": note,
            "is_flag": isinstance(usual, bool),
            "choices": CHOICES.get(name),
        }
        for name, (usual, note) in SWITCHES.items()
    ]
    return render(request, "sandbox/switches.html", {"switches": switches})


@require_POST
def set_switches(request: HttpRequest) -> HttpResponse:
    """An unticked box is not sent, so every flag is set."""
    try:
        for name, (usual, _note) in SWITCHES.items():
            if isinstance(usual, bool):
                turn(name, name in request.POST)
            elif name in request.POST:
                turn(name, request.POST[name])
    except ValueError:
        return HttpResponse("A switch cannot stand there", status=422, content_type="text/plain")
    return HttpResponseRedirect("/switches/")


@require_GET
def show_styles(request: HttpRequest) -> HttpResponse:
    return HttpResponse(STYLES.read_bytes(), content_type="text/css")
