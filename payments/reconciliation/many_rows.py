"""Reading and writing as many rows at once as a long statement has."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL


def any_of(values: Iterable[str]) -> RawSQL:
    """For `__in`: one parameter, however many values there are."""
    return RawSQL("SELECT unnest(%s::text[])", [list(values)])  # noqa: S611 - the text is constant


def write(rows: Sequence[Model]) -> None:
    """Insert new rows of one table, in order, and give them their numbers.

    For tables whose columns need nothing but their Python values; no signals are sent.
    """
    if not rows:
        return
    meta = rows[0]._meta
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in meta.local_concrete_fields)
    table = connection.ops.quote_name(meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [meta.db_table, len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([field.pre_save(row, add=True) for field in meta.local_concrete_fields])
