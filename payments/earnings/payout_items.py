"""What a payout pays, line by line: sales, and refunds and corrections that it nets."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from orders.models import SellerOrder
from payments.models import Movement, Payout, PayoutLine

NOTHING = Decimal(0)
_LABELS: dict[str, Promise] = {
    Movement.RELEASE: pgettext_lazy("statement", "Sale"),
    Movement.REFUND: pgettext_lazy("statement", "Refund"),
    Movement.ADJUSTMENT: pgettext_lazy("statement", "Correction"),
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """total + commission + tax + given_back = amount: what is taken away stands below zero."""

    label: str | Promise
    part: SellerOrder | None
    reference: str
    reason: str
    amount: Decimal
    total: Decimal = NOTHING
    commission: Decimal = NOTHING
    tax: Decimal = NOTHING
    given_back: Decimal = NOTHING  # the seller's share of refunds before the sale was released


def items_of(payout: Payout) -> list[Item]:
    """Three queries, whatever its size."""
    lines = payout.lines.select_related("entry__refund__request", "seller_order__order").order_by("pk")
    return [_item(line) for line in lines]


def _item(line: PayoutLine) -> Item:
    entry, part = line.entry, line.seller_order
    label = _LABELS.get(entry.kind, entry.get_kind_display())
    if entry.kind == Movement.RELEASE and part:
        return Item(
            label=label,
            part=part,
            reference=part.number,
            reason="",
            amount=line.amount,
            total=part.total,
            commission=-part.commission,
            tax=-part.commission_tax,
            given_back=line.amount - part.earnings,
        )
    if refund := entry.refund:
        return Item(
            label=label,
            part=part,
            reference=refund.number,
            reason=refund.why,
            amount=line.amount,
            total=-refund.amount,
            commission=refund.commission,
            tax=refund.commission_tax,
        )
    reason = gettext(entry.note) if entry.note else ""
    return Item(label=label, part=part, reference="", reason=reason, amount=line.amount)
