"""Find the market, language and time zone of a request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from marketplace import markets
from marketplace.markets.base import Market

MARKET_COOKIE = "market"
View = Callable[[HttpRequest], HttpResponse]


def market_of(request: HttpRequest) -> tuple[Market, bool]:
    """The market, and whether the host alone decided it."""
    host = request.get_host().partition(":")[0].lower()
    if by_host := markets.for_host(host, settings.MARKET_HOSTS):
        return by_host, True
    chosen = request.COOKIES.get(MARKET_COOKIE, "")
    return markets.MARKETS.get(chosen) or markets.get(settings.DEFAULT_MARKET), False


def language_of(request: HttpRequest, market: Market) -> str:
    """The language chosen by cookie, else the market's own."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in market.languages else market.language


def market_middleware(get_response: View) -> View:
    """Set request.market: by host name, else by the selector's cookie, else the default."""

    def middleware(request: HttpRequest) -> HttpResponse:
        market, by_host = market_of(request)
        request.market = market  # type: ignore[attr-defined]
        request.market_by_host = by_host  # type: ignore[attr-defined]
        language = language_of(request, market)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        with translation.override(language), timezone.override(market.time_zone):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware
