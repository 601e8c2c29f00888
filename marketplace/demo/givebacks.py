"""Money of the demo that goes back: the account is named and the company has answered, nobody is called."""

from datetime import datetime
from typing import Any

from marketplace.accounts.models import User
from orders.models import Order, SellerOrder
from payments import settling
from payments.gateways.base import Outcome, State
from payments.models import Payment, Refund, RefundStatus
from payments.refunds import refunding, returned, returning

REASONS = {
    "co": ("Llegó dañado.", "El comprador cambió de idea."),
    "mz": ("Chegou danificado.", "O comprador mudou de ideias."),
}
ACCOUNTS: dict[str, tuple[str, dict[str, str]]] = {
    "co": (
        "wompi_payouts",
        {
            "bank_code": "1007",
            "account_type": "savings",
            "account_number": "03177654321",
            "document_type": "CC",
            "document_number": "1032456789",
        },
    ),
    "mz": ("mpesa_b2c", {"phone": "+258841112233"}),
}


def refund(part: SellerOrder, *, units: dict[int, int] | None, now: datetime) -> None:
    """Staff give back some units, or everything with its delivery."""
    reason = REASONS[part.market_code][0]
    told: dict[str, Any] = {"reason": reason, "by": None, "actor": "staff", "restock": False, "now": now}
    _settle_way(refunding.refund_part(seller_order=part, lines=units, with_delivery=units is None, **told))


def call_off(part: SellerOrder, *, by: User | None, now: datetime) -> None:
    """The buyer does not want it any more, before it is sent."""
    reason = REASONS[part.market_code][1]
    _settle_way(refunding.cancel_paid_part(seller_order=part, by=by, actor="buyer", reason=reason, now=now))


def pay_again(payment: Payment, *, now: datetime) -> None:
    """The same money comes a second time: it is surplus, and owed back."""
    second = f"{payment.company_reference}B"
    answer = Outcome(state=State.PAID, money=payment.money, company_reference=second)
    settling.settle(payment.pk, answer, told=second, now=now)
    for surplus in payment.order.refunds.filter(seller_order=None):
        _settle_way(surplus)


def _settle_way(refund: Refund) -> None:
    """No company knows the payments of the demo, so each buyer is asked for an account."""
    refund.refresh_from_db()
    if refund.status == RefundStatus.CREATED:
        returned.need_account(refund.pk, reference=refund.reference, why="demo")


def send(order: Order, *, now: datetime) -> None:
    """The buyer names an account and the money arrives."""
    rail_code, account = ACCOUNTS[order.market_code]
    rail = order.market.payout_rail(rail_code)
    for refund in order.refunds.filter(status=RefundStatus.NEEDS_ACCOUNT):
        if rail is None:
            raise LookupError(rail_code)
        returning.give_account(
            refund=refund, rail=rail, account=account | {"holder_name": order.full_name}, now=now
        )
        Refund.objects.filter(pk=refund.pk).update(status=RefundStatus.SENDING, sent_at=now)
        refund.refresh_from_db()
        refund.record("sending")
        answer = Outcome(state=State.PAID, money=refund.money, company_reference=f"DEMO{refund.pk:06d}")
        returned.apply(refund.pk, answer, reference=refund.reference)
