"""Which payment, refund or payout of ours a line of a statement is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from payments.models import (
    CashCode,
    LedgerEntry,
    LineKind,
    Movement,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Refund,
    RefundStatus,
    StatementLine,
)
from payments.reconciliation.many_rows import any_of
from payments.reconciliation.statement_formats import FORMATS

Ours = Payment | Refund | Payout
# The column of a line that names the row it is about.
LINKS: dict[type[Ours], str] = {Payment: "payment", Refund: "refund", Payout: "payout"}
# A line of these is about no row of ours: its own number says whether it was shown before.
WITHOUT_ROW = (LineKind.FEE, LineKind.SETTLEMENT)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a line is about. `expected` is None while our books do not say that it happened."""

    row: Ours
    expected: Decimal | None
    is_taken: bool

    @property
    def link(self) -> str:
        return LINKS[type(self.row)]

    def fits(self, line: StatementLine) -> bool:
        return not self.is_taken and self.expected == line.amount


class Books:
    """Everything of ours that some lines of one company may be about, read in a few questions.

    A line is placed by the company's reference first, then by ours.
    """

    def __init__(self, company: str, lines: Iterable[StatementLine]) -> None:
        lines = list(lines)
        self._prefix = FORMATS[company].prefix
        names = any_of({name for line in lines for name in self._names(line)} - {""})
        ours = Q(reference__in=names) | Q(company_reference__in=names)
        payments = _by_name(Payment.objects.filter(ours, gateway=company))
        # Counters name the code that the buyer said.
        codes = CashCode.objects.filter(code__in=names, payment__gateway=company).select_related("payment")
        refunds = Refund.objects.filter(ours | Q(number__in=names))
        # To a rail, money for a buyer's account is a payout like any other.
        by_rail = _by_name(refunds.filter(rail=company))
        self._rows: dict[str, dict[str, Any]] = {
            LineKind.CHARGE: {each.code: each.payment for each in codes} | payments,
            LineKind.REFUND: by_rail | _by_name(refunds.filter(rail="", payment__gateway=company)),
            LineKind.PAYOUT: by_rail | _by_name(Payout.objects.filter(ours, rail=company)),
        }
        self._surplus = _surplus_amounts(self._rows[LineKind.CHARGE].values())
        self._bounced = _bounced(self._rows[LineKind.PAYOUT].values())
        self._shown = StatementLine.objects.filter(statement__company=company, is_matched=True)
        self._taken = {mark for link in LINKS.values() for mark in self._matched(link)}
        self._numbers = set(
            self._shown.filter(
                kind__in=WITHOUT_ROW, company_reference__in=any_of(_numbers(lines))
            ).values_list("kind", "company_reference")
        )

    def _names(self, line: StatementLine) -> tuple[str, str, str]:
        """The company's number, our reference, and the same without what we put before it."""
        leaves = line.kind in (LineKind.REFUND, LineKind.PAYOUT)
        bare = line.reference.removeprefix(self._prefix) if leaves else ""
        return line.company_reference, line.reference, bare

    def _matched(self, link: str) -> list[tuple[str, int]]:
        rows = (row for known in self._rows.values() for row in known.values() if LINKS[type(row)] == link)
        ids = {row.pk for row in rows}
        if not ids:
            return []
        shown = self._shown.filter(**{f"{link}__in": ids}).values_list(f"{link}_id", flat=True)
        return [(link, pk) for pk in shown]

    def take(self, line: StatementLine) -> Target | None:
        """The row this line is about; from now on another line about it is a duplicate."""
        known = self._rows.get(line.kind, {})
        row = next((known[name] for name in self._names(line) if name and name in known), None)
        if row is None:
            return None
        expected, mark = self._expected(row), (LINKS[type(row)], row.pk)
        is_taken = mark in self._taken
        if expected == line.amount:
            self._taken.add(mark)
        return Target(row=row, expected=expected, is_taken=is_taken)

    def is_repeated(self, line: StatementLine) -> bool:
        """Whether a fee or a transfer with this number was shown before; from now on it was."""
        mark = (line.kind, line.company_reference)
        is_known = mark in self._numbers
        if line.company_reference:
            self._numbers.add(mark)
        return is_known

    def _expected(self, row: Ours) -> Decimal | None:
        """What the line should say, signed as the company sees it."""
        if isinstance(row, Payment):
            if row.status == PaymentStatus.SURPLUS:
                return self._surplus.get(row.reference, row.amount)
            return row.amount if row.status == PaymentStatus.SUCCEEDED else None
        if isinstance(row, Payout) and row.pk in self._bounced:
            return -row.amount
        done = RefundStatus.SUCCEEDED if isinstance(row, Refund) else PayoutStatus.PAID
        return -row.amount if row.status == done else None


def _numbers(lines: Iterable[StatementLine]) -> set[str]:
    return {line.company_reference for line in lines if line.kind in WITHOUT_ROW} - {""}


def _by_name(rows: QuerySet[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        for name in (getattr(row, "number", ""), row.company_reference, row.reference):
            if name and isinstance(name, str):
                found[name] = row
    return found


def _surplus_amounts(payments: Iterable[Payment]) -> dict[str, Decimal]:
    """A surplus may be another amount than was asked for: what was booked counts."""
    wrong = {each.reference for each in payments if each.status == PaymentStatus.SURPLUS}
    sources = {f"surplus:{reference}": reference for reference in wrong}
    booked = LedgerEntry.objects.filter(source__in=sources, kind=Movement.SURPLUS, account="gateway")
    return {sources[entry.source]: entry.amount for entry in booked}


def _bounced(rows: Iterable[Ours]) -> set[int]:
    """Payouts that came back: they had left before, and the statement shows that too."""
    failed = {row.pk for row in rows if isinstance(row, Payout) and row.status == PayoutStatus.FAILED}
    booked = LedgerEntry.objects.filter(payout__in=failed, kind=Movement.PAYOUT_BOUNCED)
    return {key for key in booked.values_list("payout_id", flat=True) if key is not None}
