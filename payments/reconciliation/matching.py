"""Which payment, refund or payout of ours a line of a statement is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from payments.models import (
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


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a line is about. `expected` is None while our books do not say that it happened."""

    links: Mapping[str, Any]
    expected: Decimal | None
    is_taken: bool
    payment: Payment | None = None


class Books:
    """Everything of ours that some lines of one company may be about, read in a few questions.

    A line is placed by the company's reference first, then by ours.
    """

    def __init__(self, company: str, lines: Iterable[StatementLine]) -> None:
        lines = list(lines)
        named = {line.reference for line in lines} | {line.company_reference for line in lines}
        names = named - {""}
        ours = Q(reference__in=names) | Q(company_reference__in=names)
        refunds = Refund.objects.filter(ours | Q(number__in=names))
        self._rows = {
            LineKind.CHARGE: _by_name(Payment.objects.filter(ours, gateway=company)),
            LineKind.REFUND: _by_name(refunds.filter(Q(rail=company) | Q(rail="", payment__gateway=company))),
            LineKind.PAYOUT: _by_name(Payout.objects.filter(ours, rail=company)),
        }
        self._surplus = _surplus_amounts(self._rows[LineKind.CHARGE].values())
        self._taken = {(kind, row.pk) for kind in self._rows for row in self._matched(kind)}

    def _matched(self, kind: LineKind) -> list[Any]:
        rows = {row.pk: row for row in self._rows[kind].values()}
        name = _LINKS[kind]
        taken = StatementLine.objects.filter(is_matched=True, kind=kind, **{f"{name}__in": rows.keys()})
        return [rows[pk] for pk in taken.values_list(f"{name}_id", flat=True)]

    def take(self, line: StatementLine) -> Target | None:
        """The row this line is about; from now on another line about it is a duplicate."""
        kind = LineKind(line.kind)
        known = self._rows.get(kind, {})
        row = known.get(line.company_reference) or known.get(line.reference)
        if row is None:
            return None
        expected = self._expected(kind, row)
        is_taken = (kind, row.pk) in self._taken
        if expected == line.amount:
            self._taken.add((kind, row.pk))
        return Target(
            links={_LINKS[kind]: row},
            expected=expected,
            is_taken=is_taken,
            payment=row if kind == LineKind.CHARGE else None,
        )

    def _expected(self, kind: LineKind, row: Any) -> Decimal | None:
        """What the line should say, signed as the company sees it."""
        if kind == LineKind.CHARGE:
            if row.status == PaymentStatus.SURPLUS:
                return self._surplus.get(row.reference, row.amount)
            return row.amount if row.status == PaymentStatus.SUCCEEDED else None
        done = RefundStatus.SUCCEEDED if kind == LineKind.REFUND else PayoutStatus.PAID
        return -row.amount if row.status == done else None


_LINKS = {LineKind.CHARGE: "payment", LineKind.REFUND: "refund", LineKind.PAYOUT: "payout"}


def _by_name(rows: QuerySet[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        for name in (getattr(row, "number", ""), row.company_reference, row.reference):
            if name and isinstance(name, str):
                found[name] = row
    return found


def _surplus_amounts(payments: Iterable[Payment]) -> dict[str, Decimal]:
    """A surplus may be another amount than was asked for: what was booked counts."""
    sources = {f"surplus:{each.reference}": each.reference for each in payments}
    booked = LedgerEntry.objects.filter(source__in=sources, kind=Movement.SURPLUS, account="gateway")
    return {sources[entry.source]: entry.amount for entry in booked}
