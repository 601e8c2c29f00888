"""Payments and payouts for tests, made the way the site makes them."""

import json
from typing import Any

from django.utils import timezone

from marketplace.money import Money
from orders import lifecycle
from orders.models import Order, SellerOrder
from orders.tests.factories import make_order
from payments import collecting
from payments.disbursement import payouts
from payments.earnings import commission_documents
from payments.earnings.months import this_month
from payments.gateways.base import CardDetails, Outcome, Reason, State
from payments.models import CommissionDocument, Payment
from sellers.models import PayoutDestination, Seller
from sellers.tests.factories import make_seller

DESTINATIONS = {
    "co": (
        "wompi_payouts",
        {
            "bank_code": "1007",
            "account_type": "savings",
            "account_number": "12345678901",
            "holder_name": "Bento Lda",
            "document_type": "CC",
            "document_number": "1020304050",
        },
    ),
    "mz": ("mpesa_b2c", {"phone": "+258841234567", "holder_name": "Bento Lda"}),
}
INPUTS = {
    "nequi": {"phone": "+573001234567"},
    "pse": {"bank": "1007", "user_type": "0", "document_type": "CC", "document_number": "1020304050"},
    "efecty": {"document_type": "CC", "document_number": "1020304050"},
    "mpesa": {"phone": "+258841234567"},
}


def make_destination(seller: Seller, **account: str) -> PayoutDestination:
    rail, usual = DESTINATIONS[seller.market_code]
    return PayoutDestination.objects.create(
        seller=seller,
        rail=rail,
        holder_name="Bento Lda",
        account=json.dumps(usual | account),
        masked="••••4567",
        created_by=seller.members.get().user,
    )


def make_payment(
    order: Order | None = None, *, method: str = "", started: bool = True, **fields: Any
) -> Payment:
    """An attempt; `started` means that a worker has told the company (nobody was called)."""
    order = order or make_order()
    method = method or order.market.payment_methods[0].code
    site = f"http://{order.market_code}.localhost:8000"
    payment = collecting.begin(order=order, method=method, inputs=INPUTS.get(method, {}), site=site)
    if started:
        fields = {"started_at": timezone.now(), "status": "pending"} | fields
    if fields:
        Payment.objects.filter(pk=payment.pk).update(**fields)
        payment.refresh_from_db()
    return payment


def paid(payment: Payment, **fields: Any) -> Outcome:
    """The company says: we have the money."""
    usual = {"money": payment.money, "company_reference": f"C-{payment.reference}"}
    return Outcome(state=State.PAID, **usual | fields)


def failed(reason: Reason = Reason.REFUSED_BY_BANK) -> Outcome:
    return Outcome(state=State.FAILED, reason=reason, company_message="no")


def card_paid(payment: Payment) -> Outcome:
    return paid(payment, card=CardDetails(brand="VISA", last_four="4242", installments=3))


def wrong(payment: Payment, amount: int = 1) -> Outcome:
    return paid(payment, money=Money(amount, payment.currency))


def make_sale(seller: Seller | None = None, **fields: Any) -> Order:
    """An order of this seller, paid and in the books."""
    seller = seller or make_seller()
    order = make_order(seller=seller, **fields)
    payment = make_payment(order)
    collecting.settle(payment.pk, paid(payment))
    order.refresh_from_db()
    return order


def deliver(order: Order) -> list[SellerOrder]:
    """Every part reaches the buyer."""
    parts = list(order.seller_orders.select_related("order", "seller"))
    for part in parts:
        lifecycle.ship(part, by=None)
        lifecycle.deliver(part, by=None, actor="buyer")
    return parts


def make_available(seller: Seller, **fields: Any) -> SellerOrder:
    """A sale whose money the seller may have now."""
    (part,) = deliver(make_sale(seller, **fields))
    payouts.release_due(timezone.now() + payouts.hold(seller.market))
    part.refresh_from_db()
    return part


def make_document(seller: Seller) -> CommissionDocument:
    """This month's commission document of a store that has sold, issued as soon as the month is over."""
    month = this_month(seller.market)
    document = commission_documents.issue(seller_id=seller.pk, month=month, now=month.end)
    if document is None:
        raise LookupError(seller)
    return document
