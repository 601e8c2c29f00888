"""Which payment, refund or payout of ours a line of a statement is about."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from payments.books.ledger import carrier_of
from payments.models import (
    Account,
    CashCode,
    Difference,
    DifferenceKind,
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
# Which row, and whether on its way back.
Mark = tuple[str, int, bool]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a line is about. `expected` is None while our books do not say that it happened.

    `is_taken`: statements have shown it as often as it happened.
    """

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
        all_names = {name for line in lines for name in self._names(line)} - {""}
        names = any_of(all_names)
        ours = Q(reference__in=names) | Q(company_reference__in=names)
        payments = _by_name(Payment.objects.filter(ours, gateway=company))
        # Counters name the code that the buyer said.
        codes = CashCode.objects.filter(code__in=names, payment__gateway=company).select_related("payment")
        refunds = Refund.objects.filter(ours | Q(number__in=names)).select_related("payment")
        # To a rail, money for a buyer's account is a payout like any other.
        by_rail = _sent_before(company, all_names) | _by_name(refunds.filter(rail=company))
        direct = _by_name(refunds.filter(rail="", payment__gateway=company))
        payouts = _by_name(Payout.objects.filter(ours, rail=company))
        self._company = company
        self._rows: dict[str, dict[str, Any]] = {
            LineKind.CHARGE: {each.code: each.payment for each in codes} | payments,
            LineKind.REFUND: by_rail | direct,
            LineKind.PAYOUT: by_rail | payouts,
            LineKind.RETURNED: by_rail | direct | payouts,
        }
        self._surplus = _surplus_amounts(self._rows[LineKind.CHARGE].values())
        self._came_back = _came_back(company, self._rows[LineKind.RETURNED].values())
        differs = Difference.objects.filter(line=OuterRef("pk"), kind=DifferenceKind.AMOUNT)
        self._shown = StatementLine.objects.filter(
            Exists(differs) | Q(is_matched=True), statement__company=company
        )
        self._taken = Counter(mark for link in LINKS.values() for mark in self._matched(link))
        self._numbers = set(
            self._shown.filter(
                kind__in=WITHOUT_ROW, company_reference__in=any_of(_numbers(lines))
            ).values_list("kind", "company_reference")
        )

    def _names(self, line: StatementLine) -> tuple[str, str, str]:
        """The company's number, our reference, and the same without what we put before it."""
        leaves = line.kind in (LineKind.REFUND, LineKind.PAYOUT, LineKind.RETURNED)
        bare = line.reference.removeprefix(self._prefix) if leaves else ""
        return line.company_reference, line.reference, bare

    def _matched(self, link: str) -> list[Mark]:
        rows = (row for known in self._rows.values() for row in known.values() if LINKS[type(row)] == link)
        ids = {row.pk for row in rows}
        if not ids:
            return []
        shown = self._shown.filter(**{f"{link}__in": ids}).values_list(f"{link}_id", "kind")
        return [(link, pk, kind == LineKind.RETURNED) for pk, kind in shown]

    def take(self, line: StatementLine) -> Target | None:
        """The row this line is about; from now on another line about it is a duplicate."""
        known = self._rows.get(line.kind, {})
        row = next((known[name] for name in self._names(line) if name and name in known), None)
        if row is None:
            return None
        is_return = line.kind == LineKind.RETURNED
        mark: Mark = (LINKS[type(row)], row.pk, is_return)
        times = self._came_back[mark[:2]] + (0 if is_return else self._stands(row))
        expected = self._amount(row, is_return=is_return) if times else None
        is_taken = self._taken[mark] >= max(1, times)
        if expected is not None and not is_taken:  # with another amount, too: it is shown once
            self._taken[mark] += 1
        return Target(row=row, expected=expected, is_taken=is_taken)

    def is_repeated(self, line: StatementLine) -> bool:
        """Whether a fee or a transfer with this number was shown before; from now on it was."""
        mark = (line.kind, line.company_reference)
        is_known = mark in self._numbers
        if line.company_reference:
            self._numbers.add(mark)
        return is_known

    def _stands(self, row: Ours) -> bool:
        """Whether it has happened here by our books, and was not taken back."""
        if isinstance(row, Payment):
            return row.status in (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)
        if isinstance(row, Payout):
            return row.status == PayoutStatus.PAID
        return row.status == RefundStatus.SUCCEEDED and carrier_of(row) == self._company

    def _amount(self, row: Ours, *, is_return: bool) -> Decimal:
        """What the line should say, signed as the company sees it."""
        if isinstance(row, Payment):
            is_surplus = row.status == PaymentStatus.SURPLUS
            return self._surplus.get(row.reference, row.amount) if is_surplus else row.amount
        return row.amount if is_return else -row.amount


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


def _sent_before(company: str, names: Iterable[str]) -> dict[str, Refund]:
    """Refunds that this company or rail has sent, by the names they had then; what came back has another."""
    sources = any_of(f"{Movement.REFUND_PAID}:{name}" for name in names)
    sent = LedgerEntry.objects.filter(source__in=sources, account=Account.GATEWAY, gateway=company)
    sent = sent.select_related("refund__payment")
    return {entry.source.partition(":")[2]: entry.refund for entry in sent if entry.refund}


def _came_back(company: str, rows: Iterable[Ours]) -> Counter[tuple[str, int]]:
    """How often each has left this company and come back: it left as often, and one may leave again."""
    ids: dict[str, set[int]] = {"refund": set(), "payout": set()}
    for row in rows:
        ids[LINKS[type(row)]].add(row.pk)
    booked = came_back(company).filter(Q(refund__in=ids["refund"]) | Q(payout__in=ids["payout"]))
    found = booked.values_list("refund_id", "payout_id")
    return Counter(("refund", refund) if refund else ("payout", payout or 0) for refund, payout in found)


def came_back(company: str | OuterRef) -> QuerySet[LedgerEntry]:
    """What our books say has come back to this company or rail."""
    kinds = (Movement.REFUND_BOUNCED, Movement.PAYOUT_BOUNCED)
    return LedgerEntry.objects.filter(kind__in=kinds, account=Account.GATEWAY, gateway=company)
