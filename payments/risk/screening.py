"""Look at every attempt before it is made: refuse what is clearly fraud, hold what a person should see."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.utils import timezone
from redis.exceptions import RedisError

from orders.models import PAID_FOR, Order
from payments.gateways.base import CardDetails, Reason
from payments.medians import Median
from payments.models import Fingerprint, Payment, PaymentStatus, Screening, Verdict
from payments.risk import fingerprints
from payments.risk.fingerprints import PERSONAL, Mark
from payments.risk.screening_rules import HIGHEST, Facts, Seen, Sign, score

log = structlog.get_logger(__name__)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW_ACCOUNT = timedelta(days=1)
REJECTIONS_COUNT_FOR = timedelta(days=90)
TYPICAL_OF, TYPICAL_NEEDS, TYPICAL_KEPT_FOR = timedelta(days=30), 20, 3600
_ABOUT_CARDS = ("card_hour", "card_day", "cards")
# The company's troubles are not the buyer's.
_NOT_THE_BUYERS = (Reason.COMPANY_ERROR, Reason.BANK_UNREACHABLE)


class Suspicious(Exception):
    """The rules refuse this attempt."""


def screen(*, order: Order, payment: Payment, now: datetime) -> Screening:
    """Judge an attempt that is not saved yet. Call with the order locked.

    Attempts with a common trait wait for each other here, so a burst counts itself.
    """
    marks = fingerprints.marks_of(order, payment.typed, payment.ip)
    fingerprints.queue_up(marks)
    points, signs = score(_facts(order, marks, now))
    screening = Screening.objects.create(
        order=order,
        market_code=order.market_code,
        method=payment.method,
        score=points,
        reasons=[sign.as_json() for sign in signs],
        verdict=_verdict(points),
        created_at=now,
    )
    _keep(screening, marks, now)
    if signs:
        rules = [sign.rule for sign in signs]
        log.warning("payment_screened", order=order.number, score=points, rules=rules)
    return screening


def attach(screening: Screening, payment: Payment) -> None:
    """The attempt goes on."""
    Screening.objects.filter(pk=screening.pk).update(payment=payment)
    if screening.score:
        payment.record("screened", f"{screening.verdict}, {screening.score}")


def note_card(payment: Payment, card: CardDetails, now: datetime) -> None:
    """Only the company's answer tells which card it was. Call with the order locked."""
    mark = fingerprints.mark_of_card(card)
    screening = Screening.objects.filter(payment=payment).first()
    if mark is None or screening is None:
        return
    fingerprints.queue_up([mark])
    _keep(screening, [mark], now)
    marks = set(screening.fingerprints.values_list("kind", "digest"))
    facts = Facts(total=payment.amount, **_seen(payment.order, marks, now))
    _weigh_again(screening, [sign for sign in score(facts)[1] if sign.rule in _ABOUT_CARDS])


def _weigh_again(screening: Screening, signs: list[Sign]) -> None:
    """With what the card told. Too late to refuse, but not to look at it."""
    reasons = [each for each in screening.reasons if each["rule"] not in _ABOUT_CARDS]
    reasons += [sign.as_json() for sign in signs]
    points = min(HIGHEST, sum(each["points"] for each in reasons))
    if points > screening.score:
        verdict = Verdict.REVIEW if points >= settings.SCREENING_REVIEW else screening.verdict
        Screening.objects.filter(pk=screening.pk).update(score=points, reasons=reasons, verdict=verdict)


def holds(order: Order) -> bool:
    """Whether somebody must look at this order before its sellers hear of it."""
    return order.screenings.filter(verdict=Verdict.REVIEW).exists()


@shared_task
def forget_old(now: datetime | None = None) -> int:
    """Hashes are kept no longer than they help."""
    until = (now or timezone.now()) - timedelta(days=settings.SCREENING_KEEP_DAYS)
    return Fingerprint.objects.filter(at__lt=until).delete()[0]


def _verdict(points: int) -> Verdict:
    if points >= settings.SCREENING_BLOCK:
        return Verdict.BLOCKED
    return Verdict.REVIEW if points >= settings.SCREENING_REVIEW else Verdict.PASSED


