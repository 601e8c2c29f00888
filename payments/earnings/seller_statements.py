"""A seller's statement: what a month brought and took, each amount with its story; the ledger, read aloud."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.db.models.expressions import CombinedExpression
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import commissions
from orders.models import OrderLine, SellerOrder
from payments.books import ledger
from payments.disbursement import payouts
from payments.earnings.commission_states import CommissionState, with_commission_state
from payments.earnings.months import Month
from payments.models import Account, LedgerEntry, Movement, Payout, PayoutLine, Refund
from sellers.models import Seller

NOTHING = Decimal(0)
SELLERS_MONEY = (Account.SELLER_HELD, Account.SELLER_AVAILABLE, Account.SELLER_IN_TRANSIT)
# What changes how much we owe a seller; a release or a payout under way only moves it about.
KINDS = (
    Movement.SALE,
    Movement.REFUND,
    Movement.ADJUSTMENT,
    Movement.PAYOUT_PAID,
    Movement.PAYOUT_BOUNCED,
)
LABELS: dict[str, Promise] = {
    Movement.SALE: _("Sales"),
    Movement.REFUND: _("Refunds"),
    Movement.ADJUSTMENT: _("Corrections"),
    Movement.PAYOUT_PAID: _("Payouts"),
}
# Shown together when one kind is asked for.
_ALIKE: dict[str, tuple[str, ...]] = {Movement.PAYOUT_PAID: (Movement.PAYOUT_PAID, Movement.PAYOUT_BOUNCED)}
_ONE: dict[str, Promise] = {
    Movement.SALE: pgettext_lazy("statement", "Sale"),
    Movement.REFUND: pgettext_lazy("statement", "Refund"),
    Movement.ADJUSTMENT: pgettext_lazy("statement", "Correction"),
    Movement.PAYOUT_PAID: pgettext_lazy("statement", "Payout"),
    Movement.PAYOUT_BOUNCED: pgettext_lazy("statement", "Payout that came back"),
}


def entries_of(seller: Seller) -> QuerySet[LedgerEntry]:
    """Every entry that changed what we owe this seller, newest first."""
    found = LedgerEntry.objects.filter(
        seller=seller, currency=seller.market.currency, account__in=SELLERS_MONEY, kind__in=KINDS
    )
    # Taken out for one payout and put back for the next at once: no change, so no line.
    found = found.exclude(ledger.CARRIED_OVER)
    return found.order_by("-posted_at", "-pk")


def entries_in(seller: Seller, month: Month, kind: str = "") -> QuerySet[LedgerEntry]:
    found = entries_of(seller).filter(posted_at__gte=month.start, posted_at__lt=month.end)
    found = found.select_related("refund__request", "payout__destination").prefetch_related(
        "refund__lines__line"
    )
    return found.filter(kind__in=_ALIKE.get(kind, (kind,))) if kind else found


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A month in six figures: opening + the four kinds = closing."""

    opening: Decimal
    sales: Decimal
    refunds: Decimal
    corrections: Decimal
    payouts: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sales + self.refunds + self.corrections + self.payouts


def summary(seller: Seller, month: Month) -> Summary:
    """One question to the ledger."""

    def of(*kinds: Movement) -> CombinedExpression:
        return -Sum("amount", filter=Q(kind__in=kinds, posted_at__gte=month.start), default=NOTHING)

    until = entries_of(seller).order_by().filter(posted_at__lt=month.end)
    sums = until.aggregate(
        opening=-Sum("amount", filter=Q(posted_at__lt=month.start), default=NOTHING),
        sales=of(Movement.SALE),
        refunds=of(Movement.REFUND),
        corrections=of(Movement.ADJUSTMENT),
        payouts=of(Movement.PAYOUT_PAID, Movement.PAYOUT_BOUNCED),
    )
    return Summary(**sums)


@dataclass(frozen=True, kw_only=True)
class ChargedLine:
    """A line of a sale and by which rule it was charged."""

    line: OrderLine
    title: str | Promise
    terms: str


