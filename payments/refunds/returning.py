"""A refund leaves the building once, by the company that collected or by a rail to the buyer's account.

The mirror of sending: claimed by one worker, then only asked about until the answer is booked. A refusal of
one way leads to another way: what was approved is owed until it is paid.
"""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.background import each_alone
from marketplace.markets.base import PayoutRail
from payments import gateways, rails, schedule
from payments.availability import Talk, watched
from payments.books import ledger
from payments.gateways.base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    Outcome,
    Reason,
    RefundOrder,
    Refused,
    State,
)
from payments.models import OWED, Attention, Refund, RefundKind, RefundStatus
from payments.rails.base import PayoutOrder
from payments.refunds import refund_emails
from payments.refunds.returned import (
    ON_ITS_WAY,
    apply,
    for_staff,
    lock,
    move,
    need_account,
    new_reference,
    refunds,
    remind,
    reminder,
)
from payments.refunds.ways import ways_of
from payments.risk import suspects
from sellers.payout_destinations import masked

log = structlog.get_logger(__name__)

_S = RefundStatus
BATCH = 200
LOST_AFTER = timedelta(seconds=60)
# The company is away or says "not yet": in a quarter of an hour again, and after a week another way.
TRY_AGAIN = 5
GIVE_UP_AFTER = timedelta(days=7)


class AccountNotWanted(Exception):
    """The account for this refund is known already; a page that was open in two windows."""


def begin(refund: Refund, by: User | None = None, *, now: datetime | None = None) -> None:
    """Start a new refund on its way. Call in the transaction that made it, with the order locked."""
    now = now or timezone.now()
    refund.record("approved", refund.reason, by)
    refund.only_staff = suspects.is_suspect(refund.order)
    if can_go_back(refund, now):
        due = now + LOST_AFTER
        Refund.objects.filter(pk=refund.pk).update(next_check_at=due, only_staff=refund.only_staff)
        send.delay_on_commit(refund.pk)
    elif refund.only_staff or not ways_of(refund):
        move(refund, _S.NEEDS_STAFF, only_staff=refund.only_staff, **for_staff(refund))
    else:
        move(refund, _S.NEEDS_ACCOUNT, next_check_at=reminder(0, now))
        refund_emails.text_account_needed(refund)


def can_go_back(refund: Refund, now: datetime) -> bool:
    """Whether the company that collected can give back; otherwise the buyer names an account. No network."""
    company = refund.payment.gateway
    return company in gateways.codes() and gateways.get(company).can_refund(refund_order(refund), now)


def refund_order(refund: Refund) -> RefundOrder:
    """What the company that collected is told."""
    payment = refund.payment
    return RefundOrder(
        reference=refund.reference,
        money=refund.money,
        method=payment.method,
        charge_reference=payment.reference,
        charge_company_reference=payment.company_reference,
        charged=refund.money if refund.kind == RefundKind.SURPLUS else payment.money,
        paid_at=payment.settled_at or payment.created_at,
        company_reference=refund.company_reference,
        reason=refund.number,
    )


@transaction.atomic
def give_account(
    *, refund: Refund, rail: PayoutRail, account: Mapping[str, str], now: datetime | None = None
) -> None:
    """The buyer has said where the money should go. Raises AccountNotWanted."""
    now = now or timezone.now()
    refund = lock(refund.pk)
    if refund.status != _S.NEEDS_ACCOUNT:
        raise AccountNotWanted(refund.number)
    move(
        refund,
        _S.CREATED,
        note=f"{rail.code} {masked(rail, account)}",
        reference=new_reference(),
        rail=rail.code,
        account=json.dumps(dict(account), ensure_ascii=False),
        masked=masked(rail, account)[:40],
        company_reference="",
        failure_reason="",
        checks=0,
        next_check_at=now + LOST_AFTER,
    )
    send.delay_on_commit(refund.pk)


@shared_task
def send(refund_id: int) -> None:
    """Ask the company or rail to pay. Only the worker that moves created → sending gets to ask.

    That move is committed before the call, and no transaction is open during it: a worker that dies
    afterwards leaves a refund that is asked about, not one that is sent again.
    """
    now = timezone.now()
    refund = refunds().get(pk=refund_id)
    if refund.status == _S.CREATED and (why := _closed(refund, now)):
        need_account(refund.pk, reference=refund.reference, why=why)
        return
    claim = Refund.objects.filter(pk=refund_id, status=_S.CREATED, reference=refund.reference)
    due = now + schedule.RESEND_AFTER
    if not claim.update(status=_S.SENDING, sent_at=now, next_check_at=due, checks=0):
        return
    refund.refresh_from_db()
    refund.record("sending", f"{ledger.carrier_of(refund)} {refund.reference}")
    _deliver(refund)


def _closed(refund: Refund, now: datetime) -> str:
    """Why the way that was chosen cannot be gone any more; empty: it can."""
    if refund.rail:
        return Reason.DISPUTED if refund.payment.attention == Attention.DISPUTED else ""
    may_still = now - refund.created_at < GIVE_UP_AFTER and can_go_back(refund, now)
    return "" if may_still else "the company cannot give it back"


