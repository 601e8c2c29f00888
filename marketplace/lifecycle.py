"""Move one row one step along its arrows, exactly once."""

from collections.abc import Mapping
from typing import Any

from django.db import models

Transitions = Mapping[str, frozenset[str]]


class IllegalTransition(Exception):
    """The state machine has no such step."""


class StaleState(Exception):
    """Someone else moved the row first; reload it and decide again."""


def advance(row: models.Model, to: str, *, transitions: Transitions, **changes: Any) -> None:
    """Set `row.status` to `to`, with `changes` in the same UPDATE.

    The WHERE clause carries the status we believe in, so two workers that both
    read "pending" cannot both leave it: the slower one gets StaleState.
    """
    status: str = row.status  # type: ignore[attr-defined]
    if to not in transitions[status]:
        raise IllegalTransition(f"{row!r}: {status} -> {to}")
    changes["status"] = to
    moved = type(row)._base_manager.filter(pk=row.pk, status=status).update(**changes)
    if not moved:
        raise StaleState(f"{row!r} is no longer {status}")
    for name, value in changes.items():
        setattr(row, name, value)
