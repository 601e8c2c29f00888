"""What a seller may be paid now, or what stands in the way."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext_lazy

from marketplace.money import Money, format_money
from payments.books import ledger
from payments.disbursement import paydays
from payments.models import UNSETTLED, Account, LedgerEntry, Movement, Payout, PayoutLine, PayoutStatus
from sellers.models import PayoutDestination, PayoutSchedule, Seller, SellerStatus

# What makes up a balance; payouts and their returns only move it.
EARNING_KINDS = (Movement.RELEASE, Movement.REFUND, Movement.ADJUSTMENT)


class Hindrance(models.TextChoices):
    """Why nothing is paid, the weightiest first."""

    CLOSED = "closed", pgettext_lazy("payout", "Payouts rest while the store is not open.")
    FROZEN = "frozen", pgettext_lazy("payout", "Payouts rest while we look at a change of the account.")
    UNDER_WAY = "under_way", pgettext_lazy("payout", "A payout is under way; the next one follows it.")
    DEBT = (
        "debt",
        pgettext_lazy("payout", "Refunds were more than you have earned since; sales make up for it."),
    )
    NOTHING = "nothing", pgettext_lazy("payout", "No money is available yet.")
    NO_ACCOUNT = "no_account", pgettext_lazy("payout", "We do not know yet where to send your money.")
    REFUSED = "refused", pgettext_lazy("payout", "The account was refused. Please enter another one.")
    WAITING = "waiting", pgettext_lazy("payout", "The changed account can be paid from %(usable)s on.")
    BELOW = "below", pgettext_lazy("payout", "Payouts begin at %(minimum)s.")
    TODAY = "today", pgettext_lazy("payout", "You have asked for a payout today. You can ask again tomorrow.")


class NothingToPay(Exception):
    """No payout can be made now; `hindrance` says why."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__(hindrance)
        self.hindrance = hindrance


@dataclass(frozen=True, kw_only=True)
class NextPayout:
    """What the seller may expect: on which day, or why not."""

    amount: Decimal
    day: date | None
    hindrance: Hindrance | None
    explanation: str


def unpaid(seller: Seller) -> QuerySet[LedgerEntry]:
    """Entries of the seller's available money that no payout carries yet, oldest first.

    Refunds after a payout stand here too, as debts: the next payout nets them (MA-11).
    """
    entries = LedgerEntry.objects.filter(
        seller=seller, account=Account.SELLER_AVAILABLE, kind__in=EARNING_KINDS
    )
    carried = PayoutLine.objects.filter(is_void=False, entry=OuterRef("pk"))
    return entries.exclude(Exists(carried)).order_by("pk")


def due(seller: Seller, *, before: datetime | None = None) -> Decimal:
    """The sum of the unpaid; `before`: what was earned by then, less every debt until today.

    What an earlier payout could not carry was earned before, whenever it was put back.
    """
    entries = unpaid(seller)
    if before:
        entries = entries.filter(Q(posted_at__lt=before) | Q(amount__gt=0) | ledger.CARRIED_OVER)
    return -(entries.aggregate(total=Sum("amount"))["total"] or Decimal(0))


def payable(amount: Decimal, destination: PayoutDestination) -> Decimal:
    """What the rail can carry of it, up to its limit and maybe whole units only; the rest waits."""
    rail = destination.seller.market.payout_rail(destination.rail)
    amount = min(amount, rail.maximum) if rail else amount
    return amount.quantize(Decimal(1), ROUND_DOWN) if rail and rail.whole_amounts else amount


def destination_of(seller: Seller) -> PayoutDestination | None:
    return seller.payout_destinations.select_related("seller").filter(is_active=True).first()


def minimum(seller: Seller, destination: PayoutDestination | None) -> Decimal:
    """Below this nothing is sent: the rail's least amount, or more if the seller prefers."""
    rail = seller.market.payout_rail(destination.rail) if destination else None
    rails = [rail] if rail else seller.market.payout_rails
    return max(seller.minimum_payout or Decimal(0), min((each.minimum for each in rails), default=Decimal(0)))


