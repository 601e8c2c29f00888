"""Compare what companies say with our books: match line by line, and write down every difference (BY-03)."""

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from marketplace.accounts.models import User
from marketplace.money import Money
from payments.books import statement_postings
from payments.models import Difference, DifferenceKind, LineKind, Statement, StatementLine
from payments.reconciliation import many_rows
from payments.reconciliation.absences import miss
from payments.reconciliation.findings import compare, day_of, fee_of, market_of, named, queue_up
from payments.reconciliation.many_rows import any_of
from payments.reconciliation.matching import Books
from payments.reconciliation.resolving import close_found
from payments.reconciliation.statement_formats import FORMATS, Row

_SAMENESS = ("kind", "company_reference", "reference", "amount", "fee", "currency", "happened_at")


class AlreadyImported(Exception):
    """This very file was imported before, or every row of it with earlier ones."""


@transaction.atomic
def import_statement(
    *,
    company: str,
    rows: list[Row],
    content: bytes,
    by: User | None,
    file_name: str = "",
    days: tuple[date, date] | None = None,
) -> Statement:
    """Keep the lines, match them, book fees and transfers, open and close differences; all or nothing.

    Rows that an earlier statement has shown already are left out. Imports for one company queue up.
    `days` (first and last) are what was asked for; without them `rows` are not empty, and tell.
    Raises AlreadyImported.
    """
    market, digest = market_of(company), hashlib.sha256(content).hexdigest()
    queue_up(company)
    if Statement.objects.filter(company=company, digest=digest).exists():
        raise AlreadyImported
    new = _unknown(company, rows)
    if not new and (days is None or _is_covered(company, *days)):
        raise AlreadyImported
    shown = days or [day_of(row.happened_at, market) for row in rows]
    statement = Statement.objects.create(
        company=company,
        market_code=market.code,
        first_day=min(shown),
        last_day=max(shown),
        file_name=file_name[:200],
        digest=digest,
        lines_count=len(new),
        imported_by=by,
    )
    _take_in(statement, [_line(statement, row) for row in new])
    miss(statement)
    return statement


def _is_covered(company: str, first: date, last: date) -> bool:
    earlier = Statement.objects.filter(company=company, first_day__lte=first, last_day__gte=last)
    return earlier.exists()


def _unknown(company: str, rows: list[Row]) -> list[Row]:
    """The rows that no earlier statement has shown: the days of two statements may overlap.

    A row is the same when all of it is the same, the company's own number included (where it gives
    none, everything else). The same number with anything else is another row, and so is a second one
    like it in the same file.
    """
    numbers = {row.company_reference for row in rows} - {""}
    moments = {row.happened_at for row in rows if not row.company_reference}
    shown = StatementLine.objects.filter(statement__company=company).filter(
        Q(company_reference__in=any_of(numbers)) | Q(company_reference="", happened_at__in=moments)
    )
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
        settled_currency=row.settled_currency,
        settled_amount=row.settled_amount,
        settled_fee=row.settled_fee,
        exchange_rate=row.exchange_rate,
    )


def _take_in(statement: Statement, lines: list[StatementLine]) -> None:
    """Tie each line to what it is about and book it; what cannot be tied, or differs, is written down.

    Compared before anything is saved, so that many thousand lines are written once.
    """
    books = Books(statement.company, lines)
    found: list[Difference] = []
    for line in lines:
        found += compare(statement, line, books)
    many_rows.write(lines)
    many_rows.write(named(found))
    close_found(statement, lines)
    repeated = {each.line_id for each in found if each.kind == DifferenceKind.DUPLICATE}
    _book(statement, [line for line in lines if line.pk not in repeated])


def _book(statement: Statement, lines: list[StatementLine]) -> None:
    """Fees in one movement, each transfer to our bank in its own. `lines` are without duplicates."""
    company, code = statement.company, statement.market_code
    currency = FORMATS[company].currency
    total = Money(sum(map(fee_of, lines), Decimal(0)), currency)
    statement_postings.record_fee(company, total, market_code=code, key=f"statement:{statement.pk}")
    for line in lines:
        if line.kind == LineKind.SETTLEMENT:
            money = Money(-line.amount, currency)
            statement_postings.record_settlement(company, money, market_code=code, key=f"line:{line.pk}")
