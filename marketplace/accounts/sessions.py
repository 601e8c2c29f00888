"""Sessions that have ended are forgotten: they hold what guests have typed."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task
def drop_expired() -> None:
    SessionStore.clear_expired()
