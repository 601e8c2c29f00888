"""Closing a difference, by a posting or by a note, and how much of each day is explained."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.money import Money
from payments.books import statement_postings
from payments.models import Account, Difference, DifferenceKind, LedgerEntry, Statement, StatementLine
from payments.reconciliation.absences import ours
from payments.reconciliation.findings import market_of
from payments.reconciliation.statement_formats import FORMATS, name_of


class AlreadyClosed(Exception):
    """Somebody was faster."""


class NothingToPost(Exception):
    """A fee is booked with its statement: only a note can close it."""


@transaction.atomic
def close(difference_id: int, *, note: str, post: bool, by: User) -> Difference:
    """End a difference. With `post`, the books follow the statement and the amount waits in suspense.

    Raises AlreadyClosed or NothingToPost. The note is never empty.
    """
    difference = Difference.objects.select_for_update().get(pk=difference_id)
    if difference.closed_at:
        raise AlreadyClosed
    posted = ""
    if post:
        amount = owed(difference)
        if not amount:
            raise NothingToPost
        statement_postings.record_difference(
            difference.company,
            Money(amount, difference.currency),
            market_code=difference.market_code,
            key=str(difference.pk),
            note=note,
            by=by,
        )
        posted = f"difference:{difference.pk}"
    Difference.objects.filter(pk=difference.pk).update(
        closed_at=timezone.now(), closed_by=by, note=note[:300], posted=posted
    )
    difference.refresh_from_db()
    return difference


def owed(difference: Difference) -> Decimal:
    """How much more the company holds for us than our books say."""
    if difference.kind == DifferenceKind.FEE:
        return Decimal(0)
    if difference.kind == DifferenceKind.DUPLICATE and difference.line:  # its fee was not booked either
        return difference.line.amount - difference.line.fee
    return (difference.found or Decimal(0)) - (difference.expected or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Suspense:
    """What stands in suspense of one company, above zero what it holds more than our books explain."""

    company: str
    currency: str
    amount: Decimal
    count: int
    since: datetime

    @property
    def name(self) -> str:
        """The company as people call it."""
        return name_of(self.company)


def suspense() -> list[Suspense]:
    """What was posted and neither explained nor written off, by company, the oldest first."""
    entries = LedgerEntry.objects.filter(account=Account.SUSPENSE).order_by()
    sums = entries.values("gateway", "currency").annotate(total=Sum("amount"))
    amounts = {(row["gateway"], row["currency"]): -row["total"] for row in sums}
    standing = Difference.objects.filter(posted__startswith="difference:").order_by()
    found = standing.values("company", "currency").annotate(count=Count("pk"), since=Min("closed_at"))
    return sorted(
        (Suspense(**row, amount=amounts.get((row["company"], row["currency"]), Decimal(0))) for row in found),
        key=lambda each: each.since,
    )


@dataclass(frozen=True, kw_only=True)
class DayFigure:
    """One company on one day: how many things happened, and how many are still unexplained."""

    company: str
    day: date
    total: int
    unexplained: int
    has_statement: bool = True

    @property
    def name(self) -> str:
        """The company as people call it."""
        return name_of(self.company)

    @property
    def explained(self) -> Decimal:
        """The share explained: 1 when nothing is open."""
        return max(Decimal(0), 1 - Decimal(self.unexplained) / self.total)

    @property
    def percent(self) -> Decimal:
        """As one number for people, rounded down: 100.0 only when nothing is open."""
        return (self.explained * 100).quantize(Decimal("0.1"), rounding=ROUND_FLOOR)


def figures(company: str, *, last: date, days: int = 14) -> list[DayFigure]:
    """The newest days first. A day on which we moved money and no statement came is not explained at all.

    Left out are days on which nothing happened, and today as long as no statement shows it.
    """
    first, zone = last - timedelta(days=days - 1), ZoneInfo(market_of(company).time_zone)
    lines = StatementLine.objects.filter(statement__company=company)
    by_day = lines.annotate(day=TruncDate("happened_at", tzinfo=zone)).filter(day__range=(first, last))
    totals = dict(by_day.values("day").annotate(count=Count("pk")).values_list("day", "count"))
    found = Difference.objects.filter(company=company, day__range=(first, last)).values("day")
    missing, open_ones = {}, {}
    for row in found.annotate(
        missing=Count("pk", filter=Q(kind=DifferenceKind.MISSING_THERE)),
        open=Count("pk", filter=Q(closed_at=None)),
    ):
        missing[row["day"]], open_ones[row["day"]] = row["missing"], row["open"]
    shown = [
        DayFigure(
            company=company,
            day=day,
            total=max(1, totals.get(day, 0) + missing.get(day, 0)),
            unexplained=open_ones.get(day, 0),
        )
        for day in {*totals, *missing}
    ]
    today = timezone.localdate(timezone=zone)
    silent = _without_statement(company, first, min(last, today - timedelta(days=1)))
    bare = [
        DayFigure(company=company, day=day, total=count, unexplained=count, has_statement=False)
        for day, count in silent.items()
        if day not in totals
    ]
    dated = {each.day: each for each in [*shown, *bare]}
    return [dated[day] for day in sorted(dated, reverse=True)]


def _without_statement(company: str, first: date, last: date) -> Counter[date]:
    """How often we moved money at this company, on the days that none of its statements covers."""
    zone, counts = ZoneInfo(market_of(company).time_zone), Counter[date]()
    for _link, rows, moment in ours(company, first, last):
        by_day = rows.annotate(day=TruncDate(moment, tzinfo=zone)).order_by().values("day")
        counts.update(dict(by_day.annotate(count=Count("pk")).values_list("day", "count")))
    covered = Statement.objects.filter(company=company, first_day__lte=last, last_day__gte=first)
    for start, end in covered.values_list("first_day", "last_day"):
        counts = Counter({day: count for day, count in counts.items() if not start <= day <= end})
    return counts


def all_figures(*, last: date) -> dict[str, list[DayFigure]]:
    """Every company that has statements or differences."""
    found = {company: figures(company, last=last) for company in FORMATS}
    return {company: days for company, days in found.items() if days}
