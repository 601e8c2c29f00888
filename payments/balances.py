"""A seller's money as people read it: views of the ledger and of what it belongs to, nothing of its own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, Sum

from orders.models import PAID_FOR, SellerOrder
from payments import payouts
from payments.models import Account, LedgerEntry, Payout, PayoutLine, PayoutStatus
from sellers.models import PayoutDestination, Seller

NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a seller has earned and where it stands: earned = held + available + on its way + paid."""

    held: Decimal
    available: Decimal
    in_transit: Decimal
    paid: Decimal
    currency: str


def balance_of(seller: Seller) -> Balance:
    """One question to the ledger."""
    entries = LedgerEntry.objects.filter(seller=seller, currency=seller.market.currency)
    sums = entries.aggregate(
        held=-Sum("amount", filter=Q(account=Account.SELLER_HELD), default=NOTHING),
        available=-Sum("amount", filter=Q(account=Account.SELLER_AVAILABLE), default=NOTHING),
        in_transit=-Sum("amount", filter=Q(account=Account.SELLER_IN_TRANSIT), default=NOTHING),
        paid=Sum("amount", filter=Q(account=Account.SELLER_IN_TRANSIT, kind="payout_paid"), default=NOTHING),
    )
    return Balance(currency=seller.market.currency, **sums)


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One order of a seller: how its total becomes what the seller gets, and when."""

    seller_order: SellerOrder
    payout: Payout | None
    available_at: datetime | None

    @property
    def goods(self) -> Decimal:
        return self.seller_order.items_net + self.seller_order.tax


def paid_orders(seller: Seller) -> QuerySet[SellerOrder]:
    """Everything of this seller that was paid for, newest first."""
    lines = PayoutLine.objects.filter(is_void=False).select_related("payout")
    orders = SellerOrder.objects.filter(seller=seller, order__status__in=PAID_FOR)
    return (
        orders.select_related("order")
        .prefetch_related(Prefetch("payout_lines", queryset=lines, to_attr="valid_payout_lines"))
        .order_by("-pk")
    )


def statement_line(seller_order: SellerOrder) -> StatementLine:
    lines = seller_order.valid_payout_lines  # type: ignore[attr-defined]
    delivered = seller_order.delivered_at
    return StatementLine(
        seller_order=seller_order,
        payout=lines[0].payout if lines else None,
        available_at=delivered + payouts.hold(seller_order.market)
        if delivered and not seller_order.released_at
        else None,
    )


def destination_of(seller: Seller) -> PayoutDestination | None:
    return seller.payout_destinations.filter(is_active=True).first()


def payouts_of(seller: Seller) -> QuerySet[Payout]:
    return Payout.objects.filter(seller=seller).select_related("destination").order_by("-pk")


def has_refused(seller: Seller) -> bool:
    """The newest payout came back: the owner should look at the account."""
    newest = payouts_of(seller).first()
    return newest is not None and newest.status == PayoutStatus.FAILED
