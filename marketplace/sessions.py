"""Sessions that live on while they are used, without a write on every request (CF-07)."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_TOUCHED = "touched_at"


def sliding_session_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Renew a session once a twelfth of its life has passed: 14 hours of a week, 5 minutes of an hour."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        session = request.session
        if session.accessed and not session.is_empty():
            now = int(time.time())
            if now - session.get(_TOUCHED, 0) > session.get_expiry_age() / 12:
                session[_TOUCHED] = now
        return response

    return middleware
