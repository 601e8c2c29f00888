"""From delivered goods to a payout: the hold ends, the balance grows, the clock or the seller asks for it."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.background import each_alone
from marketplace.markets import MARKETS
from marketplace.markets.base import Market
from orders.models import SellerOrder, SellerOrderStatus
from payments import emails
from payments.books import ledger
from payments.disbursement.payable import (
    Hindrance,
    NothingToPay,
    destination_of,
    has_matured,
    hindrance,
    minimum,
    payable,
    turn,
    unpaid,
    was_asked_today,
)
from payments.disbursement.sending import follow_up, follow_up_all, send
from payments.models import UNDECIDED, Account, LedgerEntry, Payout, PayoutLine, PayoutStatus
from sellers.models import PayoutDestination, PayoutSchedule, Seller, SellerStatus

__all__ = [
    "follow_up",
    "follow_up_all",
    "hold",
    "minimum",
    "pay_all",
    "pay_available",
    "release_due",
    "request_payout",
    "send",
    "unpaid",
]

log = structlog.get_logger(__name__)

BATCH = 500
SEND_AGAIN_AFTER = timedelta(seconds=60)
REFUSED_REST = timedelta(hours=20)


def hold(market: Market) -> timedelta:
    """How long after delivery the money stays held; development may shorten it to see a payout arrive."""
    days = market.payout_hold_days if settings.PAYOUT_HOLD_DAYS is None else settings.PAYOUT_HOLD_DAYS
    return timedelta(days=days)


@shared_task
def release_due(now: datetime | None = None) -> int:
    """Make the money of everything available that was delivered long enough ago."""
    now = now or timezone.now()
    done = 0
    for market in MARKETS.values():
        waiting = SellerOrder.objects.filter(
            market_code=market.code,
            status=SellerOrderStatus.DELIVERED,
            delivered_at__lte=now - hold(market),
            released_at=None,
        ).exclude(refund_requests__status__in=UNDECIDED)
        numbers = list(waiting.order_by("delivered_at").values_list("pk", flat=True))
        done += each_alone("release", numbers, lambda number: _release(number, now), enough=BATCH)
    return done


@transaction.atomic
def _release(seller_order_id: int, now: datetime) -> bool:
    waiting = SellerOrder.objects.select_for_update(of=("self",), no_key=True)
    seller_order = waiting.select_related("order", "seller").get(pk=seller_order_id)
    if seller_order.released_at or seller_order.status != SellerOrderStatus.DELIVERED:
        return False
    if seller_order.refund_requests.filter(status__in=UNDECIDED).exists():
        return False  # asked back while this waited for the lock (MA-17)
    SellerOrder.objects.filter(pk=seller_order_id).update(released_at=now)
    ledger.release(seller_order)
    return True


@shared_task
def pay_all(now: datetime | None = None, *, by: User | None = None) -> int:
    """Pay every seller whose turn it is; a payday that was missed is made up for.

    After a refusal the next try waits a day, or until the money is to go elsewhere.
    """
    now = now or timezone.now()
    refused = Payout.objects.filter(
        status=PayoutStatus.FAILED, ended_at__gt=now - REFUSED_REST, destination__is_active=True
    )
    entries = LedgerEntry.objects.filter(
        account=Account.SELLER_AVAILABLE,
        seller__status=SellerStatus.APPROVED,
        seller__payouts_frozen_at=None,
    ).exclude(seller__payout_schedule=PayoutSchedule.REQUEST)
    entries = entries.exclude(seller__payouts__in=refused)
    owed = entries.values("seller_id").annotate(total=Sum("amount")).filter(total__lt=0)
    sellers = list(owed.order_by("seller_id").values_list("seller_id", flat=True))
    return each_alone("pay", sellers, lambda seller_id: _pay_in_turn(seller_id, now, by))


@transaction.atomic
def _pay_in_turn(seller_id: int, now: datetime, by: User | None) -> bool:
    """Two clocks at once wait for each other here; the second one finds that the turn is over."""
    seller = _locked(seller_id)
    payday = turn(seller, now)
    if payday is None:
        return False
    if seller.payout_schedule != PayoutSchedule.DAILY and not has_matured(
        seller, destination_of(seller), payday
    ):
        return False
    return _pay_if_possible(seller, now, by) is not None


@transaction.atomic
def pay_available(seller_id: int, *, now: datetime | None = None) -> Payout | None:
    """Set aside what a seller may have now, whatever the schedule; None when there is nothing to pay.

    The seller's row is the lock: two runs at once make one payout. Everything is committed before
    the rail hears of it.
    """
    return _pay_if_possible(_locked(seller_id), now or timezone.now(), None)


@transaction.atomic
def request_payout(*, seller: Seller, by: User, now: datetime | None = None) -> Payout:
    """Pay what is available because somebody asks, once a day. Raises NothingToPay."""
    now = now or timezone.now()
    seller = _locked(seller.pk)
    if was_asked_today(seller, now):
        raise NothingToPay(Hindrance.TODAY)
    return _pay(seller, now, by)


def _locked(seller_id: int) -> Seller:
    return Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=seller_id)


def _pay_if_possible(seller: Seller, now: datetime, by: User | None) -> Payout | None:
    try:
        return _pay(seller, now, by)
    except NothingToPay:
        return None


def _pay(seller: Seller, now: datetime, by: User | None) -> Payout:
    """Call with the seller locked. Raises NothingToPay."""
    destination = destination_of(seller)
    carried = list(unpaid(seller))
    total = -sum((entry.amount for entry in carried), Decimal(0))
    amount = payable(total, destination) if destination else total
    if (found := hindrance(seller, destination, amount, now)) or destination is None:
        raise NothingToPay(found or Hindrance.NO_ACCOUNT)
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=seller, currency=seller.market.currency)
    if total != available.amount:
        # Either a refund was booked this instant, then the next try finds it; or the audit will say more.
        log.error(
            "payout_differs_from_balance", seller=seller.pk, amount=str(total), available=str(available)
        )
        raise NothingToPay(Hindrance.UNDER_WAY)
    reference = "T" + "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(15))
    if total != amount:
        carried += ledger.carry_over(seller, total - amount, key=reference)
    return _create(seller, destination, carried, amount, reference=reference, by=by)


def _create(
    seller: Seller,
    destination: PayoutDestination,
    entries: list[LedgerEntry],
    amount: Decimal,
    *,
    reference: str,
    by: User | None = None,
) -> Payout:
    above = amount > seller.market.payout_limit
    payout = Payout.objects.create(
        seller=seller,
        market_code=seller.market_code,
        reference=reference,
        amount=amount,
        currency=seller.market.currency,
        rail=destination.rail,
        destination=destination,
        status=PayoutStatus.APPROVAL if above else PayoutStatus.CREATED,
        above_limit=above,
        requested_by=by,
        next_check_at=None if above else timezone.now() + SEND_AGAIN_AFTER,
    )
    PayoutLine.objects.bulk_create(
        PayoutLine(payout=payout, entry=entry, seller_order_id=entry.seller_order_id, amount=-entry.amount)
        for entry in entries
    )
    ledger.record_payout(payout)
    payout.record("requested" if by else "created", f"{len(entries)} entries", by=by)
    if above:
        emails.send_payout_waits(payout)
    else:
        send.delay_on_commit(payout.pk)
    return payout
