"""What payment companies tell us: believed only as far as "go and ask"."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from payments import disputes, gateways, rails, settling
from payments.availability import watched
from payments.disbursement import sending
from payments.gateways.base import Gateway, GatewayUnavailable, Misconfigured, Notice, NotSent, Refused
from payments.models import GatewayNotice, Payment, Payout
from payments.refunds import returned, returning

log = structlog.get_logger(__name__)

# A follow-up that the queue lost is found again after this long, and given up after that.
SWEEP_AFTER = timedelta(seconds=45)
GIVE_UP_AFTER = timedelta(days=2)
BATCH = 300


class UnknownGateway(Exception):
    """No company of ours calls at this address."""


def accept(gateway_code: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
    """Store a notice, queue its follow-up and return the JSON the company wants to read.

    Raises UnknownGateway, ForgedNotice or UnreadableNotice. The same notice again stops at the
    unique constraint; one about a payment that is not ours is stored and answered like any other.
    """
    notice = _read(gateway_code, headers, body)
    _store(gateway_code, notice)
    return notice.reply


def _store(gateway_code: str, notice: Notice) -> bool:
    """Keep a notice and queue its follow-up, once. False when it was known."""
    with transaction.atomic():
        stored, is_new = GatewayNotice.objects.get_or_create(
            gateway=gateway_code,
            event_id=_plain(notice.event_id)[:160],
            defaults={
                "event": _plain(notice.name)[:60],
                "reference": _plain(notice.refund_reference or notice.reference)[:80],
                "company_reference": _plain(notice.company_reference)[:80],
                "body": _plain(notice.body),
            },
        )
        if is_new:
            follow_up.delay_on_commit(stored.pk)
    log.info("notice_received", gateway=gateway_code, kind=stored.event, new=is_new)
    return is_new


def _read(code: str, headers: Mapping[str, str], body: bytes) -> Notice:
    if code in gateways.codes():
        return gateways.get(code).read_notice(headers, body)
    if code in rails.callers():
        return rails.get(code).read_notice(headers, body)
    raise UnknownGateway


@shared_task
def follow_up(notice_id: int) -> None:
    """Ask the company about the payment or refund. When nobody answers, the clock comes back to it."""
    notice = GatewayNotice.objects.get(pk=notice_id)
    if notice.handled_at:
        return
    if disputes.is_dispute(notice):
        with suppress(GatewayUnavailable, NotSent, Misconfigured):
            _close(notice, disputes.flag(notice))
        return
    try:
        _close(notice, _ask(notice))
    except (GatewayUnavailable, NotSent, Misconfigured, Refused):
        return


def _ask(notice: GatewayNotice) -> str:
    """Ask the company about the refund or payment that the notice names, and say how that stands."""
    if notice.gateway in rails.callers():
        return _ask_rail(notice)
    refund = returned.refunds().filter(payment__gateway=notice.gateway, reference=notice.reference).first()
    if refund:
        returning.check(refund, is_told=True)
        refund.refresh_from_db()
        return refund.status
    payment = Payment.objects.filter(gateway=notice.gateway, reference=notice.reference).first()
    if payment is None:
        return "not ours" if notice.reference else "nothing to do"
    settling.check(payment, hint=notice.company_reference)
    for refund in payment.refunds.filter(status__in=returned.ON_ITS_WAY, rail=""):
        returning.follow_up.delay(refund.pk)  # a company may tell of a refund as news of the payment
    payment.refresh_from_db()
    return payment.status


def _ask_rail(notice: GatewayNotice) -> str:
    """The same for what a rail carries: a payout, or a refund to an account."""
    refund = returned.refunds().filter(rail=notice.gateway, reference=notice.reference).first()
    if refund:
        returning.check(refund, is_told=True)
        refund.refresh_from_db()
        return refund.status
    payout = Payout.objects.filter(rail=notice.gateway, reference=notice.reference).first()
    if payout is None:
        return "not ours" if notice.reference else "nothing to do"
    sending.check(payout)
    payout.refresh_from_db()
    return payout.status


def _close(notice: GatewayNotice, outcome: str) -> None:
    GatewayNotice.objects.filter(pk=notice.pk).update(handled_at=timezone.now(), outcome=outcome)


@shared_task
def sweep(now: datetime | None = None) -> int:
    """Follow up what the queue has lost or a silent company left open."""
    now = now or timezone.now()
    waiting = GatewayNotice.objects.filter(handled_at=None)
    waiting.filter(received_at__lt=now - GIVE_UP_AFTER).update(handled_at=now, outcome="gave up")
    forgotten = waiting.filter(received_at__lt=now - SWEEP_AFTER).order_by("received_at")
    numbers = list(forgotten.values_list("pk", flat=True)[:BATCH])
    for notice_id in numbers:
        follow_up.delay(notice_id)
    return len(numbers)


@shared_task
def collect_missed() -> int:
    """Ask for notices that companies could not hand over; they go the way of all others, once each."""
    asking = (code for code in gateways.codes() if _tells_missed(code))
    return sum(_collect(code) for code in asking)


def _tells_missed(code: str) -> bool:
    return type(gateways.get(code)).missed_notices is not Gateway.missed_notices


def _collect(code: str) -> int:
    found = 0
    with suppress(GatewayUnavailable, NotSent, Misconfigured), watched(code):
        for notice in gateways.get(code).missed_notices():
            found += _store(code, notice)
    return found


def _plain(value: Any) -> Any:
    """What Postgres can store: no NUL, no half characters, no numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
