"""Background work: tasks that may miss the queue, and batches that a broken row does not stop."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from celery.contrib.django.task import DjangoTask
from celery.result import AsyncResult
from django.db import connection
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
Row = TypeVar("Row")


class Task(DjangoTask):
    """What every task of ours is made of: one that could not be queued is no error of the page.

    The row says what is owed, and the clock finds it.
    """

    def apply_async(self, *args: Any, **kwargs: Any) -> AsyncResult | None:
        try:
            return super().apply_async(*args, **kwargs)
        except OperationalError as error:
            log.error("task_not_queued", task=self.name, error=type(error).__name__)
            return None


def each_alone(
    name: str, rows: Iterable[Row], step: Callable[[Row], object], *, enough: int | None = None
) -> int:
    """Take a step for each row, and go on when one breaks; answers how many steps did something.

    Every step is a transaction of its own. Only successes count towards `enough`, so that broken
    rows never stand in the way of those behind them.
    """
    done = 0
    for row in rows:
        try:
            done += bool(step(row))
        except Exception:
            log.exception("row_is_broken", batch=name, row=str(row))
            if not connection.is_usable():
                raise
        if enough and done >= enough:
            break
    return done
