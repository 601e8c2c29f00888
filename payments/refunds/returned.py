"""What became of a refund: every answer of a company or rail ends here and is booked exactly once."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import advance
from orders.models import Order
from payments import schedule
from payments.books import ledger
from payments.gateways.base import Outcome, Reason, State
from payments.gateways.quieting import quiet
from payments.models import REFUND_TRANSITIONS, Attention, Refund, RefundStatus
from payments.refunds import refund_emails
from payments.refunds.ways import ways_of
from payments.risk import suspects

log = structlog.get_logger(__name__)

_S = RefundStatus
AFTER_SHORTAGE = 5  # so many questions late: in a quarter of an hour, then every half hour
ON_ITS_WAY = (_S.SENDING, _S.UNKNOWN)
# Why a refund is with staff that no wallet of the market can carry.
NO_WAY = "too much for a wallet, or an amount that none takes: pay it back by hand"
# What two of our staff must agree about begins anew.
NOBODYS_WORD: Mapping[str, Any] = {
    "above_limit": False,
    "reported_by": None,
    "reported_sent": None,
    "decided_by": None,
}
# After so many days each we ask the buyer again for an account; then it stays in the back office.
REMINDERS = (3, 4, 7, 14, 30, 30, 30)


def refunds() -> QuerySet[Refund]:
    return Refund.objects.select_related("payment", "order", "seller_order__seller")


def lock(refund_id: int) -> Refund:
    """The order first, as everywhere, then the refund as it is now."""
    Order.objects.select_for_update(of=("self",), no_key=True).get(refunds=refund_id)
    return refunds().select_for_update(of=("self",), no_key=True).get(pk=refund_id)


def move(refund: Refund, to: str, *, note: str = "", by: User | None = None, **changes: Any) -> None:
    """Call with the refund locked. Raises IllegalTransition or StaleState."""
    advance(refund, to, transitions=REFUND_TRANSITIONS, **changes)
    refund.record(to, note, by)
    log.info("refund_moved", refund=refund.number, status=str(to))


@transaction.atomic
def apply(refund_id: int, outcome: Outcome, *, reference: str, by: User | None = None) -> None:
    """Book an answer about `reference`; one about an earlier way of the same refund changes nothing."""
    refund = lock(refund_id)
    outcome = replace(outcome, company_message=quiet(outcome.company_message))
    open_to = (_S.UNKNOWN,) if by else ON_ITS_WAY
    if refund.reference != reference:
        log.error("refund_answer_too_late", refund=refund.number, reference=reference)
    elif refund.status == _S.SUCCEEDED and not by:
        if outcome.state == State.FAILED:
            _bounce(refund, outcome)
    elif refund.status in open_to:
        _book(refund, outcome, by)


def _book(refund: Refund, outcome: Outcome, by: User | None) -> None:
    now = timezone.now()
    known: dict[str, Any] = {}
    if outcome.company_reference:
        known["company_reference"] = outcome.company_reference[:80]
    later = known | {"next_check_at": schedule.next_look(refund.checks, now)}
    if outcome.state == State.PAID and outcome.money is not None and outcome.money != refund.money:
        log.error("refund_wrong_amount", refund=refund.number)
        note = f"asked {refund.money}, the company says {outcome.money}"
        _doubt(refund, note, by, **known | {"next_check_at": None, "failure_reason": "wrong_amount"})
        return
    match outcome.state:
        case State.PAID:
            known |= {"ended_at": now, "next_check_at": None, "account": "", "failure_reason": ""}
            known |= {"decided_by": by} if by else NOBODYS_WORD
            move(refund, _S.SUCCEEDED, note=outcome.company_message, by=by, **known)
            ledger.record_refund_paid(refund)
            refund_emails.send_sent(refund)
        case State.FAILED if outcome.reason == Reason.INSUFFICIENT_FUNDS:
            _wait_for_money(refund, _why(outcome), now)
        case State.FAILED:
            go_another_way(refund, _why(outcome), by, now)
        case State.PENDING if refund.status == _S.UNKNOWN:
            move(refund, _S.SENDING, **later)
        case State.PENDING:
            Refund.objects.filter(pk=refund.pk).update(**later)
        case State.UNKNOWN | State.NOT_FOUND:
            _doubt(refund, outcome.company_message, by, **later)


def _wait_for_money(refund: Refund, why: str, now: datetime) -> None:
    """Our own account was short: the way is right, so it is tried again, under a name nobody has refused."""
    log.error("refund_without_money", refund=refund.number, carrier=ledger.carrier_of(refund))
    note = f"{ledger.carrier_of(refund)} {refund.reference}: {why}"
    fresh: dict[str, Any] = {
        "reference": new_reference(),
        "company_reference": "",
        "failure_reason": why[:300],
    }
    fresh |= {"checks": AFTER_SHORTAGE, "next_check_at": schedule.next_look(AFTER_SHORTAGE, now)}
    advance(refund, _S.CREATED, transitions=REFUND_TRANSITIONS, sent_at=None, **fresh)
    # Not "created": the audit counts by that word how often an account was named.
    refund.record("without_money", note)


def _doubt(refund: Refund, note: str, by: User | None, **changes: Any) -> None:
    if refund.status == _S.UNKNOWN:
        Refund.objects.filter(pk=refund.pk).update(**changes)
    else:
        move(refund, _S.UNKNOWN, note=note, by=by, **changes)


def _bounce(refund: Refund, outcome: Outcome) -> None:
    """The company takes back its word, or the bank returned the money: we owe it again."""
    ledger.record_refund_bounced(refund)
    go_another_way(refund, f"came back: {_why(outcome)}", None, timezone.now())


@transaction.atomic
def need_account(refund_id: int, *, reference: str, why: str) -> None:
    """The way is closed before it was gone: the buyer names an account, or staff see to it."""
    refund = lock(refund_id)
    if refund.status == _S.CREATED and refund.reference == reference:
        go_another_way(refund, quiet(why), None, timezone.now())


def go_another_way(refund: Refund, why: str, by: User | None, now: datetime, **changes: Any) -> None:
    """One way has failed: the buyer is asked for an account; whoever may be a fraudster is not.

    What was typed for the way that failed is forgotten; the masked number stays on record.
    """
    if Reason.DISPUTED not in why and refund.payment.attention == Attention.DISPUTED:
        why = f"{Reason.DISPUTED} {why}"
    if Reason.DISPUTED in why:  # the bank may give it back by itself: to an account it would go back twice
        changes["only_staff"] = True
    note = f"{ledger.carrier_of(refund)} {refund.reference}: {why}"
    forgotten: dict[str, Any] = {"account": "", "checks": 0, "sent_at": None, "ended_at": None}
    refund.only_staff = changes.get("only_staff", refund.only_staff)
    is_for_staff = refund.only_staff and ("only_staff" in changes or not refund.account_allowed_by_id)
    if is_for_staff or not ways_of(refund):
        move(refund, _S.NEEDS_STAFF, note=note, by=by, **forgotten, **for_staff(refund, why), **changes)
        refund_emails.send_with_staff(refund)
        return
    forgotten |= {"failure_reason": why[:300], "next_check_at": reminder(0, now), **NOBODYS_WORD, **changes}
    move(refund, _S.NEEDS_ACCOUNT, note=note, by=by, **forgotten)
    refund_emails.send_account_needed(refund)
    refund_emails.text_account_needed(refund)


def for_staff(refund: Refund, why: str = "") -> dict[str, Any]:
    """What staff begin with: no account, nobody's word yet, and a reference that no company has heard."""
    cause = suspects.WHY if refund.only_staff else NO_WAY
    return {
        "failure_reason": "; ".join(filter(None, (cause, why)))[:300],
        "next_check_at": None,
        "reference": new_reference(),
        "rail": "",
        "masked": "",
        "company_reference": "",
        "account_proposed_by": None,
        "account_allowed_by": None,
        "staff_note": "",
        **NOBODYS_WORD,
    }


def new_reference() -> str:
    """Short enough for every company, and nobody guesses it."""
    return "R" + "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(15))


def _why(outcome: Outcome) -> str:
    return f"{outcome.reason or 'refused'} {outcome.company_message}".strip()


def reminder(number: int, now: datetime) -> datetime | None:
    """When we ask for an account the next time; None when we have asked often enough."""
    return now + timedelta(days=REMINDERS[number]) if number < len(REMINDERS) else None


@transaction.atomic
def remind(refund_id: int, now: datetime) -> None:
    """Ask once more where the money should go."""
    refund = lock(refund_id)
    if refund.status != _S.NEEDS_ACCOUNT or refund.next_check_at is None or refund.next_check_at > now:
        return
    count = refund.checks + 1
    Refund.objects.filter(pk=refund.pk).update(checks=count, next_check_at=reminder(count, now))
    refund.record("reminded", str(count))
    refund_emails.send_account_needed(refund, is_reminder=True)
