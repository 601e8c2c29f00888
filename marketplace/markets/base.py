"""What a country profile must say."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class TaxClass:
    """A consumption tax rate with its history; `excluded` goods carry no tax line at all."""

    code: str
    label: Text
    rates: tuple[tuple[date, Decimal], ...]
    excluded: bool = False

    def rate(self, day: date) -> Decimal:
        """The rate in force on a day: dated rates are added, never overwritten (BY-12)."""
        return next(rate for start, rate in sorted(self.rates, reverse=True) if start <= day)


@dataclass(frozen=True, kw_only=True)
class IdentityDocument:
    code: str
    label: Text
    is_valid: Callable[[str], bool]
    for_companies: bool = False


@dataclass(frozen=True, kw_only=True)
class City:
    name: str
    latitude: float
    longitude: float

    def distance_km(self, other: "City") -> float:
        """Great-circle distance (haversine), good enough to ask who delivers where."""
        a, b, c, d = map(math.radians, (self.latitude, self.longitude, other.latitude, other.longitude))
        h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
        return 2 * 6371 * math.asin(math.sqrt(h))


@dataclass(frozen=True, kw_only=True)
class Region:
    code: str
    name: str
    cities: tuple[City, ...]


@dataclass(frozen=True, kw_only=True)
class Phone:
    """How telephone numbers look: `mobile` matches the national number after stripping."""

    country_code: str
    mobile: str
    example: str

    def normalise(self, text: str) -> str | None:
        """`+258841234567` for `84 123 4567`, `00258 84…`, `+258-84…`; None when it is no mobile number."""
        digits = re.sub(r"[\s().-]", "", text)
        match = re.fullmatch(rf"(?:\+|00)?(?:{self.country_code})?({self.mobile})", digits, re.ASCII)
        return f"+{self.country_code}{match[1]}" if match else None

    def national(self, number: str) -> str:
        """The number without `+` and country code."""
        return number.removeprefix(f"+{self.country_code}")


@dataclass(frozen=True, kw_only=True)
class PaymentMethod:
    """One way to pay, and the company that carries it.

    `fallbacks` are companies that can carry it while the first is out of order (MS-PAY-33).
    For `grace_minutes` after the time to pay, the stock is still kept: news of cash comes late.
    """

    code: str
    label: Text
    gateway: str
    fallbacks: tuple[str, ...] = ()
    hint: Text = ""
    minutes_to_pay: int = 60
    grace_minutes: int = 0
    minimum: Decimal = Decimal(1)
    maximum: Decimal = Decimal("99000000")
    # National mobile prefixes that can hold this wallet; empty: no phone is asked for.
    phone_pattern: str = ""
    phone_example: str = ""  # empty: the market's
    # The company moves whole units of the currency only: no centavos.
    whole_amounts: bool = False


@dataclass(frozen=True, kw_only=True)
class PayoutRail:
    """One way to pay sellers: `fields` names what the seller must tell us."""

    code: str
    label: Text
    minimum: Decimal
    fields: tuple[str, ...]
    # The most in one payout; what is above it waits for the next one.
    maximum: Decimal = Decimal("99000000")
    # The company moves whole units of the currency only: no centavos.
    whole_amounts: bool = False
    # For lists taken to a bank: each column's heading and content (payments/disbursement/bank_files.py).
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shipping:
    """What sending a parcel costs unless the seller says otherwise; free from an amount on."""

    fee: Decimal
    free_from: Decimal | None
    days: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Market:
    """One country: how it writes, taxes, delivers and pays."""

    code: str
    name: str
    country: Text
    country_code: str
    tagline: Text
    hosts: tuple[str, ...]
    languages: tuple[str, ...]
    search_language: str
    time_zone: str
    currency: str
    prices_include_tax: bool
    tax_name: str
    tax_classes: Mapping[str, TaxClass]
    default_tax_class: str
    commission_rate: Decimal
    commission_tax_class: str
    seller_approval: str  # "automatic" or "review" (CF-01)
    payout_hold_days: int
    payout_limit: Decimal  # above it a payout takes a second person (MS-COM-05)
    # So does what one person, in one day, corrects of one store's balance or writes off of one company;
    correction_limit: Decimal
    refund_limit: Decimal  # and what staff say about money that goes back
    auto_deliver_days: int
    # Money back: how long after delivery a buyer may ask, how long the seller may take to answer,
    # and above which amount staff look although the seller agrees.
    refund_request_days: int
    refund_answer_days: int
    refund_staff_above: Decimal
    order_minimum: Decimal
    shipping: Shipping
    phone: Phone
    identity_documents: tuple[IdentityDocument, ...]
    regions: tuple[Region, ...]
    payment_methods: tuple[PaymentMethod, ...]
    payout_rails: tuple[PayoutRail, ...]
    address_hint: Text
    support_email: str
    support_phone: str
    diets: tuple[str, ...] = field(default=("organic", "gluten_free", "vegan"))

    @property
    def language(self) -> str:
        """The language a newcomer reads first."""
        return self.languages[0]

    def payment_method(self, code: str) -> PaymentMethod | None:
        return next((method for method in self.payment_methods if method.code == code), None)

    def payout_rail(self, code: str) -> PayoutRail | None:
        return next((rail for rail in self.payout_rails if rail.code == code), None)

    def identity_document(self, code: str) -> IdentityDocument | None:
        return next((document for document in self.identity_documents if document.code == code), None)

    def region(self, code: str) -> Region | None:
        return next((region for region in self.regions if region.code == code), None)

    def city(self, region_code: str, name: str) -> City | None:
        region = self.region(region_code)
        return next((city for city in region.cities if city.name == name), None) if region else None

    def tax_rate(self, tax_class: str, day: date) -> Decimal:
        return self.tax_classes[tax_class].rate(day)
