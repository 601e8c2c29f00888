"""A payout leaves the building once: sent by one worker, then only asked about until the answer is booked."""

import json
from datetime import datetime
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import advance
from payments import emails, rails, schedule
from payments.availability import watched
from payments.books import ledger
from payments.disbursement.two_people import refuse_the_paid
from payments.models import PAYOUT_TRANSITIONS, UNSETTLED, Payout, PayoutLine, PayoutStatus
from payments.rails.base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    PayoutOrder,
    Reason,
    Refused,
    State,
)
from sellers import payout_destinations
from sellers.models import Seller, SellerStatus

log = structlog.get_logger(__name__)

BATCH = 200
# Our keys are wrong, or the company is away: the money waits set aside until then.
TRY_AGAIN = 5
# What is wrong is where the money should go: sending it there again is of no use.
ACCOUNT_REASONS = (Reason.ACCOUNT_PROBLEM, Reason.INVALID_PHONE)


@shared_task
def send(payout_id: int) -> None:
    """Ask the rail to pay. Only the worker that moves created → sending gets to ask.

    That move is committed before the rail is called, and no transaction is open during the call:
    a worker that dies afterwards leaves a payout that is asked about, not one that is sent again.
    A store that is frozen or suspended waits.
    """
    now = timezone.now()
    claim = Payout.objects.filter(_store_may_be_paid(), pk=payout_id, status=PayoutStatus.CREATED)
    if not claim.update(
        status=PayoutStatus.SENDING, sent_at=now, next_check_at=now + schedule.RESEND_AFTER, checks=0
    ):
        return
    payout = Payout.objects.select_related("seller", "destination").get(pk=payout_id)
    payout.record("sending")
    _deliver(payout)


def _store_may_be_paid() -> Exists:
    """No join: the status must be looked at again by whoever waited for the row."""
    return Exists(
        Seller.objects.filter(pk=OuterRef("seller_id"), payouts_frozen_at=None, status=SellerStatus.APPROVED)
    )


def _deliver(payout: Payout) -> None:
    try:
        outcome = _call(payout)
    except (NotSent, Misconfigured) as error:
        _not_sent(payout, type(error).__name__)
        return
    except GatewayUnavailable as error:
        outcome = Outcome(state=State.UNKNOWN, company_message=str(error))
    apply(payout.pk, outcome)


def _call(payout: Payout) -> Outcome:
    """One call of the rail, with our reference as its idempotency key."""
    try:
        with watched(payout.rail) as talk:
            return talk.heard(rails.get(payout.rail).send(_order(payout)))
    except Refused as refusal:
        return Outcome(state=State.FAILED, reason=refusal.reason, company_message=refusal.message)


def _order(payout: Payout) -> PayoutOrder:
    destination = json.loads(payout.destination.account)
    return PayoutOrder(
        reference=payout.reference,
        money=payout.money,
        destination={"holder_name": payout.destination.holder_name} | destination,
        description=f"{payout.market.name} {payout.reference}",
    )


def _not_sent(payout: Payout, why: str) -> None:
    waiting = Payout.objects.filter(pk=payout.pk, status=PayoutStatus.SENDING)
    due = schedule.next_look(TRY_AGAIN, timezone.now())
    if waiting.update(status=PayoutStatus.CREATED, sent_at=None, next_check_at=due):
        payout.record("not_sent", why)


@shared_task
def follow_up(payout_id: int) -> None:
    """check() in the background; the clock asks again when nobody answers."""
    payout = Payout.objects.select_related("seller", "destination").get(pk=payout_id)
    try:
        check(payout)
    except (GatewayUnavailable, NotSent, Misconfigured) as error:
        payout.record("unanswered", type(error).__name__)


def check(payout: Payout) -> None:
    """Ask the rail what became of a payout. One it has never seen is sent again under the same key.

    Rails that cannot tell "never seen" from "not known yet" answer UNKNOWN, and then nothing is
    ever repeated: a person decides. Raises GatewayUnavailable, NotSent or Misconfigured.
    """
    if payout.status not in (PayoutStatus.SENDING, PayoutStatus.UNKNOWN):
        return
    with watched(payout.rail) as talk:
        rail = rails.get(payout.rail)
        outcome = talk.heard(rail.look_up(payout.reference, payout.company_reference))
    if outcome.state == State.NOT_FOUND and _may_repeat(payout):
        _repeat(payout)
    else:
        apply(payout.pk, outcome)


