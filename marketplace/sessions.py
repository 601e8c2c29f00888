"""Sessions that live on while they are used, without a write on every request (CF-07)."""

import json
import time
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from marketplace.encryption import decrypt, encrypt

_TOUCHED = "touched_at"


class SessionStore(CachedStore):
    """Read from Redis, kept in the database: a cart survives while Redis is away.

    Deleting is not made lenient: who signs out must not live on in a cache that comes back. The form that
    waits while a password is asked for again may hold an account number, so it is encrypted at rest.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, encrypt(json.dumps(value)) if key == STATE_SESSION_KEY else value)

    def pop(self, key: str, *default: Any) -> Any:
        value = super().pop(key, *default)
        return _opened(value) if key == STATE_SESSION_KEY and isinstance(value, str) else value

    def load(self) -> dict[str, Any]:
        try:
            return super().load()
        except RedisError:
            return DatabaseStore.load(self)

    def exists(self, session_key: str) -> bool:
        try:
            return super().exists(session_key)
        except RedisError:
            return DatabaseStore.exists(self, session_key)


def _opened(token: str) -> Any:
    """None when its key is gone: then the form is typed again."""
    try:
        return json.loads(decrypt(token))
    except InvalidToken:
        return None


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
