"""Whose turn it is: days of the week, ends of months, and the market's own midnight."""

from datetime import UTC, date, datetime

import pytest

from marketplace import markets
from payments.disbursement import paydays
from sellers.models import Seller

MON, TUE, SUN = 0, 1, 6


@pytest.mark.parametrize(
    ("schedule", "number", "day", "last", "following"),
    [
        ("daily", 1, "2026-02-28", "2026-02-28", "2026-03-01"),
        ("daily", 1, "2026-12-31", "2026-12-31", "2027-01-01"),
        ("weekly", MON, "2026-11-23", "2026-11-23", "2026-11-30"),  # a Monday
        ("weekly", MON, "2026-11-22", "2026-11-16", "2026-11-23"),
        ("weekly", SUN, "2026-11-23", "2026-11-22", "2026-11-29"),
        ("weekly", TUE, "2027-01-01", "2026-12-29", "2027-01-05"),
        ("weekly", TUE, "2028-03-01", "2028-02-29", "2028-03-07"),
        ("monthly", 1, "2026-11-01", "2026-11-01", "2026-12-01"),
        ("monthly", 15, "2026-11-14", "2026-10-15", "2026-11-15"),
        ("monthly", 15, "2027-01-02", "2026-12-15", "2027-01-15"),
        ("monthly", 31, "2026-11-29", "2026-10-31", "2026-11-30"),
        ("monthly", 31, "2026-11-30", "2026-11-30", "2026-12-31"),
        ("monthly", 31, "2027-02-27", "2027-01-31", "2027-02-28"),
        ("monthly", 31, "2028-02-28", "2028-01-31", "2028-02-29"),
        ("monthly", 30, "2027-01-30", "2027-01-30", "2027-02-28"),
        ("monthly", 30, "2027-03-01", "2027-02-28", "2027-03-30"),
        ("monthly", 29, "2027-03-29", "2027-03-29", "2027-04-29"),
        ("monthly", 31, "2026-12-31", "2026-12-31", "2027-01-31"),
    ],
)
def test_paydays(schedule, number, day, last, following):
    day = date.fromisoformat(day)
    assert paydays.last_payday(schedule, number, day) == date.fromisoformat(last)
    assert paydays.next_payday(schedule, number, day) == date.fromisoformat(following)


@pytest.mark.parametrize("number", range(1, 32))
def test_every_day_of_four_years_lies_between_two_paydays_of_neighbouring_months(number):
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2030, 1, 1).toordinal(), 3):
        day = date.fromordinal(ordinal)
        last = paydays.last_payday("monthly", number, day)
        following = paydays.next_payday("monthly", number, day)
        assert last <= day < following
        assert (following.year * 12 + following.month) - (last.year * 12 + last.month) == 1
        assert paydays.next_payday("monthly", number, last) == following


def test_who_asks_has_no_payday():
    assert paydays.last_payday("request", 1, date(2026, 11, 23)) is None
    assert paydays.next_payday("request", 1, date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("market", "moment", "day"),
    [
        ("co", datetime(2026, 11, 23, 4, 59, tzinfo=UTC), "2026-11-22"),  # Bogotá: five hours behind
        ("co", datetime(2026, 11, 23, 5, 0, tzinfo=UTC), "2026-11-23"),
        ("mz", datetime(2026, 11, 22, 21, 59, tzinfo=UTC), "2026-11-22"),  # Maputo: two hours ahead
        ("mz", datetime(2026, 11, 22, 22, 0, tzinfo=UTC), "2026-11-23"),
    ],
)
def test_the_day_begins_at_the_markets_midnight(market, moment, day):
    market, day = markets.get(market), date.fromisoformat(day)
    assert paydays.today(market, moment) == day
    assert paydays.today(market, paydays.beginning(market, day)) == day


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"payout_schedule": "daily"}, "Every day"),
        ({"payout_schedule": "weekly", "payout_day": 6}, "Once a week: Sunday"),
        ({"payout_schedule": "monthly", "payout_day": 31}, "Once a month: day 31"),
        ({"payout_schedule": "request"}, "When I ask for it"),
    ],
)
def test_a_schedule_is_described(fields, words):
    assert paydays.describe(Seller(**fields)) == words
