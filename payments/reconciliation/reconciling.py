"""Compare what companies say with our books: match line by line, and write down every difference (BY-03)."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from celery import shared_task
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.markets import MARKETS
from marketplace.markets.base import Market
from marketplace.money import Money
from payments import settling
from payments.books import ledger
from payments.models import (
    Difference,
    DifferenceKind,
    LineKind,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Refund,
    RefundStatus,
    Statement,
    StatementLine,
)
from payments.reconciliation import fees
from payments.reconciliation.matching import Books, Target
from payments.reconciliation.statement_formats import FORMATS, Row

COLLECTED = (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)
# So long a line that we cannot place is tried again: the company may still answer about its payment.
TRY_AGAIN_FOR = timedelta(days=10)
_SAMENESS = ("kind", "company_reference", "reference", "amount", "fee", "currency", "happened_at")


class AlreadyImported(Exception):
    """This very file was imported before, or every row of it with earlier ones."""


def market_of(company: str) -> Market:
    """The country in whose money this company's statements are."""
    return next(each for each in MARKETS.values() if each.currency == FORMATS[company].currency)


@transaction.atomic
def import_statement(
    *, company: str, rows: list[Row], content: bytes, by: User | None, file_name: str = ""
) -> Statement:
    """Keep the lines, match them, book fees and transfers, open and close differences; all or nothing.

    `rows` are not empty. Rows that an earlier statement has shown already are left out. Imports for
    one company queue up. Raises AlreadyImported.
    """
    market, digest = market_of(company), hashlib.sha256(content).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"statement:{company}"])
    if Statement.objects.filter(company=company, digest=digest).exists():
        raise AlreadyImported
    new = _unknown(company, rows)
    if not new:
        raise AlreadyImported
    days = [_day(row.happened_at, market) for row in rows]
    statement = Statement.objects.create(
        company=company,
        market_code=market.code,
        first_day=min(days),
        last_day=max(days),
        file_name=file_name[:200],
        digest=digest,
        lines_count=len(new),
        imported_by=by,
    )
    lines = StatementLine.objects.bulk_create(_line(statement, row) for row in new)
    _match(statement, lines)
    _book(statement, lines)
    _miss(statement)
    return statement


def _unknown(company: str, rows: list[Row]) -> list[Row]:
    """The rows that no earlier statement has shown: the days of two statements may overlap.

    A row is the same when all of it is the same, the company's own number included. The same number
    with anything else is another row, and so is a second one like it in the same file.
    """
    numbers = {row.company_reference for row in rows} - {""}
    shown = StatementLine.objects.filter(statement__company=company, company_reference__in=numbers)
    known = Counter(shown.values_list(*_SAMENESS))
    new = []
    for row in rows:
        marks = tuple(getattr(row, name) for name in _SAMENESS)
        if known[marks]:
            known[marks] -= 1
        else:
            new.append(row)
    return new


def _line(statement: Statement, row: Row) -> StatementLine:
    return StatementLine(
        statement=statement,
        row=row.number,
        kind=row.kind,
        reference=row.reference,
        company_reference=row.company_reference,
        amount=row.amount,
        fee=row.fee,
        currency=row.currency,
        happened_at=row.happened_at,
    )


def _match(statement: Statement, lines: list[StatementLine]) -> None:
    """Tie each line to its payment, refund or payout; what cannot be tied, or differs, is written down."""
    books = Books(statement.company, lines)
    found: list[Difference] = []
    for line in lines:
        found += _compare(statement, line, books.take(line))
    StatementLine.objects.bulk_update(lines, ["payment", "refund", "payout", "is_matched"], batch_size=1000)
    Difference.objects.bulk_create(found, ignore_conflicts=True)
    _close_found(statement, lines)


def _compare(statement: Statement, line: StatementLine, target: Target | None) -> list[Difference]:
    if line.kind in (LineKind.FEE, LineKind.SETTLEMENT):
        line.is_matched = True
        return []
    if target is None:
        return [_difference(statement, line, DifferenceKind.MISSING_HERE, found=line.amount)]
    for name, value in target.links.items():
        setattr(line, name, value)
    if target.is_taken:
        return [_difference(statement, line, DifferenceKind.DUPLICATE, found=line.amount)]
    if target.expected is None:  # ours, but not as far as the company says: ask it
        if target.payment:
            settling.ask.delay_on_commit(target.payment.pk)
        return [_difference(statement, line, DifferenceKind.MISSING_HERE, found=line.amount)]
    if target.expected != line.amount:
        kind = DifferenceKind.AMOUNT
        return [_difference(statement, line, kind, found=line.amount, expected=target.expected)]
    line.is_matched = True
    if line.kind != LineKind.CHARGE or fees.is_as_agreed(
        statement.company, line.amount, line.fee, line.currency
    ):
        return []
    agreed = fees.AGREED.get(statement.company, fees.Fee()).of(line.amount, line.currency)
    return [_difference(statement, line, DifferenceKind.FEE, found=line.fee, expected=agreed)]