def _keep(screening: Screening, marks: Iterable[Mark], now: datetime) -> None:
    rows = [Fingerprint(screening=screening, kind=kind, digest=digest, at=now) for kind, digest in marks]
    Fingerprint.objects.bulk_create(rows, ignore_conflicts=True)


def _facts(order: Order, marks: set[Mark], now: datetime) -> Facts:
    buyer = Q(user=order.user_id) if order.user_id else Q(email=order.email)
    earlier = Order.objects.filter(buyer, market_code=order.market_code, status__in=PAID_FOR)
    past = earlier.aggregate(count=Count("pk"), largest=Max("total"))
    return Facts(
        total=order.total,
        failures=_failures(marks, now),
        paid_orders=past["count"],
        largest_paid=past["largest"],
        typical=_typical(order, now),
        is_new_buyer=not past["count"] and (not order.user or order.user.created_at > now - NEW_ACCOUNT),
        foreign_phone=_is_foreign(order, order.phone),
        foreign_account=_is_foreign(order, order.user.phone if order.user else ""),
        rejected_before=_rejected_before(marks, now),
        **_seen(order, marks, now),
    )


def _is_foreign(order: Order, phone: str) -> bool:
    return bool(phone) and not phone.startswith(f"+{order.market.phone.country_code}")


def _seen(order: Order, marks: set[Mark], now: datetime) -> dict[str, Any]:
    """How often these marks were left lately, and how many phones and cards one buyer used."""
    lately = Fingerprint.objects.filter(at__gt=now - DAY, at__lte=now)
    other = ~Q(screening__order=order)
    rows = (
        lately.filter(_any(marks))
        .order_by()
        .values("kind", "digest")
        .annotate(
            hour=Count("screening__order", distinct=True, filter=other & Q(at__gt=now - HOUR)),
            day=Count("screening__order", distinct=True, filter=other),
        )
    )
    others: dict[str, Seen] = {}
    for row in rows:
        known = others.get(row["kind"], Seen())
        others[row["kind"]] = Seen(hour=max(known.hour, row["hour"]), day=max(known.day, row["day"]))
    own = Fingerprint.objects.filter(_any(mark for mark in marks if mark[0] == "account"), at__gt=now - DAY)
    used = lately.filter(screening__in=own.values("screening"), kind__in=("phone", "card")).order_by()
    pairs = {*used.values_list("kind", "digest").distinct(), *marks}
    return {
        "others": others,
        "cards": sum(kind == "card" for kind, _digest in pairs),
        "phones": sum(kind == "phone" for kind, _digest in pairs),
    }


def _any(marks: Iterable[Mark]) -> Q:
    wanted = Q(pk__in=())
    for kind, digest in marks:
        wanted |= Q(kind=kind, digest=digest)
    return wanted


def _failures(marks: set[Mark], now: datetime) -> int:
    digests = [digest for kind, digest in marks if kind in ("phone", "email", "account", "ip")]
    suspects = Fingerprint.objects.filter(digest__in=digests, at__gt=now - DAY).values("screening")
    refused = Payment.objects.filter(
        screening__in=suspects, status=PaymentStatus.FAILED, settled_at__gt=now - HOUR, settled_at__lte=now
    )
    return refused.exclude(failure_reason__in=_NOT_THE_BUYERS).count()


def _rejected_before(marks: set[Mark], now: datetime) -> bool:
    personal = [mark for mark in marks if mark[0] in PERSONAL]
    known = Fingerprint.objects.filter(_any(personal), at__gt=now - REJECTIONS_COUNT_FOR)
    return known.filter(screening__verdict=Verdict.REJECTED).exists()


def _typical(order: Order, now: datetime) -> Decimal | None:
    """The median of what was paid in this market lately, an hour old at most."""
    key = f"payments:typical:{order.market_code}"
    try:
        if (known := cache.get(key)) is not None:
            return known
        recent = Order.objects.filter(
            market_code=order.market_code, status__in=PAID_FOR, placed_at__gt=now - TYPICAL_OF
        )
        found = recent.aggregate(count=Count("pk"), median=Median("total"))
        typical = Decimal(round(found["median"])) if found["count"] >= TYPICAL_NEEDS else Decimal(0)
        cache.set(key, typical, TYPICAL_KEPT_FOR)
    except RedisError:
        return None
    return typical
