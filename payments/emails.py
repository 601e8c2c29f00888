"""What we write about money: to buyers when a payment fails or comes late, to sellers when they are paid."""

from typing import Any

from django.urls import reverse

from marketplace import mail
from payments.models import Payment, Payout
from payments.wording import sentence
from sellers.models import MemberRole


def send_failed(payment: Payment) -> None:
    """The order still waits: here is the way to pay it differently."""
    retry = reverse("orders:show_guest_order", args=[payment.order.secret])
    _write_buyer(payment, "failed", retry_path=retry, reason=sentence(payment.failure_reason))


def send_surplus(payment: Payment) -> None:
    """Money came twice or too late; we say so before anybody asks."""
    _write_buyer(payment, "surplus")


def _write_buyer(payment: Payment, template: str, **context: Any) -> None:
    order = payment.order
    mail.send(
        template=f"payments/{template}",
        to=order.email,
        language=order.language,
        market=order.market,
        context={"order": order, "payment": payment, **context},
    )


def send_payout_paid(payout: Payout) -> None:
    """To every owner of the store."""
    seller = payout.seller
    path = reverse("payments_seller:show_payout", args=[payout.reference])
    for member in seller.members.filter(role=MemberRole.OWNER).select_related("user"):
        _write_owner(payout, member.user.email, member.user.language, "payout_sent", path)


def send_payout_returned(payout: Payout) -> None:
    """The bank or wallet refused: the owner should check where the money is meant to go."""
    seller = payout.seller
    path = reverse("sellers:edit_payout_destination")
    for member in seller.members.filter(role=MemberRole.OWNER).select_related("user"):
        _write_owner(payout, member.user.email, member.user.language, "payout_returned", path)


def _write_owner(payout: Payout, to: str, language: str, template: str, path: str) -> None:
    market, reason = payout.market, sentence(payout.failure_reason)
    mail.send(
        template=f"payments/{template}",
        to=to,
        language=language or market.language,
        market=market,
        context={"payout": payout, "seller": payout.seller, "path": path, "reason": reason},
    )
