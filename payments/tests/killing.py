"""Workers that die between two statements."""

from contextlib import contextmanager

from django.db import connection

FAR_FROM_THERE = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS")


class Killed(BaseException):
    """kill -9: no handler of ours may catch it."""


@contextmanager
def killed_after(statements):
    """The worker dies before its n-th statement; None: it lives."""
    left = statements

    def count(execute, sql, params, many, context):
        nonlocal left
        if left is not None and not sql.startswith(FAR_FROM_THERE):
            left -= 1
            if left <= 0:
                raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield
