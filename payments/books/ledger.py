"""The books: every movement of money, posted once, adding up to zero (docs/money.md shows them all)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_noop

from marketplace.accounts.models import User
from marketplace.money import Money
from orders.models import Order, SellerOrder
from payments.books import movements
from payments.models import Account, LedgerEntry, Movement, Payment, Payout, Refund
from sellers.models import Seller

_CARRIED_OVER = gettext_noop("Kept for the next payout")
# Entries of that kind are known by their source: staff may write the same words about a correction.
CARRIED_OVER = Q(kind=Movement.ADJUSTMENT) & (Q(source__endswith="-out") | Q(source__endswith="-in"))


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
    post(Movement.SALE, order.number, order.market_code, order.currency, legs, order=order)


def record_surplus(payment: Payment, money: Money | None = None) -> None:
    """Money that came twice, too late or in a wrong amount: ours to give back."""
    money = money or payment.money
    legs = [
        Leg(account=Account.GATEWAY, amount=money.amount, gateway=payment.gateway),
        Leg(account=Account.SURPLUS, amount=-money.amount, gateway=payment.gateway),
    ]
    currency = money.currency.code
    post(Movement.SURPLUS, payment.reference, payment.market_code, currency, legs, order=payment.order)


def release(seller_order: SellerOrder) -> None:
    """The goods arrived and the hold is over: the seller may have what refunds have left of the money."""
    order, seller = seller_order.order, seller_order.seller
    held, available = Account.SELLER_HELD, Account.SELLER_AVAILABLE
    legs = _seller_legs(held, available, held_of(seller_order), seller, seller_order)
    post(Movement.RELEASE, seller_order.number, order.market_code, order.currency, legs, order=order)


def held_of(seller_order: SellerOrder) -> Decimal:
    """What is still held of one part: its seller's share, less what was refunded."""
    held = LedgerEntry.objects.filter(seller_order=seller_order, account=Account.SELLER_HELD)
    return -(held.aggregate(total=Sum("amount"))["total"] or Decimal(0))


def record_refund(refund: Refund) -> None:
    """Everybody gives back a share; from now on the amount is owed to the buyer.

    The seller's comes out of what is held, or once that is released, out of what is available:
    with too little there it becomes a debt, which the next payout nets (MA-11).
    """
    part = refund.seller_order
    if part is None:
        raise ValueError("A surplus belongs to no seller")
    source = Account.SELLER_AVAILABLE if part.released_at else Account.SELLER_HELD
    shares = {
        source: refund.seller_amount,
        Account.COMMISSION: refund.commission,
        Account.COMMISSION_TAX: refund.commission_tax,
    }
    legs = [
        Leg(account=account, amount=amount, seller=part.seller, seller_order=part)
        for account, amount in shares.items()
    ]
    _post_refund(refund, Movement.REFUND, refund.number, [*legs, _due(refund, -refund.amount)])


def record_surplus_due(refund: Refund) -> None:
    """Money that came by mistake is owed back to the buyer."""
    surplus = Leg(account=Account.SURPLUS, amount=refund.amount, gateway=refund.payment.gateway)
    _post_refund(refund, Movement.SURPLUS_DUE, refund.number, [surplus, _due(refund, -refund.amount)])


def record_refund_paid(refund: Refund) -> None:
    """The buyer has it; so much less is left with the company or rail that paid."""
    gone = Leg(account=Account.GATEWAY, amount=-refund.amount, gateway=carrier_of(refund))
    _post_refund(refund, Movement.REFUND_PAID, refund.reference, [_due(refund, refund.amount), gone])


def record_refund_bounced(refund: Refund) -> None:
    """The company took back its word: we have the money again, and owe it again."""
    back = Leg(account=Account.GATEWAY, amount=refund.amount, gateway=carrier_of(refund))
    _post_refund(refund, Movement.REFUND_BOUNCED, refund.reference, [back, _due(refund, -refund.amount)])


def carrier_of(refund: Refund) -> str:
    """Who pays it out: the rail that the buyer chose, else the company that collected."""
    return refund.rail or refund.payment.gateway


