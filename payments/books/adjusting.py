"""Staff correct a seller's balance, with a reason that the seller reads; two of them where it is much."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import IllegalTransition, StaleState, advance
from payments.books import ledger
from payments.disbursement import paydays
from payments.disbursement.two_people import SamePerson, refuse_the_paid
from payments.earnings import statement_emails
from payments.models import CORRECTION_TRANSITIONS, Correction, CorrectionStatus
from sellers.models import Seller

__all__ = ["NotPossible", "SamePerson", "adjust", "approve", "decline"]

log = structlog.get_logger(__name__)

_S = CorrectionStatus


class NotPossible(Exception):
    """It has been booked or turned down."""


@transaction.atomic
def adjust(*, seller: Seller, amount: Decimal, reason: str, key: UUID, by: User) -> Correction:
    """Add an amount to what the seller may have, or take it away; it may become a debt.

    `key` was drawn when the form was shown: the same form sent twice corrects once. Above
    Market.correction_limit it waits for somebody else, and so does what makes one person's corrections of
    a store in one day exceed it. Raises SamePerson for one's own store.
    """
    seller = _locked(seller.pk)
    if made := Correction.objects.filter(key=key).first():
        return made
    refuse_the_paid(by, seller=seller.pk)
    now = timezone.now()
    correction = Correction.objects.create(
        seller=seller,
        market_code=seller.market_code,
        key=key,
        amount=amount,
        currency=seller.market.currency,
        reason=reason[:300],
        needs_second=abs(amount) + _of_today(seller, by, now) > seller.market.correction_limit,
        made_by=by,
    )
    if correction.needs_second:
        statement_emails.send_correction_waits(correction)
    else:
        _book(correction, by=by, decided_at=now)
    log.info("balance_corrected", correction=correction.pk, status=str(correction.status))
    return correction


@transaction.atomic
def approve(*, correction: Correction, by: User) -> None:
    """The second person agrees: booked, and the owners are told. Raises SamePerson or NotPossible."""
    correction = _current(correction)
    refuse_the_paid(by, seller=correction.seller_id)
    if by.pk == correction.made_by_id:
        raise SamePerson
    _book(correction, by=correction.made_by, decided_by=by, decided_at=timezone.now())


@transaction.atomic
def decline(*, correction: Correction, by: User, words: str) -> None:
    """It is not booked; its author may say so, too. Raises SamePerson or NotPossible."""
    correction = _current(correction)
    refuse_the_paid(by, seller=correction.seller_id)
    _advance(correction, _S.DECLINED, decided_by=by, decided_at=timezone.now(), words=words[:300])


def _book(correction: Correction, *, by: User, **decided: object) -> None:
    """Call with the seller locked: a payout that is being made nets it whole or not at all."""
    _advance(correction, _S.BOOKED, **decided)
    seller, key = correction.seller, str(correction.key)
    ledger.record_adjustment(seller, correction.amount, key=key, note=correction.reason, by=by)
    statement_emails.send_correction(correction)


def _of_today(seller: Seller, by: User, now: datetime) -> Decimal:
    """What this person has corrected, or wants to correct, of this store today, up and down."""
    midnight = paydays.beginning(seller.market, paydays.today(seller.market, now))
    made = Correction.objects.filter(seller=seller, made_by=by, made_at__gte=midnight)
    sums = made.exclude(status=_S.DECLINED).aggregate(total=Sum(Abs("amount"), default=Decimal(0)))
    return sums["total"]


def _locked(seller_id: int) -> Seller:
    return Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=seller_id)


def _current(correction: Correction) -> Correction:
    seller = _locked(correction.seller_id)
    row = Correction.objects.select_related("made_by").get(pk=correction.pk)
    row.seller = seller
    return row


def _advance(correction: Correction, to: CorrectionStatus, **changes: object) -> None:
    try:
        advance(correction, to, transitions=CORRECTION_TRANSITIONS, **changes)
    except (IllegalTransition, StaleState):
        raise NotPossible from None
