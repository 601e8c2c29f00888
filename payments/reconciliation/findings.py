"""What a line of a statement shows that our books do not, and whom to ask about it."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from marketplace.markets import MARKETS
from marketplace.markets.base import Market
from payments import settling
from payments.disbursement import bank_files, sending
from payments.models import Difference, DifferenceKind, LineKind, Payment, Refund, Statement, StatementLine
from payments.reconciliation import fees
from payments.reconciliation.matching import WITHOUT_ROW, Books, Ours, Target
from payments.reconciliation.statement_formats import FORMATS
from payments.refunds import returning


def market_of(company: str) -> Market:
    """The country in whose money this company's statements are."""
    return next(each for each in MARKETS.values() if each.currency == FORMATS[company].currency)


def day_of(moment: datetime, market: Market) -> date:
    return moment.astimezone(ZoneInfo(market.time_zone)).date()


def queue_up(company: str) -> None:
    """One at a time for one company, until the transaction ends: two would not see each other's lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"statement:{company}"])


def compare(statement: Statement, line: StatementLine, books: Books) -> list[Difference]:
    """Tie a line to what it is about, and say what differs. Saves nothing."""
    if line.has_no_rate:
        return [difference(statement, line, DifferenceKind.MISSING_HERE, found=line.amount)]
    if line.kind in WITHOUT_ROW:
        return _compare_alone(statement, line, books)
    target = books.take(line)
    if target is None:
        return [difference(statement, line, DifferenceKind.MISSING_HERE, found=line.amount)]
    setattr(line, target.link, target.row)
    if target.fits(line):
        line.is_matched = True
        return fee_difference(statement, line)
    return [_misfit(statement, line, target)]


def _compare_alone(statement: Statement, line: StatementLine, books: Books) -> list[Difference]:
    """A fee of its own, or a transfer to our bank: nothing of ours to compare it with but earlier lines."""
    if books.is_repeated(line):
        return [difference(statement, line, DifferenceKind.DUPLICATE, found=line.amount)]
    line.is_matched = True
    return fee_difference(statement, line)


def _misfit(statement: Statement, line: StatementLine, target: Target) -> Difference:
    if target.is_taken:
        if isinstance(target.row, Payment):  # under this number the company may know a second one
            settling.ask.delay_on_commit(target.row.pk, hint=line.company_reference)
        return difference(statement, line, DifferenceKind.DUPLICATE, found=line.amount)
    if target.expected is None:  # ours, but not as far as the company says
        ask(target.row, is_told=line.kind == LineKind.RETURNED)
        return difference(statement, line, DifferenceKind.MISSING_HERE, found=line.amount)
    kind = DifferenceKind.AMOUNT
    return difference(statement, line, kind, found=line.amount, expected=target.expected)


def ask(row: Ours, *, is_told: bool = False) -> None:
    """Have the company asked once this is committed; what a bank got on paper, only people can say.

    `is_told`: it says that a refund came back, which we believe to have arrived.
    """
    if isinstance(row, Payment):
        settling.ask.delay_on_commit(row.pk)
    elif row.rail == bank_files.RAIL:
        return
    elif isinstance(row, Refund):
        returning.follow_up.delay_on_commit(row.pk, is_told=is_told)
    else:
        sending.follow_up.delay_on_commit(row.pk)


def fee_of(line: StatementLine) -> Decimal:
    """What the company kept with this line."""
    return line.fee - line.amount if line.kind == LineKind.FEE else line.fee


def fee_difference(statement: Statement, line: StatementLine) -> list[Difference]:
    """A fee that no contract knows, on a line of whatever kind."""
    fee, agreed = fee_of(line), fees.agreed(statement.company, line.kind, line.amount, line.currency)
    if fees.is_as_agreed(fee=fee, agreed=agreed, currency=line.currency, rate=line.exchange_rate):
        return []
    return [difference(statement, line, DifferenceKind.FEE, found=fee, expected=agreed)]


def difference(
    statement: Statement, line: StatementLine, kind: DifferenceKind, **amounts: Decimal
) -> Difference:
    """Not saved; `key` is complete once the line is saved (`named`)."""
    return Difference(
        company=statement.company,
        market_code=statement.market_code,
        kind=kind,
        day=day_of(line.happened_at, statement.market),
        line=line,
        payment=line.payment,
        refund=line.refund,
        payout=line.payout,
        currency=line.currency,
        **amounts,
    )


def named(found: list[Difference]) -> list[Difference]:
    """With their keys, so that the same finding is written down once. Their lines are saved."""
    for each in found:
        if each.line is not None:
            each.line = each.line  # noqa: PLW0127 - takes over the number that it has got meanwhile
            each.key = f"{each.kind}:line:{each.line.pk}"
    return found