def record_adjustment(seller: Seller, amount: Decimal, *, key: str, note: str, by: User) -> None:
    """Staff correct a seller's balance by a positive or negative amount, and say why."""
    legs = [
        Leg(account=Account.SELLER_AVAILABLE, amount=-amount, seller=seller),
        Leg(account=Account.ADJUSTMENTS, amount=amount, seller=seller),
    ]
    post(Movement.ADJUSTMENT, key, seller.market_code, seller.market.currency, legs, note=note, by=by)


def carry_over(seller: Seller, amount: Decimal, *, key: str) -> list[LedgerEntry]:
    """Leave what a rail cannot carry for the next payout: taken out for this one, put back at once.

    Answers the entry that this payout nets; the other one stays available.
    """
    for name, moved in (("out", amount), ("in", -amount)):
        legs = [
            Leg(account=Account.SELLER_AVAILABLE, amount=moved, seller=seller),
            Leg(account=Account.ADJUSTMENTS, amount=-moved, seller=seller),
        ]
        source = f"{key}-{name}"
        currency = seller.market.currency
        post(Movement.ADJUSTMENT, source, seller.market_code, currency, legs, note=_CARRIED_OVER)
    taken = LedgerEntry.objects.filter(source=f"{Movement.ADJUSTMENT}:{key}-out")
    return list(taken.filter(account=Account.SELLER_AVAILABLE))


def _due(refund: Refund, amount: Decimal) -> Leg:
    return Leg(account=Account.REFUNDS_DUE, amount=amount, gateway=refund.payment.gateway)


def _post_refund(refund: Refund, kind: Movement, key: str, legs: list[Leg]) -> None:
    post(kind, key, refund.market_code, refund.currency, legs, order=refund.order, refund=refund)


def record_payout(payout: Payout) -> None:
    """Set the money aside before the rail is asked to move it."""
    _move_payout(payout, Movement.PAYOUT, Account.SELLER_AVAILABLE, Account.SELLER_IN_TRANSIT)


def record_payout_returned(payout: Payout) -> None:
    """The rail said no: the money is available again."""
    _move_payout(payout, Movement.PAYOUT_RETURNED, Account.SELLER_IN_TRANSIT, Account.SELLER_AVAILABLE)


def record_payout_bounced(payout: Payout) -> None:
    """The bank returned what it had called paid: the seller's money is available again."""
    legs = [
        Leg(account=Account.GATEWAY, amount=payout.amount, gateway=payout.rail),
        Leg(account=Account.SELLER_AVAILABLE, amount=-payout.amount, seller=payout.seller),
    ]
    _post_payout(payout, Movement.PAYOUT_BOUNCED, legs)


def record_payout_paid(payout: Payout) -> None:
    """The seller has the money; so much less is left with the companies."""
    legs = [
        Leg(account=Account.SELLER_IN_TRANSIT, amount=payout.amount, seller=payout.seller),
        Leg(account=Account.GATEWAY, amount=-payout.amount, gateway=payout.rail),
    ]
    _post_payout(payout, Movement.PAYOUT_PAID, legs)


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


def _move_payout(payout: Payout, kind: Movement, debit: str, credit: str) -> None:
    _post_payout(payout, kind, _seller_legs(debit, credit, payout.amount, payout.seller))


def _post_payout(payout: Payout, kind: Movement, legs: list[Leg]) -> None:
    post(kind, payout.reference, payout.market_code, payout.currency, legs, payout=payout)


@transaction.atomic
def post(
    kind: Movement,
    key: str,
    market_code: str,
    currency: str,
    legs: Iterable[Leg],
    *,
    order: Order | None = None,
    payout: Payout | None = None,
    refund: Refund | None = None,
    note: str = "",
    by: User | None = None,
) -> None:
    """Book one movement under the source `kind:key`; what is booked already is left alone.

    Callers hold the lock of the order or the seller, so asking first is enough; were one to
    forget, `ledger_source_once` and the balance trigger refuse the whole transaction. Raises
    NotAMovement for legs that docs/money.md does not know.
    """
    source = f"{kind}:{key}"
    if LedgerEntry.objects.filter(source=source).exists():
        return
    moving = [leg for leg in legs if leg.amount]
    movements.check(kind, ((leg.account, leg.amount) for leg in moving))
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
            refund=refund,
            note=note[:300],
            by=by,
        )
        for leg in moving
    )
