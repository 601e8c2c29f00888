"""In which language a person reads: the names to choose from, and the cookie that remembers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from marketplace.markets.base import Market

# Each language under its own name: who cannot read this page must find it.
NAMES = {"es": "Español", "pt": "Português", "en": "English"}


def choices(market: Market) -> list[tuple[str, str]]:
    return [(code, NAMES[code]) for code in market.languages]


def remember(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


def has_chosen(request: HttpRequest) -> bool:
    return settings.LANGUAGE_COOKIE_NAME in request.COOKIES


def go_on_in(request: HttpRequest, language: str) -> None:
    """Whoever comes by a link in one of our messages, and has not chosen here, reads on in its language."""
    if not has_chosen(request):
        translation.activate(language)  # until the middleware ends the request
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
