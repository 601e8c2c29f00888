"""Payouts that wait for a second person: let go, or called off with the money back in the balance."""

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import IllegalTransition, StaleState, advance
from payments import emails
from payments.disbursement.bank_files import RAIL
from payments.disbursement.sending import give_back, send
from payments.disbursement.two_people import SamePerson, refuse_the_paid
from payments.models import PAYOUT_TRANSITIONS, Payout, PayoutFile, PayoutStatus
from sellers.models import Seller


class NotPossible(Exception):
    """The payout has left, or has ended already."""


@transaction.atomic
def approve(*, payout: Payout, by: User) -> None:
    """Let a payout above the limit go. Raises SamePerson or NotPossible."""
    payout = _locked(payout)
    refuse_the_paid(by, seller=payout.seller_id)
    if by.pk == payout.requested_by_id:
        raise SamePerson
    _advance(
        payout,
        PayoutStatus.CREATED,
        only_from=(PayoutStatus.APPROVAL,),
        approved_by=by,
        approved_at=timezone.now(),
        next_check_at=timezone.now(),
    )
    payout.record("approved", by=by)
    send.delay_on_commit(payout.pk)


@transaction.atomic
def call_off(*, payout: Payout, by: User, reason: str) -> None:
    """Not this payout: its entries are free again and the owners are told why.

    Raises SamePerson or NotPossible: what a rail or a bank may have heard of cannot be called off; a list
    that was not let go can.
    """
    file = _locked_file(payout)
    payout = _locked(payout)
    refuse_the_paid(by, seller=payout.seller_id)
    if payout.file_id != (file.pk if file else None):
        raise NotPossible  # listed at this very moment: look again
    from_here = [PayoutStatus.APPROVAL, PayoutStatus.CREATED]
    if payout.rail == RAIL and (file is None or file.approved_at is None):
        from_here.append(PayoutStatus.SENDING)
    _advance(
        payout,
        PayoutStatus.CANCELLED,
        only_from=from_here,
        file=None,
        failure_reason=reason[:300],
        ended_at=timezone.now(),
        next_check_at=None,
        decided_by=None if payout.above_limit else by,
    )
    if file:
        PayoutFile.objects.filter(pk=file.pk).update(total=file.total - payout.amount)
    give_back(payout)
    payout.record("called_off", reason, by=by)
    emails.send_payout_called_off(payout)


def _locked(payout: Payout) -> Payout:
    """Seller first, then the payout, as everywhere."""
    Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=payout.seller_id)
    return Payout.objects.select_for_update(of=("self",)).select_related("seller").get(pk=payout.pk)


def _locked_file(payout: Payout) -> PayoutFile | None:
    """Its list, before the payout itself: whoever lets a list go holds it and comes for its payouts."""
    return PayoutFile.objects.select_for_update(of=("self",)).filter(payouts=payout.pk).first()


def _advance(payout: Payout, to: str, *, only_from: list | tuple, **changes: object) -> None:
    if payout.status not in only_from:
        raise NotPossible
    try:
        advance(payout, to, transitions=PAYOUT_TRANSITIONS, **changes)
    except (IllegalTransition, StaleState):
        raise NotPossible from None
