"""A seller's money as people read it: where it stands now and when it comes; views of the ledger alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from payments.disbursement import payouts
from payments.models import (
    UNDECIDED,
    Account,
    LedgerEntry,
    Movement,
    Payout,
    PayoutStatus,
    RefundRequest,
)
from payments.wording import OURS_TO_MEND
from sellers.models import PayoutDestination, Seller

NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """earned = held + available + in_transit + paid − debts (I-09), net of refunds and corrections."""

    held: Decimal
    available: Decimal
    debts: Decimal  # refunds after a payout took more than there was: the next earnings make up for it
    in_transit: Decimal
    paid: Decimal
    currency: str

    @property
    def earned(self) -> Decimal:
        return self.owed + self.paid

    @property
    def owed(self) -> Decimal:
        """What we still have of the seller's; below zero the seller owes us."""
        return self.held + self.available - self.debts + self.in_transit


def balance_of(seller: Seller) -> Balance:
    """One question to the ledger."""
    entries = LedgerEntry.objects.filter(seller=seller, currency=seller.market.currency)
    sums = entries.aggregate(
        held=-Sum("amount", filter=Q(account=Account.SELLER_HELD), default=NOTHING),
        standing=-Sum("amount", filter=Q(account=Account.SELLER_AVAILABLE), default=NOTHING),
        in_transit=-Sum("amount", filter=Q(account=Account.SELLER_IN_TRANSIT), default=NOTHING),
        # What came back was paid no longer; its entry stands in the available money, below zero.
        paid=Sum(
            "amount",
            filter=Q(account=Account.SELLER_IN_TRANSIT, kind=Movement.PAYOUT_PAID)
            | Q(account=Account.SELLER_AVAILABLE, kind=Movement.PAYOUT_BOUNCED),
            default=NOTHING,
        ),
    )
    standing = sums.pop("standing")
    available, debts = max(standing, NOTHING), max(-standing, NOTHING)
    return Balance(currency=seller.market.currency, available=available, debts=debts, **sums)


@dataclass(frozen=True, kw_only=True)
class Release:
    """Delivered goods whose money becomes available on one day."""

    day: date
    amount: Decimal
    orders: int


def releases(seller: Seller) -> list[Release]:
    """What the coming days bring, soonest first; what a buyer asks back waits for the decision (MA-17)."""
    market = seller.market
    asked_back = RefundRequest.objects.filter(seller_order=OuterRef("seller_order"), status__in=UNDECIDED)
    held = LedgerEntry.objects.filter(
        seller=seller,
        account=Account.SELLER_HELD,
        seller_order__status="delivered",
        seller_order__released_at=None,
    ).exclude(Exists(asked_back))
    delivered_on = TruncDate("seller_order__delivered_at", tzinfo=ZoneInfo(market.time_zone))
    days = held.annotate(day=delivered_on).values("day").order_by("day")
    sums = days.annotate(total=-Sum("amount"), orders=Count("seller_order", distinct=True))
    return [
        Release(day=row["day"] + payouts.hold(market), amount=row["total"], orders=row["orders"])
        for row in sums
        if row["total"]
    ]


def destination_of(seller: Seller) -> PayoutDestination | None:
    return seller.payout_destinations.filter(is_active=True).first()


def payouts_of(seller: Seller) -> QuerySet[Payout]:
    return Payout.objects.filter(seller=seller).select_related("destination").order_by("-pk")


def has_refused(seller: Seller) -> bool:
    """The newest payout came back for something of the account: the owner should look at it."""
    newest = payouts_of(seller).first()
    if newest is None or newest.status != PayoutStatus.FAILED:
        return False
    return newest.failure_reason not in OURS_TO_MEND