def _difference(
    statement: Statement, line: StatementLine, kind: DifferenceKind, **amounts: Decimal
) -> Difference:
    return Difference(
        company=statement.company,
        market_code=statement.market_code,
        kind=kind,
        key=f"{kind}:line:{line.pk}",
        day=_day(line.happened_at, statement.market),
        line=line,
        payment=line.payment,
        refund=line.refund,
        payout=line.payout,
        currency=line.currency,
        **amounts,
    )


def _close_found(statement: Statement, lines: Iterable[StatementLine]) -> None:
    """What an earlier statement lacked has come with this one."""
    open_ones = Difference.objects.filter(
        company=statement.company, kind=DifferenceKind.MISSING_THERE, closed_at=None
    )
    for name in ("payment", "refund", "payout"):
        ids = [getattr(line, f"{name}_id") for line in lines if getattr(line, f"{name}_id")]
        open_ones.filter(**{f"{name}_id__in": ids}).update(
            closed_at=timezone.now(), note=f"found in statement {statement.pk}"
        )


def _book(statement: Statement, lines: list[StatementLine]) -> None:
    """Fees in one movement, each transfer to our bank in its own."""
    company, code = statement.company, statement.market_code
    currency = FORMATS[company].currency
    total = sum((line.fee for line in lines), Decimal(0))
    total -= sum((line.amount for line in lines if line.kind == LineKind.FEE), Decimal(0))
    ledger.record_fee(company, Money(total, currency), market_code=code, key=f"statement:{statement.pk}")
    for line in lines:
        if line.kind == LineKind.SETTLEMENT:
            money = Money(-line.amount, currency)
            ledger.record_settlement(company, money, market_code=code, key=f"line:{line.pk}")


def _miss(statement: Statement) -> None:
    """What our books say happened at this company in these days, and no statement has shown yet."""
    company, zone = statement.company, ZoneInfo(statement.market.time_zone)
    start = datetime.combine(statement.first_day, datetime.min.time(), zone)
    end = datetime.combine(statement.last_day + timedelta(days=1), datetime.min.time(), zone)
    shown = StatementLine.objects.filter(statement__company=company)
    missing: list[Difference] = []
    for name, rows, moment in _ours(company, start, end):
        for each in rows.exclude(Exists(shown.filter(**{name: OuterRef("pk")}))):
            sign = 1 if name == "payment" else -1
            links: dict[str, Any] = {name: each}
            missing.append(
                Difference(
                    company=company,
                    market_code=statement.market_code,
                    kind=DifferenceKind.MISSING_THERE,
                    key=f"{DifferenceKind.MISSING_THERE}:{name}:{each.pk}",
                    day=_day(getattr(each, moment), statement.market),
                    expected=sign * each.amount,
                    currency=each.currency,
                    **links,
                )
            )
    Difference.objects.bulk_create(missing, ignore_conflicts=True)


def _ours(company: str, start: datetime, end: datetime) -> list[tuple[str, QuerySet[Any], str]]:
    when = {"gte": start, "lt": end}

    def within(column: str) -> dict[str, Any]:
        return {f"{column}__{name}": value for name, value in when.items()}

    payments = Payment.objects.filter(gateway=company, status__in=COLLECTED, **within("settled_at"))
    refunds = Refund.objects.filter(status=RefundStatus.SUCCEEDED, **within("ended_at"))
    direct = refunds.filter(rail="", payment__gateway=company) | refunds.filter(rail=company)
    payouts = Payout.objects.filter(rail=company, status=PayoutStatus.PAID, **within("ended_at"))
    return [
        ("payment", payments, "settled_at"),
        ("refund", direct, "ended_at"),
        ("payout", payouts, "ended_at"),
    ]


@shared_task
def match_again(now: datetime | None = None) -> int:
    """Lines that were unknown here may be known by now: a late answer, a late webhook."""
    since = (now or timezone.now()) - TRY_AGAIN_FOR
    waiting = Difference.objects.filter(
        kind=DifferenceKind.MISSING_HERE, closed_at=None, created_at__gte=since, line__isnull=False
    )
    return sum(_match_one(each) for each in waiting.select_related("line__statement"))


@transaction.atomic
def _match_one(difference: Difference) -> bool:
    line = difference.line
    if line is None or line.is_matched:
        return False
    target = Books(difference.company, [line]).take(line)
    if target is None or target.is_taken or target.expected != line.amount:
        return False
    StatementLine.objects.filter(pk=line.pk).update(is_matched=True, **target.links)
    closed = Difference.objects.filter(pk=difference.pk, closed_at=None)
    return bool(closed.update(closed_at=timezone.now(), note="matched later"))


def _day(moment: datetime, market: Market) -> date:
    return moment.astimezone(ZoneInfo(market.time_zone)).date()
