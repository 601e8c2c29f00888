"""A task that could not be queued is no error of the page: the row says what is owed, the clock finds it."""

from typing import Any

import structlog
from celery.contrib.django.task import DjangoTask
from celery.result import AsyncResult
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


class Task(DjangoTask):
    """What every task of ours is made of."""

    def apply_async(self, *args: Any, **kwargs: Any) -> AsyncResult | None:
        try:
            return super().apply_async(*args, **kwargs)
        except OperationalError as error:
            log.error("task_not_queued", task=self.name, error=type(error).__name__)
            return None
