"""Stores as shoppers see them: how they deliver, and whether they are open now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dates import WEEKDAYS

from marketplace.markets.base import Market
from sellers.models import DeliveryKind, DeliveryOption, OpeningHours, Seller

ICONS = {DeliveryKind.SHIPPING: "truck", DeliveryKind.LOCAL: "bike", DeliveryKind.PICKUP: "store"}
_ORDER = list(ICONS)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One way a store hands over goods, before anybody put something into a cart."""

    kind: DeliveryKind
    fee: Decimal
    free_from: Decimal | None
    radius_km: int | None = None
    note: str = ""

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Hours:
    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Day:
    """One weekday of a store; without hours it is closed."""

    weekday: int
    is_today: bool
    hours: Hours | None

    @property
    def name(self) -> str:
        return WEEKDAYS[self.weekday]


def delivery_rows(seller: str) -> ArraySubquery:
    """The store's delivery options as one column; `seller` names the path to its id."""
    fields = ("kind", "fee", "free_from", "radius_km", "note")
    options = DeliveryOption.objects.filter(seller=OuterRef(seller)).order_by("kind")
    return ArraySubquery(options.values(row=JSONObject(**dict(zip(fields, fields, strict=True)))))


def hours_rows() -> ArraySubquery:
    hours = OpeningHours.objects.filter(seller=OuterRef("pk")).order_by("weekday")
    return ArraySubquery(hours.values(row=JSONObject(weekday="weekday", opens="opens", closes="closes")))


def deliveries(rows: list[dict[str, Any]], market: Market) -> list[Delivery]:
    """Shipping first; empty amounts mean the market's rule, and a store that chose nothing ships by it."""
    rows = rows or [{"kind": DeliveryKind.SHIPPING}]
    return sorted((_delivery(row, market) for row in rows), key=lambda way: _ORDER.index(way.kind))


def _delivery(row: dict[str, Any], market: Market) -> Delivery:
    kind = DeliveryKind(row["kind"])
    note, radius = row.get("note") or "", row.get("radius_km")
    if kind == DeliveryKind.PICKUP:
        return Delivery(kind=kind, fee=Decimal(0), free_from=None, note=note)
    fee, free_from = row.get("fee"), row.get("free_from")
    return Delivery(
        kind=kind,
        fee=market.shipping.fee if fee is None else Decimal(str(fee)),
        free_from=market.shipping.free_from if free_from is None else Decimal(str(free_from)),
        radius_km=radius,
        note=note,
    )


def week(rows: list[dict[str, Any]], market: Market, now: datetime | None = None) -> list[Day]:
    """Monday to Sunday; nothing for a store that named no hours."""
    today = timezone.localtime(now, timezone=ZoneInfo(market.time_zone)).weekday()
    hours = {
        row["weekday"]: Hours(
            opens=time.fromisoformat(row["opens"]), closes=time.fromisoformat(row["closes"])
        )
        for row in rows
    }
    return [
        Day(weekday=weekday, is_today=weekday == today, hours=hours.get(weekday))
        for weekday in WEEKDAYS
        if hours
    ]


def is_open(days: list[Day], market: Market, now: datetime | None = None) -> bool:
    """By the clock on the wall of the market."""
    clock = timezone.localtime(now, timezone=ZoneInfo(market.time_zone)).time()
    return any(day.is_today and day.hours and day.hours.opens <= clock < day.hours.closes for day in days)


def directory(market: Market) -> QuerySet[Seller]:
    """The stores of a market, the busiest first."""
    return Seller.objects.open(market).order_by("-sales_count", "business_name", "pk")
