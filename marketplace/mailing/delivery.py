"""Hand waiting messages to the mail server or the SMS company, at least once."""

from datetime import timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPException

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from requests import RequestException

from marketplace.mailing.models import OutgoingMessage

log = structlog.get_logger(__name__)

# While one worker sends, others keep away; when it dies, the message is due again after this.
LEASE = timedelta(minutes=2)
SLOWEST_RETRY = timedelta(hours=6)
FORGET_AFTER = timedelta(days=90)
EXPECTED = (SMTPException, RequestException, OSError)


@shared_task
def deliver(message_id: int) -> None:
    """Send one message. Dying in between sends it again: twice is better than never."""
    now = timezone.now()
    due = OutgoingMessage.objects.due().filter(pk=message_id)
    if not due.update(next_try_at=now + LEASE, attempts=F("attempts") + 1):
        return
    message = OutgoingMessage.objects.get(pk=message_id)
    try:
        if message.kind == OutgoingMessage.Kind.SMS:
            import_string(settings.SMS_BACKEND)().send(message.recipient, message.text)
        else:
            _send_email(message)
    except EXPECTED as error:
        wait = min(timedelta(seconds=30) * 2**message.attempts, SLOWEST_RETRY)
        OutgoingMessage.objects.filter(pk=message_id).update(
            next_try_at=timezone.now() + wait, last_error=f"{type(error).__name__}: {error}"[:200]
        )
        log.warning(
            "message_not_sent", message=message_id, error=type(error).__name__, attempts=message.attempts
        )
        return
    _mark_sent(message)


def _send_email(message: OutgoingMessage) -> None:
    market = message.market
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    sender = formataddr((market.name, address)) if market else settings.DEFAULT_FROM_EMAIL
    email = EmailMultiAlternatives(message.subject, message.text, sender, [message.recipient])
    if market:
        email.reply_to = [market.support_email]
    if message.html:
        email.attach_alternative(message.html, "text/html")
    email.send()


def _mark_sent(message: OutgoingMessage) -> None:
    """Outside development the words are dropped once they have left: they may hold codes and addresses."""
    changes = {"sent_at": timezone.now(), "last_error": ""}
    if not settings.KEEP_SENT_MESSAGES:
        changes |= {"subject": "", "text": "", "html": ""}
    OutgoingMessage.objects.filter(pk=message.pk).update(**changes)


@shared_task
def sweep() -> None:
    """Queue again what is still waiting: the queue may forget, the table does not."""
    for message_id in (
        OutgoingMessage.objects.due().order_by("next_try_at").values_list("pk", flat=True)[:500]
    ):
        deliver.delay(message_id)


@shared_task
def forget_old() -> None:
    OutgoingMessage.objects.filter(sent_at__lt=timezone.now() - FORGET_AFTER).delete()