def decide(payout_id: int, *, was_paid: bool, by: User, reason: Reason | None = None) -> None:
    """Staff have read the rail's own statement: the last word on a payout that nobody could answer for.

    Only while it is unknown, or was handed to a bank in a list: one that is being sent, or sent again,
    is not for a statement to tell. Above the market's limit the first person's word is kept until a
    second one has read the same. Raises SamePerson for members of the store.
    """
    refuse_the_paid(by, seller__payouts=payout_id)
    state = State.PAID if was_paid else State.FAILED
    apply(payout_id, Outcome(state=state, reason=reason, company_message="by the statement"), by=by)


@transaction.atomic
def came_back(payout_id: int, *, by: User) -> None:
    """The bank or wallet has returned what it had called paid: the money is available again (MA-12).

    Above the market's limit two people must have read it. Raises SamePerson for members of the store.
    """
    refuse_the_paid(by, seller__payouts=payout_id)
    payout = _locked(payout_id)
    if payout.status != PayoutStatus.PAID or not _is_last_word(payout, False, by):
        return
    _move(payout, PayoutStatus.FAILED, Outcome(state=State.FAILED, reason=Reason.ACCOUNT_PROBLEM), by)
    PayoutLine.objects.filter(payout=payout).update(is_void=True)
    ledger.record_payout_bounced(payout)
    payout_destinations.mark_refused(payout.destination)
    emails.send_payout_returned(payout, came_back=True)


def _locked(payout_id: int) -> Payout:
    """Seller first, then the payout, as everywhere."""
    seller_id = Payout.objects.values_list("seller_id", flat=True).get(pk=payout_id)
    Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=seller_id)
    locked = Payout.objects.select_for_update(of=("self",))
    return locked.select_related("seller", "destination", "file").get(pk=payout_id)


def _may_repeat(payout: Payout) -> bool:
    now = timezone.now()
    return (
        payout.sent_at is not None
        and payout.sent_at + schedule.RESEND_AFTER <= now < payout.sent_at + schedule.RESEND_UNTIL
    )


def _repeat(payout: Payout) -> None:
    """Back to "sending" first: while it is there nobody decides by hand that it was not paid.

    Whoever froze the store meanwhile may mean this very account: then it stays in doubt, for staff.
    """
    open_to = (PayoutStatus.SENDING, PayoutStatus.UNKNOWN)
    doubtful = Payout.objects.filter(_store_may_be_paid(), pk=payout.pk, status__in=open_to)
    if not doubtful.update(status=PayoutStatus.SENDING):
        apply(payout.pk, Outcome(state=State.UNKNOWN))
        return
    payout.record("sent_again", "the rail had never seen it; same key")
    try:
        outcome = _call(payout)
    except (NotSent, Misconfigured, GatewayUnavailable) as error:
        payout.record("unanswered", type(error).__name__)
        outcome = Outcome(state=State.UNKNOWN)
    apply(payout.pk, outcome)


@transaction.atomic
def apply(payout_id: int, outcome: Outcome, *, by: User | None = None) -> None:
    """Book what the rail says, exactly once, however often it says it."""
    payout = _locked(payout_id)
    if payout.status not in _open_to(payout, by):
        if by is None:
            _note_contradiction(payout, outcome)
        return
    if by and not _is_last_word(payout, outcome.state == State.PAID, by):
        return
    if outcome.money is not None and outcome.money != payout.money:
        payout.record("wrong_amount", f"asked {payout.money}, the rail says {outcome.money}")
        log.error("payout_wrong_amount", payout=payout.reference)
        _move(payout, PayoutStatus.UNKNOWN, outcome, by)
        return
    match outcome.state:
        case State.PAID:
            _move(payout, PayoutStatus.PAID, outcome, by)
            ledger.record_payout_paid(payout)
            emails.send_payout_paid(payout)
        case State.FAILED:
            _move(payout, PayoutStatus.FAILED, outcome, by)
            give_back(payout)
            if outcome.reason in ACCOUNT_REASONS:
                payout_destinations.mark_refused(payout.destination)
            emails.send_payout_returned(payout)
        case State.PENDING:
            _move(payout, PayoutStatus.SENDING, outcome, by)
        case State.UNKNOWN | State.NOT_FOUND:
            _move(payout, PayoutStatus.UNKNOWN, outcome, by)


