"""A message that is owed leaves: later if need be, twice if need be, but it leaves."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from marketplace import mail, markets, sms
from marketplace.mailing import delivery
from marketplace.mailing.models import GIVE_UP_AFTER, OutgoingMessage

pytestmark = pytest.mark.django_db


class DeadServer(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise SMTPServerDisconnected("gone")


def owe(language="pt", code="123456"):
    return mail.send(
        template="account/password_reset_code",
        to="bento@example.com",
        language=language,
        market=markets.get("mz"),
        context={"code": code},
    )


def test_a_message_leaves_after_the_transaction_that_owes_it(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as queued:
        message = owe()
    assert len(queued) == 1 and not django_mail.outbox

    delivery.deliver(message.pk)

    [sent] = django_mail.outbox
    assert sent.to == ["bento@example.com"]
    assert sent.from_email.startswith("Txova <")
    assert "123456" in sent.subject and "123456" in sent.body
    assert "123456" in sent.alternatives[0][0] and sent.alternatives[0][1] == "text/html"
    message.refresh_from_db()
    assert message.sent_at


def test_a_transaction_that_fails_owes_nothing():
    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():
        owe()
        raise Changed

    assert not OutgoingMessage.objects.exists()


def test_a_language_the_country_does_not_speak_becomes_the_countrys_own():
    assert owe(language="es").language == "pt"
    assert owe(language="en").language == "en"


def test_names_are_escaped_in_html_and_plain_in_text():
    message = owe(code="<b>&</b>")

    assert "<b>&</b>" in message.text
    assert "<b>&</b>" not in message.html and "&lt;b&gt;" in message.html


def test_when_the_mail_server_is_gone_the_message_waits_and_then_leaves(settings):
    message = owe()
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.DeadServer"
    delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.sent_at is None and message.attempts == 1
    assert message.next_try_at > timezone.now()
    assert "SMTPServerDisconnected" in message.last_error

    settings.EMAIL_BACKEND = good
    OutgoingMessage.objects.update(next_try_at=timezone.now())
    delivery.deliver(message.pk)

    assert len(django_mail.outbox) == 1


def test_a_message_that_has_left_does_not_leave_again():
    message = owe()

    delivery.deliver(message.pk)
    delivery.deliver(message.pk)

    assert len(django_mail.outbox) == 1


def test_while_one_worker_sends_others_keep_away_and_take_over_when_it_dies():
    message = owe()
    OutgoingMessage.objects.update(next_try_at=timezone.now() + delivery.LEASE, attempts=1)
    delivery.deliver(message.pk)
    assert not django_mail.outbox

    OutgoingMessage.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    delivery.deliver(message.pk)
    assert len(django_mail.outbox) == 1


def test_the_clock_finds_what_the_queue_forgot():
    waiting, hopeless, gone = owe(), owe(), owe()
    OutgoingMessage.objects.filter(pk=hopeless.pk).update(attempts=GIVE_UP_AFTER)
    OutgoingMessage.objects.filter(pk=gone.pk).update(sent_at=timezone.now())

    assert [message.pk for message in OutgoingMessage.objects.due()] == [waiting.pk]


def test_outside_development_the_words_are_dropped_once_they_have_left(settings):
    settings.KEEP_SENT_MESSAGES = False
    message = owe()

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.subject, message.text, message.html) == ("", "", "")
    assert message.recipient == "bento@example.com"


def test_text_messages_go_the_same_way():
    message = sms.send("+258841234567", "Olá", market_code="mz", language="pt")

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert message.sent_at and not django_mail.outbox


def test_old_messages_are_forgotten():
    old, young = owe(), owe()
    OutgoingMessage.objects.filter(pk=old.pk).update(sent_at=timezone.now() - timedelta(days=91))
    OutgoingMessage.objects.filter(pk=young.pk).update(sent_at=timezone.now())

    delivery.forget_old()

    assert OutgoingMessage.objects.get() == young
