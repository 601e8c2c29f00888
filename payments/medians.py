"""The middle value of a column, as Postgres computes it."""

from django.db.models import Aggregate, FloatField


class Median(Aggregate):
    """`Median("total")`; a float, None for no rows."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()
