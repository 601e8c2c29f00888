"""Pages that answer the usual questions."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from marketplace.http import Request
from support import paying


@require_GET
def show_help(request: Request) -> HttpResponse:
    """Questions about paying, delivery and selling, answered from the market's own rules (MS-PAY-01)."""
    return render(request, "support/help.html", {"methods": request.market.payment_methods})


@require_GET
def show_paying(request: Request) -> HttpResponse:
    """Ways to pay: limits, times, whether they work right now, and how money comes back (MS-PAY-01)."""
    return render(request, "support/paying.html", {"ways": paying.ways(request.market)})


@require_GET
def show_terms(request: Request) -> HttpResponse:
    return render(request, "support/terms.html")


@require_GET
def show_privacy(request: Request) -> HttpResponse:
    return render(request, "support/privacy.html")
