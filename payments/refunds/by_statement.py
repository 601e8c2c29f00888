"""Staff have read in a statement what became of a refund; where it is much, two must read the same."""

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from payments.books import ledger
from payments.disbursement.two_people import SamePerson, refuse_the_buyer
from payments.gateways.base import Outcome, State
from payments.models import Refund, RefundStatus
from payments.refunds.returned import apply, go_another_way, lock

__all__ = ["NotPossible", "SamePerson", "came_back", "decide"]


class NotPossible(Exception):
    """It is not a statement that tells what becomes of it now."""


@transaction.atomic
def decide(*, refund: Refund, was_sent: bool, by: User) -> bool:
    """The last word on a refund nobody could answer for. False: a second person must have it.

    Only while it is unknown: one that is being sent, or sent again, is not for a statement to tell.
    Raises NotPossible, or SamePerson for whose money it is.
    """
    refund = _read(refund, by, RefundStatus.UNKNOWN)
    if not _is_last_word(refund, was_sent, by):
        return False
    state = State.PAID if was_sent else State.FAILED
    outcome = Outcome(state=state, company_message="by the statement")
    apply(refund.pk, outcome, reference=refund.reference, by=by)
    return True


@transaction.atomic
def came_back(*, refund: Refund, by: User) -> bool:
    """Money that was sent has returned: it is owed again. False: a second person must have seen it.

    Raises NotPossible, or SamePerson for whose money it is.
    """
    refund = _read(refund, by, RefundStatus.SUCCEEDED)
    if not _is_last_word(refund, False, by):
        return False
    ledger.record_refund_bounced(refund)
    go_another_way(refund, "came back, by the statement", by, timezone.now())
    return True


def _read(refund: Refund, by: User, status: RefundStatus) -> Refund:
    """The refund as it is now, if it may be decided about, and by this person."""
    refund = lock(refund.pk)
    refuse_the_buyer(by, refund.order)
    if refund.status != status:
        raise NotPossible(refund.number)
    return refund


def _is_last_word(refund: Refund, was_sent: bool, by: User) -> bool:
    """Above the limit whoever reads the statement first is only heard; a contradiction begins anew."""
    if refund.amount <= refund.market.refund_limit:
        return True
    if refund.reported_by_id not in (None, by.pk) and refund.reported_sent == was_sent:
        return True
    word = {"reported_by": by, "reported_sent": was_sent, "above_limit": True, "decided_by": None}
    Refund.objects.filter(pk=refund.pk).update(**word)
    refund.record("reported", "sent" if was_sent else "not sent, or came back", by)
    return False
