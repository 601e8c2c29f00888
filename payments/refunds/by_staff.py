"""Money of orders that look like fraud goes back by the hands of staff: to the card it came from.

Only where there is no card may two of them agree to ask the buyer for an account.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from orders.models import Order
from payments.books import ledger
from payments.disbursement.two_people import SamePerson, refuse_the_buyer
from payments.gateways.base import Reason
from payments.models import Refund, RefundStatus
from payments.refunds import refund_emails
from payments.refunds.returned import go_another_way, lock, move, reminder
from payments.refunds.ways import ways_of

__all__ = [
    "CardOnly",
    "NotPossible",
    "ReferenceUsed",
    "SamePerson",
    "allow_account",
    "hand_back",
    "may_ask_for_account",
    "needs_two",
    "report_paid",
    "take_over",
]

_S = RefundStatus
# Nothing has left for the account that the buyer named, so it can still be stopped.
NOT_LEFT = (_S.CREATED, _S.NEEDS_ACCOUNT)


class NotPossible(Exception):
    """The refund is not with staff any more, or somebody has reported that it is paid."""


class ReferenceUsed(Exception):
    """One transaction at the company gives back one payment."""


class CardOnly(Exception):
    """What came from a card goes back to it; and no account is asked for that no wallet could reach."""


def needs_two(refund: Refund) -> bool:
    """Above the limit one person's word is not enough."""
    return refund.amount > refund.market.refund_limit


def may_ask_for_account(refund: Refund) -> bool:
    """Whether an account would be of any use."""
    return not refund.payment.is_by_card and bool(ways_of(refund))


@transaction.atomic
def report_paid(*, refund: Refund, reference: str, note: str, by: User) -> bool:
    """Staff have paid it back in the company's panel, under `reference` there. False: a second must say so.

    Who reads another reference than the first has the first word. Raises NotPossible, SamePerson or
    ReferenceUsed.
    """
    refund = _with_staff(refund.pk, by)
    others = Refund.objects.filter(company_reference=reference, status=_S.SUCCEEDED)
    if others.exclude(payment=refund.payment_id).exists():
        raise ReferenceUsed
    is_second = refund.reported_by_id is not None and refund.company_reference == reference
    if is_second and refund.reported_by_id == by.pk:
        raise SamePerson
    said: dict[str, Any] = {"company_reference": reference, "staff_note": note[:300]}
    if needs_two(refund) and not is_second:
        said |= {"reported_by": by, "above_limit": True, "account_proposed_by": None}
        Refund.objects.filter(pk=refund.pk).update(**said)
        refund.record("reported", f"{reference}: {note}", by)
        return False
    said |= {"ended_at": timezone.now(), "failure_reason": "", "decided_by": by}
    move(refund, _S.SUCCEEDED, note=f"{reference}: {note}", by=by, **said)
    ledger.record_refund_paid(refund)
    refund_emails.send_sent(refund)
    return True


@transaction.atomic
def allow_account(*, refund: Refund, by: User) -> bool:
    """The buyer may be asked for an account: once two people say so. False: one has.

    Raises NotPossible, SamePerson or CardOnly.
    """
    refund = _with_staff(refund.pk, by)
    if not may_ask_for_account(refund):
        raise CardOnly
    if refund.reported_by_id is not None:
        raise NotPossible
    if refund.account_proposed_by_id is None:
        Refund.objects.filter(pk=refund.pk).update(account_proposed_by=by)
        refund.record("account_proposed", by=by)
        return False
    if refund.account_proposed_by_id == by.pk:
        raise SamePerson
    _ask_buyer(refund, by, "two of us agree", account_allowed_by=by)
    return True


def take_over(order: Order, *, by: User) -> None:
    """The order was rejected: no account counts that its buyer has named or could name yet.

    Call with the order locked. What has left is asked about; if it comes back, it comes to staff.
    """
    refunds = order.refunds.select_related("payment", "order", "seller_order__seller")
    # A worker that is about to send one waits, or is seen to have sent it.
    for refund in refunds.select_for_update(of=("self",), no_key=True).order_by("pk"):
        waits_for_account = refund.status in NOT_LEFT and (refund.rail or refund.status == _S.NEEDS_ACCOUNT)
        if waits_for_account:
            go_another_way(refund, "rejected meanwhile", by, timezone.now(), only_staff=True)
        else:
            order.refunds.filter(pk=refund.pk).update(
                only_staff=True, account_proposed_by=None, account_allowed_by=None
            )


def hand_back(order: Order, *, by: User) -> None:
    """The order was cleared: its buyer is asked like everybody. Call with the order locked."""
    for refund in order.refunds.filter(status=_S.NEEDS_STAFF, reported_by=None).select_related("payment"):
        if ways_of(refund) and Reason.DISPUTED not in refund.failure_reason:
            _ask_buyer(refund, by, "cleared by staff", only_staff=False)
    order.refunds.exclude(status=_S.NEEDS_STAFF).update(only_staff=False)


def _ask_buyer(refund: Refund, by: User, why: str, **changes: Any) -> None:
    due = {"next_check_at": reminder(0, timezone.now()), "checks": 0}
    move(refund, _S.NEEDS_ACCOUNT, note=why, by=by, **due, **changes)
    refund_emails.send_account_needed(refund)
    refund_emails.text_account_needed(refund)


def _with_staff(refund_id: int, by: User) -> Refund:
    """The refund as it is now; nobody decides about money that comes back to themselves."""
    refund = lock(refund_id)
    refuse_the_buyer(by, refund.order)
    if refund.status != _S.NEEDS_STAFF:
        raise NotPossible(refund.number)
    return refund
