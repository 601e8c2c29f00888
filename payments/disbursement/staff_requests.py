"""A payout that staff ask for in a store's stead: what would be paid, or why nothing, in words for staff."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.disbursement import payable
from payments.disbursement.payable import Hindrance
from sellers.models import PayoutDestination, Seller

_WORDS: dict[Hindrance, Promise] = {
    Hindrance.CLOSED: _("The store is not approved, or suspended: its payouts rest."),
    Hindrance.FROZEN: _("Payouts of this store are frozen until somebody has spoken with its owner."),
    Hindrance.UNDER_WAY: _("A payout of this store is under way; the next one follows it."),
    Hindrance.DEBT: _("Refunds were more than the store has earned since: it owes us money."),
    Hindrance.NOTHING: _("The store has nothing available: what it sold is held or paid out."),
    Hindrance.NO_ACCOUNT: _("The store has not said yet where its money should go."),
    Hindrance.REFUSED: _("The account was refused: the owner has to enter another one."),
    Hindrance.TODAY: _("A payout of this store was asked for today; it can be asked for again tomorrow."),
}


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What a request would do at this moment."""

    amount: Decimal
    destination: PayoutDestination | None
    above_limit: bool
    why_not: str  # empty: it would be paid


def prospect(seller: Seller, now: datetime | None = None) -> Prospect:
    """The same questions as a request asks, without its locks: the request has the last word."""
    now = now or timezone.now()
    destination, amount = payable.destination_of(seller), payable.due(seller)
    if destination:
        amount = payable.payable(amount, destination)
    found: Hindrance | None = Hindrance.TODAY
    if not payable.was_asked_today(seller, now):
        found = payable.hindrance(seller, destination, amount, now)
    return Prospect(
        amount=amount,
        destination=destination,
        above_limit=amount > seller.market.payout_limit,
        why_not=explain(found, seller) if found else "",
    )


def explain(found: Hindrance, seller: Seller) -> str:
    """The hindrance in a sentence for staff."""
    words = _WORDS.get(found, found.label)
    return payable.explain(found, seller, payable.destination_of(seller), words=str(words))
