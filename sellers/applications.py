"""Keep what a stranger typed into the application while they sign in."""

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from marketplace.encryption import decrypt, encrypt

SESSION_KEY = "seller_application"
MAXIMUM = 20_000


def keep(session: SessionBase, typed: QueryDict) -> None:
    """Encrypted, for it holds an identity number."""
    text = json.dumps({name: value for name, value in typed.items() if name != "csrfmiddlewaretoken"})
    if len(text) <= MAXIMUM:
        session[SESSION_KEY] = encrypt(text)


def kept(session: SessionBase) -> dict[str, Any]:
    try:
        return json.loads(decrypt(session[SESSION_KEY]))
    except (KeyError, InvalidToken):
        return {}


def forget(session: SessionBase) -> None:
    session.pop(SESSION_KEY, None)
