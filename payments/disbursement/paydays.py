"""When it is a seller's turn: every day, on one weekday, or on one day of the month."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from marketplace.markets.base import Market
from sellers.models import PayoutSchedule, Seller
from sellers.schedule_forms import WEEKDAYS


def today(market: Market, now: datetime) -> date:
    """The day it is where the market lives."""
    return now.astimezone(ZoneInfo(market.time_zone)).date()


def beginning(market: Market, day: date) -> datetime:
    """The first moment of a day, where the market lives."""
    return datetime.combine(day, time.min, ZoneInfo(market.time_zone))


def last_payday(schedule: str, number: int, day: date) -> date | None:
    """The newest payday that is not after `day`; None for who is paid on request."""
    if schedule == PayoutSchedule.DAILY:
        return day
    if schedule == PayoutSchedule.WEEKLY:
        return day - timedelta(days=(day.weekday() - number) % 7)
    if schedule == PayoutSchedule.MONTHLY:
        this = _in_month(day, number)
        return this if this <= day else _in_month(day.replace(day=1) - timedelta(days=1), number)
    return None


def next_payday(schedule: str, number: int, day: date) -> date | None:
    """The first payday after `day`; None for who is paid on request."""
    if schedule == PayoutSchedule.DAILY:
        return day + timedelta(days=1)
    if schedule == PayoutSchedule.WEEKLY:
        return day + timedelta(days=(number - day.weekday() - 1) % 7 + 1)
    if schedule == PayoutSchedule.MONTHLY:
        this = _in_month(day, number)
        return this if this > day else _in_month(day.replace(day=28) + timedelta(days=4), number)
    return None


def describe(seller: Seller) -> str:
    """The schedule in a few words: "Once a week: Monday"."""
    words = seller.get_payout_schedule_display()
    if seller.payout_schedule == PayoutSchedule.WEEKLY:
        return f"{words}: {WEEKDAYS[seller.payout_day]}"
    if seller.payout_schedule == PayoutSchedule.MONTHLY:
        return f"{words}: " + gettext("day %(number)d") % {"number": seller.payout_day}
    return words


def _in_month(day: date, number: int) -> date:
    """The payday of this day's month: a month that is too short pays on its last day."""
    return day.replace(day=min(number, monthrange(day.year, day.month)[1]))
