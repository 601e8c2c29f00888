"""The slip to print or show at a counter, and the key that proves it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.http import Request
from payments.access import find_payment
from payments.vouchers import slips


@never_cache
@require_GET
def show_slip(request: Request, number: str, reference: str) -> HttpResponse:
    payment = find_payment(request, number, reference)
    slip = slips.slip_of(payment)
    if slip is None:
        raise Http404
    if not payment.is_live:
        return redirect("payments:result", number, reference)
    context = {
        "payment": payment,
        "order": payment.order,
        "slip": slip,
        "is_over": slip.expires_at <= timezone.now(),
    }
    return render(request, "payments/slip.html", context)


@require_GET
def show_key(request: Request) -> HttpResponse:
    """For counters: whoever keeps this key can check a slip without a network."""
    return render(request, "payments/slip_key.html", {"public_key": slips.public_key()})
