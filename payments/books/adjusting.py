"""Staff correct a seller's balance, with a reason that the seller reads; two of them where it is much."""

from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from payments.books import ledger, proposing
from payments.books.proposing import NotPossible
from payments.disbursement.two_people import SamePerson, refuse_the_paid
from payments.earnings import statement_emails
from payments.models import Correction, ProposalStatus
from sellers.models import Seller

__all__ = ["FormUsed", "NotPossible", "SamePerson", "adjust", "approve", "decline"]

log = structlog.get_logger(__name__)

_S = ProposalStatus


class FormUsed(Exception):
    """Another correction was made with this form: somebody went back and changed it."""


@transaction.atomic
def adjust(*, seller: Seller, amount: Decimal, reason: str, key: UUID, by: User) -> Correction:
    """Add an amount to what the seller may have, or take it away; it may become a debt.

    `key` was drawn when the form was shown: the same form sent twice corrects once; filled in anew it is
    refused. Above Market.correction_limit it waits for somebody else, and so does what makes one person's
    corrections of a store in one day exceed it. Raises FormUsed, or SamePerson for one's own store.
    """
    seller = _locked(seller.pk)
    if earlier := Correction.objects.filter(key=key).first():
        if (earlier.seller_id, earlier.amount) != (seller.pk, amount):
            raise FormUsed
        return earlier
    refuse_the_paid(by, seller=seller.pk)
    now, market = timezone.now(), seller.market
    made = Correction.objects.filter(seller=seller, made_by=by)
    correction = Correction.objects.create(
        seller=seller,
        market_code=seller.market_code,
        key=key,
        amount=amount,
        currency=market.currency,
        reason=reason[:300],
        needs_second=abs(amount) + proposing.of_today(made, market, now) > market.correction_limit,
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
    proposing.refuse_the_author(correction, by)
    _book(correction, by=correction.made_by, decided_by=by, decided_at=timezone.now())


@transaction.atomic
def decline(*, correction: Correction, by: User, words: str) -> None:
    """It is not booked; its author may say so, too. Raises SamePerson or NotPossible."""
    correction = _current(correction)
    refuse_the_paid(by, seller=correction.seller_id)
    proposing.end(correction, _S.DECLINED, decided_by=by, decided_at=timezone.now(), words=words[:300])


def _book(correction: Correction, *, by: User, **decided: object) -> None:
    """Call with the seller locked: a payout that is being made nets it whole or not at all."""
    proposing.end(correction, _S.BOOKED, **decided)
    seller, key = correction.seller, str(correction.key)
    ledger.record_adjustment(seller, correction.amount, key=key, note=correction.reason, by=by)
    statement_emails.send_correction(correction)


def _locked(seller_id: int) -> Seller:
    return Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=seller_id)


def _current(correction: Correction) -> Correction:
    seller = _locked(correction.seller_id)
    row = Correction.objects.select_related("made_by").get(pk=correction.pk)
    row.seller = seller
    return row
