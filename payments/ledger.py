"""The books: every movement of money, posted once, adding up to zero (docs/money.md shows them all)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from marketplace.money import Money
from orders.models import Order, SellerOrder
from payments.models import Account, LedgerEntry, Payment, Payout
from sellers.models import Seller


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One side of a movement: positive is what we hold, negative what we owe or earn."""

    account: str
    amount: Decimal
    seller: Seller | None = None
    seller_order: SellerOrder | None = None
    gateway: str = ""


def record_sale(order: Order, payment: Payment) -> None:
    """The buyer's money has arrived: what each seller is owed, our commission and the tax on it."""
    legs = [Leg(account=Account.GATEWAY, amount=payment.amount, gateway=payment.gateway)]
    for part in order.seller_orders.select_related("seller").order_by("pk"):
        shares = {
            Account.SELLER_HELD: part.earnings,
            Account.COMMISSION: part.commission,
            Account.COMMISSION_TAX: part.commission_tax,
        }
        legs += [
            Leg(account=account, amount=-amount, seller=part.seller, seller_order=part)
            for account, amount in shares.items()
        ]
    _post("sale", f"sale:{order.number}", order.market_code, order.currency, legs, order=order)


def record_surplus(payment: Payment, money: Money | None = None) -> None:
    """Money that came twice, too late or in a wrong amount: ours to give back."""
    money = money or payment.money
    legs = [
        Leg(account=Account.GATEWAY, amount=money.amount, gateway=payment.gateway),
        Leg(account=Account.SURPLUS, amount=-money.amount, gateway=payment.gateway),
    ]
    source, currency = f"surplus:{payment.reference}", money.currency.code
    _post("surplus", source, payment.market_code, currency, legs, order=payment.order)


def release(seller_order: SellerOrder) -> None:
    """The goods arrived and the hold is over: the seller may have the money."""
    order, seller = seller_order.order, seller_order.seller
    held, available = Account.SELLER_HELD, Account.SELLER_AVAILABLE
    legs = _seller_legs(held, available, seller_order.earnings, seller, seller_order)
    source = f"release:{seller_order.number}"
    _post("release", source, order.market_code, order.currency, legs, order=order)


def record_payout(payout: Payout) -> None:
    """Set the money aside before the rail is asked to move it."""
    _move_payout(payout, "payout", Account.SELLER_AVAILABLE, Account.SELLER_IN_TRANSIT)


def record_payout_returned(payout: Payout) -> None:
    """The rail said no: the money is available again."""
    _move_payout(payout, "payout_returned", Account.SELLER_IN_TRANSIT, Account.SELLER_AVAILABLE)


def record_payout_paid(payout: Payout) -> None:
    """The seller has the money; so much less is left with the companies."""
    legs = [
        Leg(account=Account.SELLER_IN_TRANSIT, amount=payout.amount, seller=payout.seller),
        Leg(account=Account.GATEWAY, amount=-payout.amount, gateway=payout.rail),
    ]
    _post_payout(payout, "payout_paid", legs)


def balance(account: str, *, currency: str, seller: Seller | None = None) -> Money:
    """How much stands on an account, as people say it: a debt of ours to a seller is a positive amount."""
    rows = LedgerEntry.objects.filter(account=account, currency=currency)
    if seller:
        rows = rows.filter(seller=seller)
    total = rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return Money(total if account == Account.GATEWAY else -total, currency)


def _seller_legs(
    debit: str, credit: str, amount: Decimal, seller: Seller, seller_order: SellerOrder | None = None
) -> list[Leg]:
    return [
        Leg(account=debit, amount=amount, seller=seller, seller_order=seller_order),
        Leg(account=credit, amount=-amount, seller=seller, seller_order=seller_order),
    ]


def _move_payout(payout: Payout, kind: str, debit: str, credit: str) -> None:
    _post_payout(payout, kind, _seller_legs(debit, credit, payout.amount, payout.seller))


def _post_payout(payout: Payout, kind: str, legs: list[Leg]) -> None:
    source = f"{kind}:{payout.reference}"
    _post(kind, source, payout.market_code, payout.currency, legs, payout=payout)


@transaction.atomic
def _post(
    kind: str,
    source: str,
    market_code: str,
    currency: str,
    legs: Iterable[Leg],
    *,
    order: Order | None = None,
    payout: Payout | None = None,
) -> None:
    """Book one movement; a source that is booked already is left alone.

    Callers hold the lock of the order or the seller, so asking first is enough; were one to
    forget, `ledger_source_once` and the balance trigger refuse the whole transaction.
    """
    if LedgerEntry.objects.filter(source=source).exists():
        return
    movement = uuid.uuid4()
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            movement=movement,
            kind=kind,
            source=source,
            market_code=market_code,
            account=leg.account,
            seller=leg.seller,
            seller_order=leg.seller_order,
            gateway=leg.gateway,
            amount=leg.amount,
            currency=currency,
            order=order,
            payout=payout,
        )
        for leg in legs
        if leg.amount
    )