def hindrance(
    seller: Seller, destination: PayoutDestination | None, amount: Decimal, now: datetime
) -> Hindrance | None:
    """What stands between this seller and a payout of this amount; None: nothing does."""
    obstacles = {
        Hindrance.CLOSED: seller.status != SellerStatus.APPROVED,
        Hindrance.FROZEN: seller.payouts_frozen_at is not None,
        Hindrance.UNDER_WAY: seller.payouts.filter(status__in=UNSETTLED).exists(),
        Hindrance.DEBT: amount < 0,
        Hindrance.NOTHING: amount == 0,
        Hindrance.NO_ACCOUNT: destination is None,
        Hindrance.REFUSED: bool(destination and destination.refused_at),
        Hindrance.WAITING: bool(destination and destination.usable_from > now),
        Hindrance.BELOW: amount < minimum(seller, destination),
    }
    return next((each for each, stands in obstacles.items() if stands), None)


def was_asked_today(seller: Seller, now: datetime) -> bool:
    """Once a day is enough; what came back, was called off or asked for by staff does not count."""
    midnight = paydays.beginning(seller.market, paydays.today(seller.market, now))
    asked = seller.payouts.filter(requested_by__memberships__seller=seller, created_at__gte=midnight)
    return asked.exclude(status__in=(PayoutStatus.FAILED, PayoutStatus.CANCELLED)).exists()


def turn(seller: Seller, now: datetime) -> datetime | None:
    """The beginning of the payday that still has to be paid; None: it is not this seller's turn.

    A payout since then, even one that staff called off, has had its turn; one that came back has not.
    One that was as big as its rail allows is followed by the rest, on the next day.
    """
    market = seller.market
    today = paydays.today(market, now)
    payday = paydays.last_payday(seller.payout_schedule, seller.payout_day, today)
    if payday is None:
        return None
    since = paydays.beginning(market, payday)
    if seller.payout_schedule == PayoutSchedule.DAILY and settings.PAYOUT_AT_ONCE:
        return since
    since_then = Payout.objects.filter(seller=seller, created_at__gte=since).exclude(
        status=PayoutStatus.FAILED
    )
    midnight = paydays.beginning(market, today)
    is_over = any(payout.created_at >= midnight or not _was_full(payout) for payout in since_then)
    return None if is_over else since


def _was_full(payout: Payout) -> bool:
    rail = payout.market.payout_rail(payout.rail)
    return rail is not None and payout.amount == rail.maximum


def has_matured(seller: Seller, destination: PayoutDestination | None, payday: datetime) -> bool:
    """Was there enough by then? What comes later in the week or month waits for the next payday.

    A payday that the clock missed, or that found the account waiting, is made up for.
    """
    amount = due(seller, before=payday)
    if destination:
        amount = payable(amount, destination)
    return amount > 0 and amount >= minimum(seller, destination)


def next_payout(seller: Seller, now: datetime | None = None) -> NextPayout:
    """For the balance page: the day on which the clock will pay, or what stands in the way."""
    now = now or timezone.now()
    destination = destination_of(seller)
    amount = due(seller)
    if destination:
        amount = payable(amount, destination)
    found = hindrance(seller, destination, amount, now)
    day = None
    if found in (None, Hindrance.WAITING, Hindrance.UNDER_WAY):
        day = _payday(seller, destination, now, follows=found == Hindrance.UNDER_WAY)
    return NextPayout(
        amount=amount,
        day=day,
        hindrance=found,
        explanation=explain(found, seller, destination) if found else "",
    )


def _payday(
    seller: Seller, destination: PayoutDestination | None, now: datetime, *, follows: bool
) -> date | None:
    """The first payday on which there is money that counts, not before the account can be paid."""
    moment = max(now, destination.usable_from) if destination else now
    day = paydays.today(seller.market, moment)
    since = None if follows else turn(seller, now)
    if since and (seller.payout_schedule == PayoutSchedule.DAILY or has_matured(seller, destination, since)):
        return day
    return paydays.next_payday(seller.payout_schedule, seller.payout_day, day)


def explain(
    found: Hindrance, seller: Seller, destination: PayoutDestination | None, *, words: str = ""
) -> str:
    """The hindrance in a sentence for the seller, or in other words."""
    least = Money(minimum(seller, destination), seller.market.currency)
    usable = timezone.localtime(destination.usable_from) if destination else None
    return (words or str(found.label)) % {
        "minimum": format_money(least, get_language() or "en"),
        "usable": date_format(usable, "SHORT_DATETIME_FORMAT") if usable else gettext("tomorrow"),
    }