@dataclass(kw_only=True)
class Line:
    """One amount of the statement and all that explains it."""

    entry: LedgerEntry
    currency: str
    balance: Decimal | None = None  # after it; None where other lines are left out
    payout: Payout | None = None  # the one that carries it, or that it is
    available_at: datetime | None = None
    charged: Sequence[ChargedLine] = field(default_factory=tuple)
    refunds: Sequence[Refund] = field(default_factory=tuple)

    @property
    def amount(self) -> Decimal:
        """What it added to the seller's money: below zero, what it took."""
        return -self.entry.amount

    @property
    def size(self) -> Decimal:
        return abs(self.entry.amount)

    @property
    def part(self) -> SellerOrder | None:
        return self.entry.seller_order

    @property
    def goods(self) -> Decimal:
        return self.part.items_net + self.part.tax if self.part else NOTHING

    @property
    def state(self) -> str:
        """The state of the sale's commission."""
        return getattr(self.part, "commission_state", "")

    @property
    def state_label(self) -> str | Promise:
        return CommissionState(self.state).label if self.state else ""

    @property
    def kind_label(self) -> str:
        return str(_ONE[self.entry.kind])

    @property
    def reason(self) -> str:
        """What was said about a refund or a correction."""
        return self.entry.refund.why if self.entry.refund else self.entry.note

    @property
    def short_reference(self) -> str:
        """What differs from one to the next, for narrow screens."""
        return re.sub(r"^ORD-[0-9]{8}-", "", self.reference)

    @property
    def reference(self) -> str:
        """What people call it by."""
        entry = self.entry
        if entry.refund:
            return entry.refund.number
        return entry.payout.reference if entry.payout else (self.part.number if self.part else "")


def lines(seller: Seller, entries: Sequence[LedgerEntry], *, with_balance: bool) -> list[Line]:
    """Neighbouring entries, newest first, with their stories; as many queries for one as for twenty."""
    parts = _parts({entry.seller_order_id for entry in entries if entry.seller_order_id})
    carried = _carriers(entries, set(parts))
    balance = _balance_after(seller, entries[0]) if with_balance and entries else None
    found = []
    for entry in entries:
        line = Line(entry=entry, currency=entry.currency, balance=balance)
        if entry.seller_order_id:
            entry.seller_order = parts[entry.seller_order_id]
        if entry.kind == Movement.SALE:
            _tell_sale(line, carried.get(("part", entry.seller_order_id)))
        else:
            line.payout = entry.payout or carried.get(("entry", entry.pk))
        found.append(line)
        balance = balance - line.amount if balance is not None else None
    return found


def _tell_sale(line: Line, payout: Payout | None) -> None:
    part = line.part
    if part is None:
        return
    line.payout = payout
    line.charged = [
        ChargedLine(
            line=sold,
            title=commissions.title_of(sold),
            terms=commissions.explain(sold, part.market),
        )
        for sold in part.lines.all()
    ]
    line.refunds = list(part.refunds.all())
    if part.delivered_at and not part.released_at and line.state == CommissionState.PENDING:
        line.available_at = part.delivered_at + payouts.hold(part.market)


def _parts(numbers: set[int]) -> dict[int, SellerOrder]:
    sold = OrderLine.objects.select_related("commission_rule").order_by("pk")
    given_back = Refund.objects.select_related("request")
    rows = with_commission_state(SellerOrder.objects.filter(pk__in=numbers)).select_related("order")
    return rows.prefetch_related(
        Prefetch("lines", queryset=sold), Prefetch("refunds", queryset=given_back)
    ).in_bulk()


def _carriers(entries: Sequence[LedgerEntry], parts: set[int]) -> dict[tuple[str, int | None], Payout]:
    """Which payout carries what: a sale by its release, anything else by its own entry."""
    rows = PayoutLine.objects.filter(is_void=False).select_related("payout", "entry")
    rows = rows.filter(
        Q(entry__in=[entry.pk for entry in entries]) | Q(entry__kind=Movement.RELEASE, seller_order__in=parts)
    )
    return {
        ("part", row.seller_order_id)
        if row.entry.kind == Movement.RELEASE
        else ("entry", row.entry_id): row.payout
        for row in rows
    }


def _balance_after(seller: Seller, entry: LedgerEntry) -> Decimal:
    """Everything up to and with this entry."""
    until = Q(posted_at__lt=entry.posted_at) | Q(posted_at=entry.posted_at, pk__lte=entry.pk)
    found = entries_of(seller).order_by().filter(until).aggregate(total=Sum("amount", default=NOTHING))
    return -found["total"]
