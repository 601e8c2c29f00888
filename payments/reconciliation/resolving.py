"""Differences that explain themselves later: by another statement, or by news of a payment."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from marketplace.money import Money
from payments.books import statement_postings
from payments.models import Difference, DifferenceKind, Statement, StatementLine
from payments.reconciliation.absences import unshown
from payments.reconciliation.findings import difference as difference_of
from payments.reconciliation.findings import fee_difference, fee_of, named, queue_up
from payments.reconciliation.matching import LINKS, Books, Target, came_back
from payments.reconciliation.writing_off import BACK, give_up, posted

# So long a line that we cannot place is tried again: the company may still answer about its payment.
# What was posted meanwhile is tried for ever, because it would count twice.
TRY_AGAIN_FOR = timedelta(days=10)


def close_found(statement: Statement, lines: Iterable[StatementLine]) -> None:
    """What an earlier statement lacked has come with this one."""
    lacking = waiting().filter(company=statement.company, kind=DifferenceKind.MISSING_THERE)
    shown = list(lines)
    for model, name in LINKS.items():
        ids = {getattr(line, f"{name}_id") for line in shown} - {None}
        if not ids:
            continue
        still = unshown(model._default_manager.filter(pk__in=ids), name, statement.company)
        ids -= set(still.values_list("pk", flat=True))
        for each in lacking.filter(**{f"{name}_id__in": ids}).select_for_update(of=("self",)):
            _explain(each, f"found in statement {statement.pk}")


@shared_task
def match_again(now: datetime | None = None) -> int:
    """Lines that were unknown here may be known by now: a late answer, a late webhook."""
    since = (now or timezone.now()) - TRY_AGAIN_FOR
    unplaced = Difference.objects.filter(
        kind__in=(DifferenceKind.MISSING_HERE, DifferenceKind.DUPLICATE), line__is_matched=False
    ).filter(Q(created_at__gte=since) | ~Q(posted=""))
    lacking = waiting().filter(kind=DifferenceKind.MISSING_THERE)
    companies = set((unplaced | lacking).order_by().values_list("company", flat=True))
    return sum(_match_again_at(company, unplaced) for company in sorted(companies))


def waiting() -> QuerySet[Difference]:
    """What is open, or was posted, whether it stands in suspense or was written off."""
    return Difference.objects.filter(Q(closed_at=None) | ~Q(posted=""))


@transaction.atomic
def _match_again_at(company: str, unplaced: QuerySet[Difference]) -> int:
    queue_up(company)
    rows = unplaced.filter(company=company).select_related("line__statement").order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    books = Books(company, [each.line for each in found if each.line])
    return sum(_match_one(each, books) for each in found) + _explain_what_came_back(company)


def _match_one(difference: Difference, books: Books) -> bool:
    line = difference.line
    target = books.take(line) if line else None
    if line is None or target is None:
        return False
    if not target.fits(line):
        return _match_in_part(difference, line, target)
    for name in LINKS.values():
        setattr(line, name, target.row if name == target.link else None)
    line.is_matched = True
    StatementLine.objects.filter(pk=line.pk).update(is_matched=True, **{target.link: target.row})
    _explain(difference, "matched later")
    if difference.kind == DifferenceKind.DUPLICATE:  # whose fee nobody has booked
        money = Money(fee_of(line), line.currency)
        code = difference.market_code
        statement_postings.record_fee(difference.company, money, market_code=code, key=f"line:{line.pk}")
    Difference.objects.bulk_create(named(fee_difference(line.statement, line)), ignore_conflicts=True)
    close_found(line.statement, [line])
    return True


def _match_in_part(difference: Difference, line: StatementLine, target: Target) -> bool:
    """Our books know it by now, with another amount: what differs is no longer all of it."""
    if difference.kind != DifferenceKind.MISSING_HERE or target.is_taken or target.expected is None:
        return False
    if line.differences.filter(kind=DifferenceKind.AMOUNT).exists():
        return False
    setattr(line, target.link, target.row)
    StatementLine.objects.filter(pk=line.pk).update(**{target.link: target.row})
    _explain(difference, "known with another amount")
    amounts = {"found": line.amount, "expected": target.expected}
    rest = difference_of(line.statement, line, DifferenceKind.AMOUNT, **amounts)
    Difference.objects.bulk_create(named([rest]), ignore_conflicts=True)
    close_found(line.statement, [line])
    return True


def _explain_what_came_back(company: str) -> int:
    """No statement shows that it left, and by our books it has come back: nothing differs any more."""
    later = came_back(company).filter(posted_at__gt=OuterRef("created_at"))
    returned = Exists(later.filter(refund=OuterRef("refund"))) | Exists(
        later.filter(payout=OuterRef("payout"))
    )
    lacking = waiting().filter(returned, company=company, kind=DifferenceKind.MISSING_THERE)
    found = list(lacking.select_for_update(of=("self",)))
    for each in found:
        _explain(each, "came back")
    return len(found)


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
    give_up(difference, why)
    statement_postings.record_difference(
        difference.company,
        Money(-posted(difference), difference.currency),
        market_code=difference.market_code,
        key=f"{difference.pk}{BACK}",
        note=why,
    )
