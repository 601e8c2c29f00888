"""From delivered goods to a payout: the hold ends, the balance grows, the clock pays it out."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from marketplace.markets import MARKETS
from marketplace.markets.base import Market
from orders.models import SellerOrder, SellerOrderStatus
from payments import ledger
from payments.models import (
    UNSETTLED,
    Account,
    LedgerEntry,
    Movement,
    Payout,
    PayoutLine,
    PayoutStatus,
)
from payments.sending import follow_up, follow_up_all, send
from sellers.models import PayoutDestination, Seller, SellerStatus

__all__ = ["follow_up", "follow_up_all", "hold", "pay_all", "pay_available", "release_due", "send"]

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
        due = SellerOrder.objects.filter(
            market_code=market.code,
            status=SellerOrderStatus.DELIVERED,
            delivered_at__lte=now - hold(market),
            released_at=None,
        )
        for number in list(due.order_by("delivered_at").values_list("pk", flat=True)[:BATCH]):
            done += _release(number, now)
    return done


@transaction.atomic
def _release(seller_order_id: int, now: datetime) -> bool:
    waiting = SellerOrder.objects.select_for_update(of=("self",)).select_related("order", "seller")
    seller_order = waiting.get(pk=seller_order_id)
    if seller_order.released_at or seller_order.status != SellerOrderStatus.DELIVERED:
        return False
    SellerOrder.objects.filter(pk=seller_order_id).update(released_at=now)
    ledger.release(seller_order)
    return True


# What makes up a balance; payouts and their returns only move it.
EARNING_KINDS = (Movement.RELEASE, Movement.REFUND, Movement.ADJUSTMENT)


def unpaid(seller: Seller) -> QuerySet[LedgerEntry]:
    """Entries of the seller's available money that no payout carries yet, oldest first.

    Refunds after a payout stand here too, as debts: the next payout nets them (MA-11).
    """
    entries = LedgerEntry.objects.filter(
        seller=seller, account=Account.SELLER_AVAILABLE, kind__in=EARNING_KINDS
    )
    carried = PayoutLine.objects.filter(is_void=False, entry=OuterRef("pk"))
    return entries.exclude(Exists(carried)).order_by("pk")


@shared_task
def pay_all(now: datetime | None = None) -> int:
    """Pay every seller who has money available, at most once a day.

    After a refusal the next try waits a day as well, or until the money is to go elsewhere.
    """
    now = now or timezone.now()
    recent = Payout.objects.filter(created_at__gt=now - timedelta(hours=settings.PAYOUT_GAP_HOURS))
    refused = Payout.objects.filter(
        status=PayoutStatus.FAILED, ended_at__gt=now - REFUSED_REST, destination__is_active=True
    )
    entries = LedgerEntry.objects.filter(
        account=Account.SELLER_AVAILABLE, seller__status=SellerStatus.APPROVED
    )
    entries = entries.exclude(seller__payouts__in=recent).exclude(seller__payouts__in=refused)
    owed = entries.values("seller_id").annotate(total=Sum("amount")).filter(total__lt=0)
    sellers = list(owed.order_by("seller_id").values_list("seller_id", flat=True))
    return sum(pay_available(seller_id) is not None for seller_id in sellers)


@transaction.atomic
def pay_available(seller_id: int) -> Payout | None:
    """Set aside what a seller may have now and queue its sending; None when there is nothing to pay.

    The seller's row is the lock: two runs at once make one payout. Everything is committed before
    the rail hears of it.
    """
    seller = Seller.objects.select_for_update(of=("self",)).get(pk=seller_id)
    destination = seller.payout_destinations.filter(is_active=True).first()
    if seller.status != SellerStatus.APPROVED or destination is None:
        return None
    if seller.payouts.filter(status__in=UNSETTLED).exists():
        return None
    entries = list(unpaid(seller))
    amount = -sum((entry.amount for entry in entries), Decimal(0))
    if amount <= 0 or amount < minimum(seller, destination):
        return None
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=seller, currency=seller.market.currency)
    if amount != available.amount:
        log.error(
            "payout_differs_from_balance", seller=seller.pk, amount=str(amount), available=str(available)
        )
        return None
    return _create(seller, destination, entries, amount)


def minimum(seller: Seller, destination: PayoutDestination | None) -> Decimal:
    """Below this nothing is sent: the rail's least amount, or more if the seller prefers."""
    rail = seller.market.payout_rail(destination.rail) if destination else None
    rails = [rail] if rail else seller.market.payout_rails
    return max(seller.minimum_payout or Decimal(0), min((each.minimum for each in rails), default=Decimal(0)))


def _create(
    seller: Seller, destination: PayoutDestination, entries: list[LedgerEntry], amount: Decimal
) -> Payout:
    payout = Payout.objects.create(
        seller=seller,
        market_code=seller.market_code,
        reference="T" + "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(15)),
        amount=amount,
        currency=seller.market.currency,
        rail=destination.rail,
        destination=destination,
        next_check_at=timezone.now() + SEND_AGAIN_AFTER,
    )
    PayoutLine.objects.bulk_create(
        PayoutLine(payout=payout, entry=entry, seller_order_id=entry.seller_order_id, amount=-entry.amount)
        for entry in entries
    )
    ledger.record_payout(payout)
    payout.record("created", f"{len(entries)} entries")
    send.delay_on_commit(payout.pk)
    return payout
