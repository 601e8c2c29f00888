"""How well each way of paying works right now: by its last attempts and its company's breaker (BY-14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db.models import Count, F, Q
from django.db.models.functions import Extract
from django.utils import timezone
from redis.exceptions import RedisError

from marketplace.markets import MARKETS
from marketplace.markets.base import Market, PaymentMethod
from orders.paying import Health
from payments import availability, gateways
from payments.gateways.base import Reason
from payments.medians import Median
from payments.models import Attention, Payment, PaymentStatus

log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=3)
LATELY = timedelta(minutes=20)
KEPT_FOR = 60
# A doubt that has not cleared for so long is the company's failure.
DOUBT = timedelta(minutes=5)
ENOUGH_TO_JUDGE = 5
SHAKY_BELOW = 0.75
# So many failures and not one success lately: nobody should try for a while.
DEAD_AFTER = 6

_KEY = "payments:health"
_OUR_DOUBTS = (Attention.UNCONFIRMED, Attention.UNRESOLVED)
# What the buyer or the buyer's bank refuses says nothing about the company.
COMPANY_FAULTS = (Reason.COMPANY_ERROR, Reason.BANK_UNREACHABLE)


@dataclass(frozen=True, kw_only=True)
class Record:
    """The last hours of one method through one company."""

    market_code: str
    method: str
    gateway: str
    good: int
    bad: int
    good_lately: int
    bad_lately: int
    seconds: float | None  # the median from the first click to the money

    @property
    def rate(self) -> float | None:
        """Share of attempts that the company carried to their end; None when there were none."""
        counted = self.good + self.bad
        return self.good / counted if counted else None

    @property
    def health(self) -> Health:
        if self.bad_lately >= DEAD_AFTER and not self.good_lately:
            return Health.DOWN
        is_judged = self.good + self.bad >= ENOUGH_TO_JUDGE
        return Health.SHAKY if is_judged and (self.rate or 0) < SHAKY_BELOW else Health.OK


Records = Mapping[tuple[str, str, str], Record]


def records() -> Records:
    """By market, method and gateway; a minute old at most. Without Redis nothing is known."""
    try:
        found = cache.get(_KEY)
        if found is None:
            found = count(timezone.now())
            cache.set(_KEY, found, KEPT_FOR)
    except RedisError as error:
        log.warning("cache_unavailable", error=type(error).__name__)
        return {}
    return found


def count(now: datetime) -> Records:
    """One query over the attempts of the last hours."""
    since = now - WINDOW
    good = Q(status__in=(PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS))
    bad = _failed(now)
    lately = Q(created_at__gte=now - LATELY)
    rows = (
        Payment.objects.filter(created_at__gte=since, created_at__lte=now)
        .order_by()
        .values("market_code", "method", "gateway")
        .annotate(
            good=Count("pk", filter=good),
            bad=Count("pk", filter=bad),
            good_lately=Count("pk", filter=good & lately),
            bad_lately=Count("pk", filter=bad & lately),
            seconds=Median(Extract(F("settled_at") - F("created_at"), "epoch"), filter=good),
        )
    )
    return {(row["market_code"], row["method"], row["gateway"]): Record(**row) for row in rows}


def _failed(now: datetime) -> Q:
    return (
        Q(status=PaymentStatus.FAILED, failure_reason__in=COMPANY_FAULTS)
        | Q(attention__in=_OUR_DOUBTS)
        | Q(status=PaymentStatus.UNKNOWN, started_at__lt=now - DOUBT)
    )


class Standing:
    """One look at all companies: each is asked for once, however many methods it carries."""

    def __init__(self, market: Market) -> None:
        self._market, self._records = market, records()
        self._up: dict[str, bool] = {}

    def carriers(self, method: PaymentMethod) -> list[str]:
        """The companies that can carry this method now, the usual one first (MS-PAY-33)."""
        companies = (method.gateway, *method.fallbacks)
        return [code for code in companies if self.of(method, code) != Health.DOWN]

    def of(self, method: PaymentMethod, gateway: str) -> Health:
        if not gateways.is_ready(gateway) or not self._is_up(gateway):
            return Health.DOWN
        record = self._records.get((self._market.code, method.code, gateway))
        return record.health if record else Health.OK

    def health(self, method: PaymentMethod) -> Health:
        """As it would be carried now."""
        carriers = self.carriers(method)
        return self.of(method, carriers[0]) if carriers else Health.DOWN

    def _is_up(self, gateway: str) -> bool:
        if gateway not in self._up:
            self._up[gateway] = availability.is_up(gateway)
        return self._up[gateway]


def of_market(market: Market) -> dict[str, Health]:
    """By method; what the setting METHOD_HEALTH names, for the checkout below us."""
    standing = Standing(market)
    return {method.code: standing.health(method) for method in market.payment_methods}


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One method through one company, for staff and operations."""

    market: Market
    method: PaymentMethod
    gateway: str
    is_ready: bool
    is_up: bool
    health: Health
    record: Record | None
    last_failures: list[Payment]

    @property
    def is_fallback(self) -> bool:
        return self.gateway != self.method.gateway


def overview(*, failures: int = 3) -> list[Overview]:
    """Every method of every market through each of its companies."""
    known, found = records(), []
    latest = _last_failures(failures)
    for market in MARKETS.values():
        standing = Standing(market)
        for method in market.payment_methods:
            for gateway in (method.gateway, *method.fallbacks):
                key = (market.code, method.code, gateway)
                one = Overview(
                    market=market,
                    method=method,
                    gateway=gateway,
                    is_ready=gateways.is_ready(gateway),
                    is_up=availability.is_up(gateway),
                    health=standing.of(method, gateway),
                    record=known.get(key),
                    last_failures=latest.get(key, []),
                )
                found.append(one)
    return found


def _last_failures(count: int) -> dict[tuple[str, str, str], list[Payment]]:
    now = timezone.now()
    recent = Payment.objects.filter(_failed(now), created_at__gte=now - WINDOW).order_by("-created_at")
    found: dict[tuple[str, str, str], list[Payment]] = {}
    for payment in recent[:300]:
        same = found.setdefault((payment.market_code, payment.method, payment.gateway), [])
        if len(same) < count:
            same.append(payment)
    return found
