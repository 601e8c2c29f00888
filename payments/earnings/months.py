"""A calendar month where a market lives."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from marketplace.markets.base import Market


@dataclass(frozen=True, kw_only=True)
class Month:
    """`first` is its first day; a moment belongs to it from `start` until just before `end`."""

    first: date
    market: Market

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, ZoneInfo(self.market.time_zone))

    @property
    def end(self) -> datetime:
        return self.next.start

    @property
    def next(self) -> "Month":
        return Month(first=(self.first + timedelta(days=31)).replace(day=1), market=self.market)

    @property
    def previous(self) -> "Month":
        return Month(first=(self.first - timedelta(days=1)).replace(day=1), market=self.market)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)


def month_of(moment: datetime, market: Market) -> Month:
    day = moment.astimezone(ZoneInfo(market.time_zone)).date()
    return Month(first=day.replace(day=1), market=market)


def this_month(market: Market) -> Month:
    return month_of(timezone.now(), market)


def read_month(text: str, market: Market) -> Month:
    """`2026-11`; what is no month, or not yet, is this month."""
    current = this_month(market)
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        return current
    return min(Month(first=date.fromisoformat(f"{text}-01"), market=market), current, key=lambda m: m.first)
