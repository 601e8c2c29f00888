"""Which limits apply where, and the answer to those who exceed them."""

from collections.abc import Callable
from functools import wraps

import structlog
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from marketplace.errors import error_page

log = structlog.get_logger(__name__)
View = Callable[..., HttpResponse]

# One place to read them all (CF-13). Mobile carriers put thousands of people behind one address,
# so what a visitor reads is counted generously and per person where there is one.
LIMITS = {
    "read": "600/m",
    "search": "120/m",
    "write": "120/m",
    "upload": "100/h",
    "apply": "10/h",
    "order": "30/h",
    "pay": "30/h",
    "guest_link": "60/h",
    "cash_code": "60/m",  # busy counters, but nobody who tries codes out
}


def visitor(_group: str, request: HttpRequest) -> str:
    """The person, else the guest's session, else the address: guests of one carrier share no limit."""
    if request.user.is_authenticated:
        return str(request.user.pk)
    is_known = bool(request.session.keys())  # looks it up: a made-up cookie names no session
    return str(request.session.session_key if is_known else request.META["REMOTE_ADDR"])


def throttle(
    name: str,
    *,
    methods: tuple[str, ...] = ("POST",),
    key: str | Callable[[str, HttpRequest], str] = "user_or_ip",
) -> Callable[[View], View]:
    """Answer 429 once a person (or an address) exceeds `LIMITS[name]`; without Redis everyone passes."""

    def decorate(view: View) -> View:
        @wraps(view)
        def throttled(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                usage = get_usage(
                    request, group=name, key=key, rate=LIMITS[name], method=list(methods), increment=True
                )
            except RedisError:
                log.warning("throttle_unavailable", limit=name)
                usage = None
            if usage and usage["should_limit"]:
                return too_many_requests(request, seconds=usage["time_left"])
            return view(request, *args, **kwargs)

        return throttled

    return decorate


def too_many_requests(request: HttpRequest, *, seconds: int) -> HttpResponse:
    wait = max(seconds, 1)
    response = error_page(request, 429, wait_seconds=wait, wait_minutes=(wait + 59) // 60)
    response["Retry-After"] = str(wait)
    return response
