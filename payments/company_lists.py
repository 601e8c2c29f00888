"""Banks and agreements as the companies list them: fetched by a worker, read by the pages from the cache."""

from collections.abc import Callable
from typing import Any

import structlog
from celery import shared_task
from django.core.cache import cache
from redis.exceptions import RedisError

from marketplace.markets import MARKETS
from payments import gateways
from payments.availability import watched
from payments.gateways.base import Agreement, Choice, GatewayUnavailable, Misconfigured, NotSent

log = structlog.get_logger(__name__)

# The lists are fetched every hour; when the company is away, yesterday's list is better than none.
KEPT_FOR = 26 * 3600
ASK_AGAIN_AFTER = 10


def choices(gateway: str, method: str) -> list[Choice] | None:
    """The company's list for a method, in its order; None while it is still being fetched."""
    return _read(gateway, method)


def agreements(gateway: str) -> list[Agreement] | None:
    """What the buyer accepts before paying; None while it is still being fetched."""
    return _read(gateway, "")


@shared_task
def refresh(gateway: str, method: str) -> None:
    """Fetch one list. An empty method means the agreements."""
    company = gateways.get(gateway)
    try:
        with watched(gateway):
            found = list(company.choices(method) if method else company.agreements())
    except (GatewayUnavailable, NotSent, Misconfigured):
        return
    _quietly(lambda: cache.set(_key(gateway, method), found, KEPT_FOR))


@shared_task
def refresh_all() -> None:
    """Every list of every company that some market uses."""
    methods = {
        (gateway, each.code)
        for market in MARKETS.values()
        for each in market.payment_methods
        for gateway in (each.gateway, *each.fallbacks)
    }
    for gateway, method in sorted(methods | {(gateway, "") for gateway, _ in methods}):
        refresh(gateway, method)


def _read(gateway: str, method: str) -> Any:
    found = _quietly(lambda: cache.get(_key(gateway, method)))
    if found is None and _quietly(lambda: cache.add(_key(gateway, method) + ":asked", 1, ASK_AGAIN_AFTER)):
        refresh.delay(gateway, method)
    return found


def _key(gateway: str, method: str) -> str:
    return f"payments:list:{gateway}:{method or 'agreements'}"


def _quietly(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except RedisError as error:
        log.warning("cache_unavailable", error=type(error).__name__)
        return None
