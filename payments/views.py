"""Paying an order: choose a way, follow it, see what became of it. No page here talks to a company."""

import re
import time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from marketplace.http import Request, client_ip, wants_fragment
from marketplace.markets.base import Text
from marketplace.throttling import throttle, visitor
from orders.access import find_order
from orders.models import PAID_FOR, Order, OrderStatus
from payments import availability, choosing, collecting, emails, following, methods, typed
from payments.access import find_payment
from payments.gateways.base import Refused
from payments.models import LIVE, Payment, PaymentStatus, RefundKind
from payments.risk.screening import Suspicious
from payments.vouchers import cash
from payments.wording import sentence, why

CHOOSE = "payments/choose.html"
PROBLEMS: dict[type[Exception], Text] = {
    collecting.MethodNotAllowed: gettext_lazy("This way to pay cannot be used now."),
    collecting.TooManyAttempts: gettext_lazy("Too many attempts for this order. Please write to us."),
    Suspicious: gettext_lazy("We cannot take this payment here. Please write to us."),
}
FRUITLESS = (PaymentStatus.FAILED, PaymentStatus.EXPIRED)
SETTLED = (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)
CAME_BACK = "came_back"  # in the session: which payment the shopper has just come back from, and when
ASKED_FOR = 20  # so many seconds the company is asked then, before the page says that nothing was paid
LEFT = "left_to_pay"  # in the session: the payment for which this browser has been led to the company


@never_cache
@throttle("pay", key=visitor)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request, number: str) -> HttpResponse:
    order = find_order(request, number)
    if live := order.payments.filter(status__in=LIVE).first():
        return redirect("payments:wait", number, live.reference)
    if order.status in PAID_FOR:
        return redirect("orders:show_order", number)
    if order.status != OrderStatus.PENDING or order.expires_at <= timezone.now():
        return render(request, "payments/closed.html", {"order": order})
    posted = request.POST if request.method == "POST" else None
    known = typed.recall(request.session, order)
    options = choosing.options(
        order, translation.get_language(), posted, request.GET.get("method", ""), known
    )
    chosen = next((option for option in options if option.is_chosen), None)
    if posted is None:
        return _show_choice(request, order, options)
    if chosen is None or chosen.form is None or chosen.is_loading:
        return _show_choice(request, order, options, problem=_("Please choose a way to pay."))
    if not chosen.form.is_valid():
        return _show_choice(request, order, options, chosen=chosen)
    return _begin(request, order, options, chosen)


def _show_choice(
    request: Request,
    order: Order,
    options: list[choosing.Option],
    *,
    chosen: choosing.Option | None = None,
    problem: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "order": order,
        "options": options,
        "form": chosen.form if chosen else None,
        "problem": problem,
        "is_loading": any(option.is_loading for option in options),
        "last": order.payments.filter(status__in=FRUITLESS).order_by("-number").first(),
    }
    if context["last"]:
        context["reason"] = why(context["last"])
        emails.note_seen(context["last"])
    return render(request, CHOOSE, context, status=422 if request.method == "POST" else 200)


def _begin(
    request: Request, order: Order, options: list[choosing.Option], chosen: choosing.Option
) -> HttpResponse:
    try:
        payment = collecting.begin(
            order=order,
            method=chosen.code,
            gateway=chosen.offer.method.gateway,
            inputs=chosen.form.inputs(),  # type: ignore[union-attr]
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
            site=f"{request.scheme}://{request.get_host()}",
        )
    except collecting.AttemptUnderWay as other:
        payment = other.payment
    except collecting.NotPayable:
        return redirect("payments:choose", order.number)
    except tuple(PROBLEMS) as refusal:
        return _show_choice(request, order, options, problem=str(PROBLEMS[type(refusal)]))
    except Refused as refusal:
        chosen.form.add_error(None, sentence(refusal.reason))  # type: ignore[union-attr, arg-type]
        return _show_choice(request, order, options, chosen=chosen)
    typed.remember(request.session, order, chosen.code, chosen.form.inputs())  # type: ignore[union-attr]
    return redirect("payments:wait", order.number, payment.reference)


