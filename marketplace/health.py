"""Is this process alive, and can the site do its work?"""

import time
from collections.abc import Callable

import structlog
from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

HEARTBEAT = "worker-heartbeat"
MAXIMUM_SILENCE = 60  # seconds; the clock asks every 15

logger = structlog.get_logger(__name__)


@shared_task
def beat() -> None:
    """Queued by the clock, done by a worker: the mark it leaves proves both."""
    cache.set(HEARTBEAT, time.time(), timeout=10 * MAXIMUM_SILENCE)


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _redis_answers() -> bool:
    cache.get(HEARTBEAT)
    return True


def _worker_works() -> bool:
    return time.time() - cache.get(HEARTBEAT, 0) < MAXIMUM_SILENCE


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "redis": _redis_answers,
    "worker": _worker_works,
}


def _passes(name: str) -> bool:
    try:
        return CHECKS[name]()
    except (DatabaseError, RedisError) as error:
        logger.warning("not ready", part=name, error=str(error))
        return False


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, Redis and a worker do their part; 503 names the part that does not."""
    parts = {name: "ok" if _passes(name) else "failing" for name in CHECKS}
    healthy = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if healthy else "failing", **parts}, status=200 if healthy else 503)
