"""Differences that explain themselves later: by another statement, or by news of a payment."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.money import Money
from payments.books import ledger
from payments.models import Account, Difference, DifferenceKind, LedgerEntry, Statement, StatementLine
from payments.reconciliation.findings import fee_difference, fee_of, named, queue_up
from payments.reconciliation.matching import LINKS, Books

# So long a line that we cannot place is tried again: the company may still answer about its payment.
# What was posted meanwhile is tried for ever, because it would count twice.
TRY_AGAIN_FOR = timedelta(days=10)
BACK = "-back"


def close_found(statement: Statement, lines: Iterable[StatementLine]) -> None:
    """What an earlier statement lacked has come with this one."""
    lacking = waiting().filter(company=statement.company, kind=DifferenceKind.MISSING_THERE)
    shown = list(lines)
    for name in LINKS.values():
        ids = {getattr(line, f"{name}_id") for line in shown} - {None}
        if not ids:
            continue
        for each in lacking.filter(**{f"{name}_id__in": ids}).select_for_update(of=("self",)):
            _explain(each, f"found in statement {statement.pk}")


@shared_task
def match_again(now: datetime | None = None) -> int:
    """Lines that were unknown here may be known by now: a late answer, a late webhook."""
    since = (now or timezone.now()) - TRY_AGAIN_FOR
    unplaced = Difference.objects.filter(
        kind__in=(DifferenceKind.MISSING_HERE, DifferenceKind.DUPLICATE), line__is_matched=False
    ).filter(Q(created_at__gte=since) | ~Q(posted=""))
    companies = set(unplaced.order_by().values_list("company", flat=True))
    return sum(_match_again_at(company, unplaced) for company in sorted(companies))


def waiting() -> QuerySet[Difference]:
    """What is open, or was posted and waits in suspense."""
    return Difference.objects.filter(Q(closed_at=None) | ~Q(posted=""))


@transaction.atomic
def _match_again_at(company: str, unplaced: QuerySet[Difference]) -> int:
    queue_up(company)
    rows = unplaced.filter(company=company).select_related("line__statement").order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    books = Books(company, [each.line for each in found if each.line])
    return sum(_match_one(each, books) for each in found)


def _match_one(difference: Difference, books: Books) -> bool:
    line = difference.line
    target = books.take(line) if line else None
    if line is None or target is None or not target.fits(line):
        return False
    for name in LINKS.values():
        setattr(line, name, target.row if name == target.link else None)
    line.is_matched = True
    StatementLine.objects.filter(pk=line.pk).update(is_matched=True, **{target.link: target.row})
    _explain(difference, "matched later")
    if difference.kind == DifferenceKind.DUPLICATE:  # whose fee nobody has booked
        money = Money(fee_of(line), line.currency)
        code = difference.market_code
        ledger.record_fee(difference.company, money, market_code=code, key=f"line:{line.pk}")
    Difference.objects.bulk_create(named(fee_difference(line.statement, line)), ignore_conflicts=True)
    close_found(line.statement, [line])
    return True


def _explain(difference: Difference, why: str) -> None:
    """End an open difference; of a posted one, take the posting back: nothing of it waits any more."""
    if difference.posted:
        _take_back(difference, why)
        why = f"{difference.note}; {why}, posting taken back"
    elif difference.closed_at:
        why = f"{difference.note}; {why}"
    closed_at = difference.closed_at or timezone.now()
    Difference.objects.filter(pk=difference.pk).update(closed_at=closed_at, note=why[-300:], posted="")


def _take_back(difference: Difference, why: str) -> None:
    """What the posting said stands in the books by itself now."""
    booked = LedgerEntry.objects.get(source=difference.posted, account=Account.GATEWAY)
    ledger.record_difference(
        difference.company,
        Money(-booked.amount, booked.currency),
        market_code=difference.market_code,
        key=f"{difference.pk}{BACK}",
        note=why,
    )
