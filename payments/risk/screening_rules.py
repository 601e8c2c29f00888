"""What makes an attempt to pay look suspicious, and how much each sign weighs (MS-PAY-17)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HIGHEST = 100


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How many other orders shared a trait with this one."""

    hour: int = 0
    day: int = 0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about one attempt; amounts in the currency of its market."""

    total: Decimal
    others: Mapping[str, Seen] = field(default_factory=dict)  # by kind of fingerprint
    failures: int = 0  # refused attempts of the last hour, of this order as well
    cards: int = 0  # different ones of this account within a day
    phones: int = 0
    paid_orders: int = 0  # earlier ones of this buyer
    largest_paid: Decimal | None = None
    typical: Decimal | None = None  # the median of the market; None while there are too few orders
    is_new_buyer: bool = False  # an account of today, or a guest who never paid
    foreign_phone: bool = False
    foreign_account: bool = False
    rejected_before: bool = False


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One rule that fired: what staff read as its reason."""

    rule: str
    points: int
    seen: int

    def as_json(self) -> dict[str, str | int]:
        return {"rule": self.rule, "points": self.points, "seen": self.seen}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """More other orders than this are unusual. One person leaves several traits, so each weighs little."""

    hour: int
    day: int
    points: int


VELOCITY: Mapping[str, Limit] = {
    "phone": Limit(hour=10, day=25, points=20),
    "email": Limit(hour=10, day=25, points=15),
    "ip": Limit(hour=15, day=50, points=15),  # a whole village may share one
    "address": Limit(hour=10, day=25, points=15),
    "document": Limit(hour=10, day=25, points=20),
    "card": Limit(hour=5, day=10, points=40),
}
# From so many on; the higher step counts instead of the lower.
FAILURES = ((12, 50), (6, 25))
CARDS = ((6, 60), (4, 35))
PHONES = ((8, 45), (5, 25))
TIMES_OWN_LARGEST = 5
OWN_ORDERS_TO_JUDGE = 2
TIMES_TYPICAL = 10
TIMES_TYPICAL_WHEN_NEW = 5

REASONS: Mapping[str, str | Promise] = {
    "phone_hour": _("The same phone in %(seen)s other orders within an hour"),
    "phone_day": _("The same phone in %(seen)s other orders within a day"),
    "email_hour": _("The same e-mail in %(seen)s other orders within an hour"),
    "email_day": _("The same e-mail in %(seen)s other orders within a day"),
    "ip_hour": _("The same internet address in %(seen)s other orders within an hour"),
    "ip_day": _("The same internet address in %(seen)s other orders within a day"),
    "address_hour": _("The same delivery address in %(seen)s other orders within an hour"),
    "address_day": _("The same delivery address in %(seen)s other orders within a day"),
    "document_hour": _("The same identity document in %(seen)s other orders within an hour"),
    "document_day": _("The same identity document in %(seen)s other orders within a day"),
    "card_hour": _("The same card in %(seen)s other orders within an hour"),
    "card_day": _("The same card in %(seen)s other orders within a day"),
    "failures": _("%(seen)s refused payments within an hour"),
    "cards": _("%(seen)s different cards of one buyer within a day"),
    "phones": _("%(seen)s different phones of one buyer within a day"),
    "own_history": _("%(seen)s times as much as this buyer's largest order so far"),
    "market_typical": _("%(seen)s times as much as a usual order in this market"),
    "new_and_high": _("A new buyer, and %(seen)s times as much as a usual order"),
    "foreign_phone": _("The phone of the order belongs to another country"),
    "foreign_account": _("The phone of the account belongs to another country"),
    "rejected_before": _("Shares a trait with an order that staff rejected"),
}


def score(facts: Facts) -> tuple[int, list[Sign]]:
    """All signs and their sum, at most 100."""
    signs = [sign for rule in RULES for sign in rule(facts)]
    return min(HIGHEST, sum(sign.points for sign in signs)), signs


def in_words(reasons: list[dict[str, str | int]]) -> list[str]:
    """For staff; a rule that is gone keeps its name."""
    texts = ((REASONS.get(str(each["rule"]), str(each["rule"])), each) for each in reasons)
    return [f"{str(text) % {'seen': each['seen']}} (+{each['points']})" for text, each in texts]


def _velocity(facts: Facts) -> Iterator[Sign]:
    for kind, limit in VELOCITY.items():
        seen = facts.others.get(kind, Seen())
        if seen.hour > limit.hour:
            yield Sign(rule=f"{kind}_hour", points=limit.points, seen=seen.hour)
        elif seen.day > limit.day:
            yield Sign(rule=f"{kind}_day", points=limit.points, seen=seen.day)


def _counts(facts: Facts) -> Iterator[Sign]:
    found = (
        ("failures", facts.failures, FAILURES),
        ("cards", facts.cards, CARDS),
        ("phones", facts.phones, PHONES),
    )
    for rule, seen, steps in found:
        points = next((points for least, points in steps if seen >= least), 0)
        if points:
            yield Sign(rule=rule, points=points, seen=seen)


def _amount(facts: Facts) -> Iterator[Sign]:
    """Much more than this buyer, or anybody here, usually spends."""
    if facts.largest_paid and facts.paid_orders >= OWN_ORDERS_TO_JUDGE:
        times = int(facts.total / facts.largest_paid)
        if times >= TIMES_OWN_LARGEST:
            yield Sign(rule="own_history", points=25, seen=times)
    if not facts.typical:
        return
    times = int(facts.total / facts.typical)
    if times >= TIMES_TYPICAL:
        yield Sign(rule="market_typical", points=20, seen=times)
    if facts.is_new_buyer and times >= TIMES_TYPICAL_WHEN_NEW:
        yield Sign(rule="new_and_high", points=25, seen=times)


def _countries(facts: Facts) -> Iterator[Sign]:
    if facts.foreign_phone:
        yield Sign(rule="foreign_phone", points=25, seen=1)
    if facts.foreign_account:
        yield Sign(rule="foreign_account", points=15, seen=1)


def _past(facts: Facts) -> Iterator[Sign]:
    if facts.rejected_before:
        yield Sign(rule="rejected_before", points=60, seen=1)


RULES: tuple[Callable[[Facts], Iterator[Sign]], ...] = (_velocity, _counts, _amount, _countries, _past)
