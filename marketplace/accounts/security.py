"""Remember what touched the safety of an account: who, when, from where."""

from django.http import HttpRequest

from marketplace.accounts.models import SecurityEvent, User
from marketplace.http import client_ip


def record(request: HttpRequest, kind: str, user: User | None) -> None:
    SecurityEvent.objects.create(
        user=user,
        kind=kind,
        ip=client_ip(request) or None,
        agent=request.headers.get("User-Agent", "").replace("\x00", "")[:200],
    )
