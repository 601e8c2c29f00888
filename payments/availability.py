"""Which payment companies work right now: after several failures one rests for a minute (MS-PAY-35)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent

log = structlog.get_logger(__name__)

FAILURES_BEFORE_REST = 5
COUNTED_FOR = 120
REST = 60
MISCONFIGURED_REST = 300
ASKED_REST = 3


def is_up(company: str) -> bool:
    """False while a company rests. Without Redis every company counts as working."""
    return not _with_cache(lambda: cache.get(_resting(company)))


@contextmanager
def watched(company: str) -> Iterator[None]:
    """Note how a conversation with a company ends; exceptions go on to the caller."""
    try:
        yield
    except (GatewayUnavailable, NotSent) as error:
        log.warning("company_unavailable", company=company, error=str(error))
        note_failure(company)
        raise
    except Misconfigured as error:
        log.error("company_misconfigured", company=company, error=str(error))
        _with_cache(lambda: cache.set(_resting(company), "misconfigured", MISCONFIGURED_REST))
        raise
    else:
        _with_cache(lambda: cache.delete(_failures(company)))


def note_failure(company: str) -> None:
    """Count one more failure in a row; at the limit the company rests."""

    def count() -> int:
        cache.add(_failures(company), 0, COUNTED_FOR)
        return cache.incr(_failures(company))

    if (_with_cache(count) or 0) >= FAILURES_BEFORE_REST:
        log.error("company_rests", company=company, seconds=REST)
        _with_cache(lambda: cache.set(_resting(company), "failing", REST))


def may_ask(payment_id: int) -> bool:
    """At most one question in three seconds for a shopper who reloads; without Redis none, the clock asks."""
    return bool(_with_cache(lambda: cache.add(f"payments:asked:{payment_id}", 1, ASKED_REST)))


def _failures(company: str) -> str:
    return f"payments:failures:{company}"


def _resting(company: str) -> str:
    return f"payments:resting:{company}"


def _with_cache(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except (RedisError, ValueError) as error:  # ValueError: the counter ran out between add and incr
        log.warning("cache_unavailable", error=type(error).__name__)
        return None
