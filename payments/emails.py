"""What we write about money: to buyers of payments that failed, to sellers when they are paid, to staff."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from marketplace import mail
from payments.models import Payment, Payout
from payments.wording import why, why_not_paid_out
from sellers.emails import people_of

# Who looks at the page reads there that the payment failed; the mail is for all others.
SEEN_WITHIN = timedelta(minutes=3)


def send_failed(payment: Payment, now: datetime) -> None:
    """The order still waits: here is the way to pay it differently, for whoever has left the page."""
    retry = reverse("orders:show_guest_order", args=[payment.order.secret])
    after = min(SEEN_WITHIN, (payment.order.expires_at - now) / 2)
    _write_buyer(payment, "failed", after=after, retry_path=retry, reason=why(payment))


@transaction.atomic
def note_seen(payment: Payment) -> None:
    """The buyer reads on a page what send_failed() was going to say."""
    if mail.call_back([payment.reference]):
        payment.record("seen")


def send_unconfirmed(payment: Payment) -> None:
    """Nobody can say whether money moved, and neither do we: whoever paid need not pay again."""
    link = reverse("orders:show_guest_order", args=[payment.order.secret])
    _write_buyer(payment, "unconfirmed", order_path=link, reason=why(payment))


def send_receipt_rejected(payment: Payment, *, is_open: bool) -> None:
    """We promised to write once somebody has looked: whoever has paid shows us the receipt."""
    link = reverse("orders:show_guest_order", args=[payment.order.secret])
    _write_buyer(payment, "receipt_rejected", order_path=link, is_open=is_open)


def send_wrong_amounts(payments: Sequence[Payment]) -> None:
    """To our own people, of one market: these orders keep their goods until somebody decides."""
    market = payments[0].market
    mail.send(
        template="payments/wrong_amounts",
        to=market.support_email,
        language=market.language,
        market=market,
        about=payments[0].reference if len(payments) == 1 else "",
        context={"payments": payments, "path": reverse("admin:payments_payment_changelist")},
    )


def _write_buyer(payment: Payment, template: str, *, after: timedelta = timedelta(0), **context: Any) -> None:
    order = payment.order
    mail.send(
        template=f"payments/{template}",
        to=order.email,
        language=order.language,
        market=order.market,
        about=payment.reference,
        after=after,
        context={"order": order, "payment": payment, **context},
    )


def send_payout_paid(payout: Payout) -> None:
    """To every owner of the store."""
    _write_owners(payout, "payout_sent", reverse("payments_seller:show_payout", args=[payout.reference]))


def send_payout_returned(payout: Payout, *, came_back: bool = False) -> None:
    """The bank or wallet refused, or sent it back later: the owner should check the account."""
    path = reverse("sellers:edit_payout_destination")
    _write_owners(payout, "payout_returned", path, came_back=came_back)


def send_payout_called_off(payout: Payout) -> None:
    """Staff have stopped it; the owners read why, and that the money is still theirs."""
    _write_owners(payout, "payout_called_off", reverse("payments_seller:show_balance"))


def send_payout_waits(payout: Payout) -> None:
    """To our own people: a second person must look at it."""
    market = payout.market
    path = reverse("admin:payments_payout_change", args=[payout.pk])
    _write(payout, market.support_email, market.language, "payout_waits", path)


def _write_owners(payout: Payout, template: str, path: str, **more: Any) -> None:
    for person, language in people_of(payout.seller):
        _write(payout, person.email, language, template, path, **more)


def _write(payout: Payout, to: str, language: str, template: str, path: str, **more: Any) -> None:
    reason = why_not_paid_out(payout.failure_reason)
    mail.send(
        template=f"payments/{template}",
        to=to,
        language=language,
        market=payout.market,
        about=payout.reference,
        context={"payout": payout, "seller": payout.seller, "path": path, "reason": reason, **more},
    )
