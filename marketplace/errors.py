"""Pages for what went wrong; they ask neither the database nor the session for anything."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from marketplace import markets

_NOT_SHOWN = re.compile(r"pass|token|code|pin|otp|secret|^cart$|^agreed_total$", re.IGNORECASE)
_SHORTEST, _LONGEST, _MOST = 3, 2000, 40


def error_page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    """The page of a status, in the reader's language and the market's colours, with the request's id."""
    market = getattr(request, "market", None) or markets.get(settings.DEFAULT_MARKET)
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    page = {
        "status": status,
        "market": market,
        "theme": request.COOKIES.get("theme", ""),
        "request_id": getattr(request, "request_id", ""),
        **context,
    }
    with translation.override(language):
        html = render_to_string(f"{status}.html", page)
    return HttpResponse(html, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or came from elsewhere. A page of ours gets its words back, to copy (I-13)."""
    return error_page(request, 403, form_expired=True, typed=_typed(request))


def _typed(request: HttpRequest) -> list[str]:
    """What a page of ours has sent: nothing secret, and no words that a stranger's page made up."""
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return []
    told = (text for name, texts in request.POST.lists() if not _NOT_SHOWN.search(name) for text in texts)
    return [text[:_LONGEST] for text in told if len(text.strip()) > _SHORTEST][:_MOST]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)
