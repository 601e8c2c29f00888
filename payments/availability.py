"""Which payment companies work right now: after several failures in a row one rests for a while (MS-PAY-35).

One circuit breaker for each gateway and rail, kept in Redis, so that all web and worker processes share it.
Open: nobody calls. After the rest one caller may try; all others wait for how it ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitRedisStorage,
)
from redis import Redis
from redis.exceptions import RedisError

from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Outcome
from payments.gateways.errors import NotYet

log = structlog.get_logger(__name__)

FAILURES_BEFORE_REST = 5
REST = 60
MISCONFIGURED_REST = 300
# A try may hold an open line to a phone for two minutes; who dies meanwhile frees the next try by this.
LONGEST_TRY = 150
ASKED_REST = 3


class _Trouble(Exception):
    """The company did answer, and its answer says that it does not work."""


# A refusal is an answer: only these say that the company, or our way to it, does not work.
_FAILURES = (GatewayUnavailable, NotSent, Misconfigured, _Trouble)


class Admission(StrEnum):
    AS_USUAL = "as usual"
    AS_A_TRY = "as a try"
    REFUSED = "refused"


class Talk:
    """One conversation with a company."""

    in_trouble = False

    def heard(self, outcome: Outcome) -> Outcome:
        """Give every outcome in here: one that `is_trouble` counts as a failure, though nothing is raised."""
        self.in_trouble = outcome.is_trouble
        return outcome


class _Log(CircuitBreakerListener):
    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        log.warning("company_breaker", company=cb.name, state=new_state.name)


class _Company:
    """The breaker of one company."""

    def __init__(self, code: str, redis: Redis) -> None:
        space = f"{settings.CACHES['default'].get('KEY_PREFIX', '')}:breaker:{code}"
        self._redis, self._trying = redis, f"{space}:trying"
        self._storage = CircuitRedisStorage(STATE_CLOSED, redis, namespace=space)
        self.breaker = CircuitBreaker(
            fail_max=FAILURES_BEFORE_REST,
            reset_timeout=REST,
            exclude=[lambda error: not isinstance(error, _FAILURES) or isinstance(error, NotYet)],
            listeners=[_Log()],
            state_storage=self._storage,
            name=code,
            throw_new_error_on_trip=False,
        )

    @property
    def rests(self) -> bool:
        """Nobody may call: it was opened lately, or somebody is trying it out."""
        state = self._storage.state
        if state == STATE_CLOSED:
            return False
        opened = self._storage.opened_at
        is_open = state == STATE_OPEN and opened and datetime.now(UTC) < opened + timedelta(seconds=REST)
        return bool(is_open or self._redis.exists(self._trying))

    def admit(self) -> Admission:
        """While closed everybody; after the rest one caller, who must say when the try has ended."""
        if self._storage.state == STATE_CLOSED:
            return Admission.AS_USUAL
        if self.rests or not self._redis.set(self._trying, 1, nx=True, ex=LONGEST_TRY):
            return Admission.REFUSED
        return Admission.AS_A_TRY

    def reopen(self) -> None:
        """Nothing was tried, so the next caller may: open as before, with the rest already over."""
        self._storage.state = STATE_OPEN

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Let in who may call now. Raises NotSent for all others."""
        admission = _with_redis(self.admit)
        if admission == Admission.REFUSED:
            raise NotSent(f"{self.breaker.name} rests")
        try:
            yield
        except NotYet:
            if admission == Admission.AS_A_TRY:
                _with_redis(self.reopen)
            raise
        finally:
            if admission == Admission.AS_A_TRY:
                _with_redis(lambda: self._redis.delete(self._trying))

    def rest(self, seconds: int) -> None:
        """Open now, and longer than usual: the rest is counted from a moment that is still to come."""
        self.breaker.open()
        self._storage.opened_at = datetime.now(UTC) + timedelta(seconds=seconds - REST)


@lru_cache(maxsize=64)
def _company_at(code: str, location: str) -> _Company:
    known = {"socket_connect_timeout", "socket_timeout", "health_check_interval"}
    options = settings.CACHES["default"].get("OPTIONS", {})
    redis = Redis.from_url(location, **{name: options[name] for name in known & options.keys()})
    return _Company(code, redis)


def _company(code: str) -> _Company | None:
    """None without Redis: then nothing is counted and every company counts as working."""
    return _with_redis(lambda: _company_at(code, settings.CACHES["default"]["LOCATION"]))


def is_up(company: str) -> bool:
    """False while a company rests. Without Redis every company counts as working."""
    found = _company(company)
    return found is None or not _with_redis(lambda: found.rests)


@contextmanager
def watched(company: str, *, rests_on_wrong_keys: bool = True) -> Iterator[Talk]:
    """Note how a conversation with a company ends; exceptions go on to the caller.

    Without `rests_on_wrong_keys` wrong ones are one failure among others: a refund may need keys of
    its own, and these say nothing of taking money. Raises NotSent at once while the company rests.
    """
    found, talk = _company(company), Talk()
    if found is None:
        yield talk
        return
    with found.admitted():
        try:
            with suppress(_Trouble), found.breaker.calling():
                yield talk
                if talk.in_trouble:
                    log.warning("company_in_trouble", company=company)
                    raise _Trouble
        except CircuitBreakerError:
            raise NotSent(f"{company} rests") from None
        except (GatewayUnavailable, NotSent) as error:
            log.warning("company_unavailable", company=company, error=str(error))
            raise
        except Misconfigured as error:
            log.error("company_misconfigured", company=company, error=str(error))
            if rests_on_wrong_keys:
                _with_redis(lambda: found.rest(MISCONFIGURED_REST))
            raise


def note_failure(company: str) -> None:
    """Count one more failure in a row; at the limit the company rests."""
    with suppress(NotSent, GatewayUnavailable), watched(company):
        raise GatewayUnavailable("noted")


def may_ask(payment_id: int) -> bool:
    """At most one question in three seconds for a shopper who reloads; without Redis none, the clock asks."""
    return bool(_with_redis(lambda: cache.add(f"payments:asked:{payment_id}", 1, ASKED_REST)))


def _with_redis(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except RedisError as error:
        log.warning("cache_unavailable", error=type(error).__name__)
        return None
