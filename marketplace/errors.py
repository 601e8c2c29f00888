"""Pages for what went wrong; they ask neither the database nor the session for anything."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from marketplace import markets


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
    """The form was too old, or came from elsewhere."""
    return error_page(request, 403, form_expired=True)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)
