"""Whose request it really is, when trusted proxies stand between."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set REMOTE_ADDR to what the outermost trusted proxy saw; without one, what callers claim is ignored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        hops = settings.TRUSTED_PROXY_COUNT
        claimed = [part.strip() for part in request.META.pop("HTTP_X_FORWARDED_FOR", "").split(",")]
        if hops and len(claimed) >= hops and _is_address(claimed[-hops]):
            request.META["REMOTE_ADDR"] = claimed[-hops]
        return get_response(request)

    return middleware


def _is_address(text: str) -> bool:
    """Orders keep it: what is none must not get as far as the database."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a zone, which Postgres does not know
