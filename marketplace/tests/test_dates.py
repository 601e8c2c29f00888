"""Dates read the way our readers write them, and end no sentence twice."""

from datetime import datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format

WHEN = datetime(2026, 11, 21, 4, 11)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("language", "form", "written"),
    [
        ("en", "DATETIME_FORMAT", "21 November 2026, 04:11"),
        ("en", "SHORT_DATETIME_FORMAT", "21/11/2026 04:11"),  # in both countries the day comes first
        ("en", "TIME_FORMAT", "04:11"),
        ("en", "MONTH_DAY_FORMAT", "21 November"),
        ("es", "DATETIME_FORMAT", "21 de noviembre de 2026 a las 04:11"),
        ("es", "MONTH_DAY_FORMAT", "21 de noviembre"),
    ],
)
def test_each_language_writes_dates_its_own_way(language, form, written):
    with translation.override(language):
        assert date_format(WHEN, form) == written
