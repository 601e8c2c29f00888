"""How each seller can hand over its goods, what that costs and when they arrive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import City, Market, Text
from sellers.models import DeliveryKind, DeliveryOption, Seller

LOCAL_DAYS = (1, 2)
PICKUP_DAYS = (1, 1)
SUNDAY = 6


@dataclass(frozen=True, kw_only=True)
class DeliveryQuote:
    """One way of delivery; where `refusal` says why not, it cannot be chosen."""

    kind: DeliveryKind
    fee: Decimal
    free_from: Decimal | None
    missing_for_free: Decimal
    earliest: date
    latest: date
    note: str = ""
    refusal: Text = ""

    @property
    def is_offered(self) -> bool:
        return not self.refusal

    @property
    def label(self) -> Text:
        return self.kind.label


def quotes(
    *, market: Market, seller: Seller, goods: Decimal, city: City | None, day: date
) -> list[DeliveryQuote]:
    """Every way this seller offers, shipping first; `goods` is what its goods cost as shown.

    A seller that chose none ships by the market's rule. Expects `delivery_options` prefetched.
    """
    options: Iterable[DeliveryOption] = seller.delivery_options.all()
    found = list(options) or [DeliveryOption(seller=seller, kind=DeliveryKind.SHIPPING)]
    order = (DeliveryKind.SHIPPING, DeliveryKind.LOCAL, DeliveryKind.PICKUP)
    found.sort(key=lambda option: order.index(DeliveryKind(option.kind)))
    return [_quote(market, seller, option, goods, city, day) for option in found]


def choose(offered: list[DeliveryQuote], wanted: str) -> DeliveryQuote | None:
    """The wanted way; without a wish the first one that can be had. None: not possible."""
    usable = [quote for quote in offered if quote.is_offered]
    if wanted:
        return next((quote for quote in usable if quote.kind == wanted), None)
    return next(iter(usable), None)


def _quote(
    market: Market, seller: Seller, option: DeliveryOption, goods: Decimal, city: City | None, day: date
) -> DeliveryQuote:
    kind = DeliveryKind(option.kind)
    earliest, latest = window(market, kind, day)
    fee, free_from = _price(market, option)
    missing = max(free_from - goods, Decimal(0)) if free_from is not None and fee else Decimal(0)
    return DeliveryQuote(
        kind=kind,
        fee=Decimal(0) if free_from is not None and goods >= free_from else fee,
        free_from=free_from,
        missing_for_free=missing,
        earliest=earliest,
        latest=latest,
        note=option.note,
        refusal=_refusal(seller, option, city),
    )


def window(market: Market, kind: DeliveryKind, day: date) -> tuple[date, date]:
    """The first and the last day on which what is ordered on `day` should arrive."""
    first, last = {DeliveryKind.PICKUP: PICKUP_DAYS, DeliveryKind.LOCAL: LOCAL_DAYS}.get(
        kind, market.shipping.days
    )
    return working_day(day, first), working_day(day, last)


def _price(market: Market, option: DeliveryOption) -> tuple[Decimal, Decimal | None]:
    """(fee, free from): empty amounts mean the market's rule; picking up costs nothing."""
    if option.kind == DeliveryKind.PICKUP:
        return Decimal(0), None
    fee = market.shipping.fee if option.fee is None else option.fee
    return fee, market.shipping.free_from if option.free_from is None else option.free_from


def _refusal(seller: Seller, option: DeliveryOption, city: City | None) -> Text:
    if option.kind != DeliveryKind.LOCAL:
        return ""
    if city is None:
        return _("Choose your city to see whether this store delivers there.")
    place = seller.place
    if place is None or place.distance_km(city) > (option.radius_km or 0):
        return _("This store does not deliver to your city itself.")
    return ""


def working_day(day: date, count: int) -> date:
    """`count` days after `day`; nobody delivers on Sundays."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() != SUNDAY:
            count -= 1
    return day