def _deliver(refund: Refund) -> None:
    try:
        outcome = _call(refund)
    except (NotSent, Misconfigured) as error:
        _not_sent(refund, error)
        return
    except GatewayUnavailable as error:
        outcome = Outcome(state=State.UNKNOWN, company_message=str(error))
    apply(refund.pk, outcome, reference=refund.reference)


def _call(refund: Refund) -> Outcome:
    """One call of the company or rail, with our reference as its idempotency key."""
    try:
        with _talk(refund) as talk:
            if not refund.rail:
                return talk.heard(gateways.get(refund.payment.gateway).refund(refund_order(refund)))
            order = PayoutOrder(
                reference=refund.reference,
                money=refund.money,
                destination=json.loads(refund.account),
                description=f"{refund.market.name} {refund.number}",
            )
            return talk.heard(rails.get(refund.rail).send(order))
    except Refused as refusal:
        return Outcome(state=State.FAILED, reason=refusal.reason, company_message=refusal.message)


def _talk(refund: Refund) -> AbstractContextManager[Talk]:
    """While the company or rail rests, the refund waits; its troubles count like those of a payment."""
    return watched(ledger.carrier_of(refund), rests_on_wrong_keys=bool(refund.rail))


def _not_sent(refund: Refund, error: NotSent | Misconfigured) -> None:
    """It never left: whoever sends it next begins afresh."""
    log.warning("refund_not_sent", refund=refund.number, error=type(error).__name__)
    waiting = Refund.objects.filter(pk=refund.pk, status=_S.SENDING, reference=refund.reference)
    due = schedule.next_look(TRY_AGAIN, timezone.now())
    if waiting.update(status=_S.CREATED, sent_at=None, next_check_at=due):
        refund.record("not_sent", type(error).__name__)


@shared_task
def follow_up(refund_id: int, *, is_told: bool = False) -> None:
    """check() in the background; the clock asks again when nobody answers."""
    refund = refunds().get(pk=refund_id)
    try:
        check(refund, is_told=is_told)
    except (GatewayUnavailable, NotSent, Misconfigured, Refused) as error:
        refund.record("unanswered", type(error).__name__)


def check(refund: Refund, *, is_told: bool = False) -> None:
    """Ask what became of a refund. One that was certainly never seen is sent again under the same key.

    `is_told`: somebody outside says that something changed, so we ask even after it was sent.
    Raises GatewayUnavailable, NotSent, Misconfigured or Refused.
    """
    if refund.status not in ON_ITS_WAY and not (is_told and refund.status == _S.SUCCEEDED):
        return
    outcome = _look_up(refund)
    if outcome.state == State.NOT_FOUND and _may_repeat(refund):
        _repeat(refund)
    else:
        apply(refund.pk, outcome, reference=refund.reference)


def _look_up(refund: Refund) -> Outcome:
    with _talk(refund) as talk:
        if refund.rail:
            rail = rails.get(refund.rail)
            return talk.heard(rail.look_up(refund.reference, refund.company_reference))
        return talk.heard(gateways.get(refund.payment.gateway).look_up_refund(refund_order(refund)))


def _may_repeat(refund: Refund) -> bool:
    sent, now = refund.sent_at, timezone.now()
    if sent is None or refund.status not in ON_ITS_WAY or _is_for_suspect(refund):
        return False
    return sent + schedule.RESEND_AFTER <= now < sent + schedule.RESEND_UNTIL


def _is_for_suspect(refund: Refund) -> bool:
    """To an account that was named before the order was rejected: it stays in doubt, for staff."""
    return bool(refund.rail) and refund.only_staff and refund.account_allowed_by_id is None


def _repeat(refund: Refund) -> None:
    """Back to "sending" first: while it is there nobody decides by hand that it was not sent."""
    doubtful = Refund.objects.filter(pk=refund.pk, status__in=ON_ITS_WAY, reference=refund.reference)
    if not doubtful.update(status=_S.SENDING):
        return
    refund.record("sent_again", "it had never been seen; same key")
    try:
        outcome = _call(refund)
    except (NotSent, Misconfigured, GatewayUnavailable) as error:
        log.warning("refund_unanswered", refund=refund.number, error=str(error))
        outcome = Outcome(state=State.UNKNOWN)
    apply(refund.pk, outcome, reference=refund.reference)


@shared_task
def follow_up_all(now: datetime | None = None) -> int:
    """Queue what is due: sending, questions, reminders. Two clocks do each once."""
    now = now or timezone.now()
    due = Refund.objects.filter(status__in=OWED, next_check_at__lte=now).order_by("next_check_at")
    return each_alone("open_refunds", list(due[:BATCH]), lambda refund: _take(refund, now))


def _take(refund: Refund, now: datetime) -> bool:
    if refund.status == _S.NEEDS_ACCOUNT:
        remind(refund.pk, now)
        return True
    claim = Refund.objects.filter(pk=refund.pk, next_check_at=refund.next_check_at, status=refund.status)
    later = schedule.next_look(refund.checks + 1, now)
    taken = claim.update(next_check_at=later, checks=F("checks") + 1)
    if taken:
        (send if refund.status == _S.CREATED else follow_up).delay(refund.pk)
    return bool(taken)