def give_back(payout: Payout) -> None:
    """The entries are free for the next payout, and the money is available again. Seller locked."""
    PayoutLine.objects.filter(payout=payout).update(is_void=True)
    ledger.record_payout_returned(payout)


def _note_contradiction(payout: Payout, outcome: Outcome) -> None:
    """What has ended stays as it is, but nobody shall miss that the rail now says the opposite."""
    ended = {State.PAID: PayoutStatus.PAID, State.FAILED: PayoutStatus.FAILED}
    if payout.status in ended.values() and ended.get(outcome.state, payout.status) != payout.status:
        payout.record("contradicted", f"{payout.status} here, the rail says {outcome.state}")
        log.error("payout_contradicted", payout=payout.reference, says=str(outcome.state))


def _open_to(payout: Payout, by: User | None) -> tuple[PayoutStatus, ...]:
    """A rail may answer whatever was sent; staff only what nobody can answer, or what a bank got on paper."""
    is_with_bank = payout.file is not None and payout.file.approved_at is not None
    if by and not is_with_bank:
        return (PayoutStatus.UNKNOWN,)
    return (PayoutStatus.SENDING, PayoutStatus.UNKNOWN)


def _is_last_word(payout: Payout, was_paid: bool, by: User) -> bool:
    """Above the limit, whoever reads the statement first is only heard; a contradiction begins anew."""
    if not payout.above_limit:
        return True
    if payout.reported_by_id not in (None, by.pk) and payout.reported_paid == was_paid:
        return True
    # Whoever decided before may be the first of two again; that decision stands in the events.
    Payout.objects.filter(pk=payout.pk).update(reported_by=by, reported_paid=was_paid, decided_by=None)
    payout.record("reported", "paid" if was_paid else "not paid", by=by)
    return False


def _move(payout: Payout, to: str, outcome: Outcome, by: User | None) -> None:
    changes: dict[str, Any] = {}
    if outcome.company_reference:
        changes["company_reference"] = outcome.company_reference[:80]
    if to in (PayoutStatus.PAID, PayoutStatus.FAILED):
        changes |= {"ended_at": timezone.now(), "next_check_at": None, "decided_by": by}
    if to == PayoutStatus.PAID and by is None:
        changes |= {"reported_by": None, "reported_paid": None}
    else:
        changes["next_check_at"] = schedule.next_look(payout.checks, timezone.now())
    if to == PayoutStatus.FAILED:
        changes["failure_reason"] = str(outcome.reason or "unknown")
    if to == payout.status:
        Payout.objects.filter(pk=payout.pk).update(**changes)
        return
    advance(payout, to, transitions=PAYOUT_TRANSITIONS, **changes)
    payout.record(to, str(outcome.reason or ""), by=by)
    log.info("payout_moved", payout=payout.reference, status=str(to))


@shared_task
def follow_up_all(now: datetime | None = None) -> int:
    """Queue what is due: sending for those the queue lost, questions for the rest. Two clocks ask once."""
    now = now or timezone.now()
    due = Payout.objects.filter(status__in=UNSETTLED, next_check_at__lte=now).order_by("next_check_at")
    return sum(_take(payout, now) for payout in due[:BATCH])


def _take(payout: Payout, now: datetime) -> bool:
    claim = Payout.objects.filter(pk=payout.pk, next_check_at=payout.next_check_at)
    later = schedule.next_look(payout.checks + 1, now)
    taken = claim.update(next_check_at=later, checks=F("checks") + 1)
    if taken:
        (send if payout.status == PayoutStatus.CREATED else follow_up).delay(payout.pk)
    return bool(taken)