@never_cache
@require_GET
def wait(request: Request, number: str, reference: str) -> HttpResponse:
    """Follows the payment by itself; leads to the bank once, then leaves that to a button."""
    payment = find_payment(request, number, reference)
    if not payment.is_live or payment.order.status in PAID_FOR:
        return _go(request, reverse("payments:result", args=[number, reference]))
    page = following.page_of(payment, timezone.now())
    leads = bool(page.leave_to) and request.session.get(LEFT) != reference
    if leads:
        request.session[LEFT] = reference
    leave = page.leave_to if leads and not page.form else ""
    context = {"page": page, "payment": payment, "leave": leave, "leads": leads}
    if not wants_fragment(request):
        return render(request, "payments/wait.html", context)
    if leave:
        return HttpResponseClientRedirect(leave)
    context["changed"] = request.GET.get("seen", "") != page.seen
    return render(request, "payments/wait.html#answer", context)


def _go(request: Request, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if wants_fragment(request) else redirect(url)


@never_cache
@require_GET
def come_back(request: Request, number: str, reference: str) -> HttpResponse:
    """Back from the bank. What the address says proves nothing; it only makes us ask sooner."""
    payment = find_payment(request, number, reference)
    request.session[LEFT] = reference
    request.session[CAME_BACK] = [reference, time.time()]
    hint = request.GET.get("id") or request.GET.get("transactionId", "")
    if not re.fullmatch(r"[A-Za-z0-9-]{0,64}", hint, re.ASCII):
        hint = ""
    if payment.started_at and availability.may_ask(payment.pk):
        collecting.ask.delay(payment.pk, hint)
    return redirect("payments:wait", number, reference)


@never_cache
@require_POST
def give_up(request: Request, number: str, reference: str) -> HttpResponse:
    """Another way to pay, please."""
    payment = find_payment(request, number, reference)
    try:
        collecting.cancel(payment=payment)
    except collecting.NotCancellable:
        return redirect("payments:wait", number, reference)
    wish = re.sub(r"[^a-z0-9_]", "", request.POST.get("method", ""))[:20]
    return redirect(reverse("payments:choose", args=[number]) + (f"?method={wish}" if wish else ""))


@never_cache
@require_GET
def result(request: Request, number: str, reference: str) -> HttpResponse:
    payment = find_payment(request, number, reference)
    order = payment.order
    if payment.is_live and order.status not in PAID_FOR:
        return redirect("payments:wait", number, reference)
    is_open = order.status == OrderStatus.PENDING and order.expires_at > timezone.now()
    if is_paid := order.status in PAID_FOR:
        typed.forget(request.session)
    emails.note_seen(payment)
    surplus = payment.refunds.filter(kind=RefundKind.SURPLUS).first()
    context = {
        "payment": payment,
        "order": order,
        "is_paid": is_paid,
        "is_surplus": payment.status == PaymentStatus.SURPLUS,
        "is_asking": not is_paid and _is_asking(request, payment),
        "is_other": payment.status not in SETTLED,
        "surplus": surplus,
        "is_reported": cash.is_reported(payment),
        "is_unconfirmed": bool(payment.attention),
        "can_retry": is_open,
        "other": methods.other_after(payment) if is_open else None,
        "reason": why(payment),
    }
    return render(request, "payments/result.html", context)


def _is_asking(request: Request, payment: Payment) -> bool:
    """What was given up may just have been paid: whoever comes back must not be told to pay again.

    The company's own no is an answer, and so is what was found out since.
    """
    reference, at = request.session.get(CAME_BACK, ["", 0])
    given_up = payment.status in (PaymentStatus.EXPIRED, PaymentStatus.CANCELLED) or bool(payment.attention)
    is_older = payment.settled_at is None or payment.settled_at.timestamp() < at
    return given_up and is_older and reference == payment.reference and time.time() - at < ASKED_FOR
