"""Send one text message, through whichever company the settings name."""

from typing import Protocol

import requests
from django.conf import settings

from marketplace.mailing.delivery import deliver
from marketplace.mailing.models import OutgoingMessage


class SmsBackend(Protocol):
    def send(self, to: str, text: str) -> None:
        """Hand the message over, or raise requests.RequestException."""


class OutboxBackend:
    """Development: the message stays in the table, where the outbox page shows it."""

    def send(self, to: str, text: str) -> None:
        return None


class HttpBackend:
    """Any company that takes `{to, text}` as JSON with a bearer token."""

    def send(self, to: str, text: str) -> None:
        response = requests.post(
            settings.SMS_API_URL,
            json={"to": to, "text": text, "from": settings.SMS_SENDER},
            headers={"Authorization": f"Bearer {settings.SMS_API_KEY}"},
            timeout=(5, 15),
        )
        response.raise_for_status()


def send(
    to: str, text: str, *, market_code: str = "", language: str = "", about: str = ""
) -> OutgoingMessage:
    """Send `text`, already in the reader's language, after this transaction."""
    message = OutgoingMessage.objects.create(
        kind=OutgoingMessage.Kind.SMS,
        recipient=to,
        text=text,
        market_code=market_code,
        language=language,
        about=about,
    )
    deliver.delay_on_commit(message.pk)
    return message
