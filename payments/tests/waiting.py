"""Two people at once, in tests: whether the other stands before a lock that we hold."""

from django.db import connection


def somebody_waits() -> bool:
    """Not from pg_stat_activity, which shows one transaction the same picture again and again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None
