"""Once a month every seller gets a document of what selling here has cost, with its tax (MA-09)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from celery import shared_task
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from marketplace.background import each_alone
from marketplace.markets import MARKETS
from marketplace.markets.base import Market
from payments.earnings import statement_emails
from payments.earnings.months import Month, month_of
from payments.models import Account, CommissionDocument, LedgerEntry, Movement

NOTHING = Decimal(0)
# A clock that stood still for so long is made up for.
CATCH_UP = timedelta(days=200)
_KINDS: dict[str, Promise] = {
    Movement.SALE: pgettext_lazy("statement", "Sale"),
    Movement.REFUND: pgettext_lazy("statement", "Refund"),
}


@shared_task
def issue_due(now: datetime | None = None) -> int:
    """Issue what is missing for every month that is over; run as often as you like."""
    now = now or timezone.now()
    missing = [due for market in MARKETS.values() for due in _missing(market, now)]
    return each_alone(
        "commission_document", missing, lambda due: issue(seller_id=due[0], month=due[1], now=now)
    )


@transaction.atomic
def issue(*, seller_id: int, month: Month, now: datetime) -> CommissionDocument | None:
    """The document of one seller and month; None where it exists, nothing was charged, or it is too early.

    Whoever issues in a market waits for whoever else does, so that numbers have no gaps and no doubles.
    """
    market = month.market
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"commission_document:{market.code}"])
    charged = _charged(seller_id, month)
    known = CommissionDocument.objects.filter(seller=seller_id, month=month.first)
    if now < month.end or known.exists() or not charged.exists():
        return None
    sums = _sums(charged)
    document = CommissionDocument.objects.create(
        seller_id=seller_id,
        market_code=market.code,
        number=_next_number(market, now),
        month=month.first,
        net=sums["net"],
        tax=sums["tax"],
        total=sums["net"] + sums["tax"],
        currency=market.currency,
        tax_rate=market.tax_rate(market.commission_tax_class, month.last),
    )
    statement_emails.send_commission_document(document)
    return document


@dataclass(frozen=True, kw_only=True)
class Item:
    """What one sale or refund added to a document."""

    day: datetime
    label: str | Promise
    reference: str
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def items_of(document: CommissionDocument) -> list[Item]:
    """The movements of its month, oldest first; together they are its amounts."""
    charged = _charged(document.seller_id, month_of_document(document))
    rows = charged.values("kind", "seller_order__number", "refund__number").annotate(
        first=Min("pk"), day=Min("posted_at"), **_parts()
    )
    return [
        Item(
            day=row["day"],
            label=_KINDS.get(row["kind"], row["kind"]),
            reference=row["refund__number"] or row["seller_order__number"],
            net=row["net"],
            tax=row["tax"],
        )
        for row in rows.order_by("first")
    ]


def month_of_document(document: CommissionDocument) -> Month:
    return Month(first=document.month, market=document.market)


def _charged(seller_id: int, month: Month) -> QuerySet[LedgerEntry]:
    accounts = (Account.COMMISSION, Account.COMMISSION_TAX)
    entries = LedgerEntry.objects.filter(seller=seller_id, account__in=accounts).order_by()
    return entries.filter(currency=month.market.currency, posted_at__gte=month.start, posted_at__lt=month.end)


def _parts() -> dict[str, CombinedExpression]:
    return {
        "net": -Sum("amount", filter=Q(account=Account.COMMISSION), default=NOTHING),
        "tax": -Sum("amount", filter=Q(account=Account.COMMISSION_TAX), default=NOTHING),
    }


def _sums(entries: QuerySet[LedgerEntry]) -> dict[str, Decimal]:
    return entries.aggregate(**_parts())


def _missing(market: Market, now: datetime) -> Iterator[tuple[int, Month]]:
    """Sellers and months with movements and without a document, the oldest first: so runs the numbering."""
    current = month_of(now, market)
    charged = LedgerEntry.objects.filter(
        market_code=market.code,
        seller__isnull=False,
        account__in=(Account.COMMISSION, Account.COMMISSION_TAX),
        posted_at__gte=now - CATCH_UP,
        posted_at__lt=current.start,
    ).order_by()
    month = TruncMonth("posted_at", tzinfo=ZoneInfo(market.time_zone))
    wanted = charged.annotate(begins=month).values_list("begins", "seller_id").distinct()
    issued = set(CommissionDocument.objects.filter(market_code=market.code).values_list("month", "seller_id"))
    for begins, seller_id in sorted(wanted):
        first = begins.date()
        if (first, seller_id) not in issued:
            yield seller_id, Month(first=first, market=market)


def _next_number(market: Market, now: datetime) -> str:
    """`CO-2026-000017`: counted per market and year of issue. Call with the market's lock held."""
    prefix = f"{market.code.upper()}-{now.astimezone(ZoneInfo(market.time_zone)):%Y}-"
    issued = CommissionDocument.objects.filter(number__startswith=prefix)
    newest = issued.order_by("-number").values_list("number", flat=True).first()
    count = int(newest.removeprefix(prefix)) if newest else 0
    return f"{prefix}{count + 1:06d}"
