"""What the marketplace keeps of a line: the rules of a day in their order, the first that fits (MA-08)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from babel.numbers import format_percent
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.models import Category, Product
from marketplace.markets.base import Market
from marketplace.money import COINS, Money, format_money, round_amount, share
from orders.models import CommissionRule, OrderLine
from sellers.models import MAX_COMMISSION, Seller

# Frozen on a line in place of a rule's name.
OWN_RATE, USUAL_RATE = "own", "usual"
_TITLES = {OWN_RATE: gettext_lazy("Rate agreed with your store"), USUAL_RATE: gettext_lazy("Usual rate")}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """By what a line is charged; a rule, or the rate that holds without one."""

    rate: Decimal
    flat: Decimal = Decimal(0)
    floor: Decimal | None = None
    cap: Decimal | None = None
    name: str = USUAL_RATE
    rule: CommissionRule | None = None

    def commission(self, amount: Decimal, quantity: int, currency: str) -> Decimal:
        """Rate and flat within floor and cap, in whole coins; never more than half of the amount."""
        wanted = round_amount(self.rate * amount + self.flat * quantity, currency)
        if self.floor is not None:
            wanted = max(wanted, self.floor)
        if self.cap is not None:
            wanted = min(wanted, self.cap)
        most = amount * MAX_COMMISSION
        return min(wanted, most - most % COINS[currency])


@dataclass(frozen=True, kw_only=True)
class Commission:
    """What a line is charged, and why."""

    terms: Terms
    amount: Decimal
    tax: Decimal


class Tariff:
    """The rules of a market on one day; read at the first question, so that cart pages pay nothing."""

    def __init__(self, *, market: Market, day: date, rules: Sequence[CommissionRule] | None = None) -> None:
        self.market, self.day = market, day
        if rules is not None:
            self.rules = rules

    @cached_property
    def rules(self) -> Sequence[CommissionRule]:
        return list(in_force(self.market, self.day))

    def terms_for(self, *, product: Product, seller: Seller) -> Terms:
        """The first rule that fits; else the rate agreed with the seller, else the market's."""
        rule = next((rule for rule in self.rules if _fits(rule, product, seller)), None)
        if rule:
            return terms_of(rule)
        if seller.commission_rate is not None:
            return Terms(rate=seller.commission_rate, name=OWN_RATE)
        return Terms(rate=self.market.commission_rate)

    def charge(self, *, product: Product, seller: Seller, amount: Decimal, quantity: int) -> Commission:
        """`amount` is what the buyer pays for the line, its tax included."""
        terms = self.terms_for(product=product, seller=seller)
        commission = terms.commission(amount, quantity, self.market.currency)
        tax_rate = self.market.tax_rate(self.market.commission_tax_class, self.day)
        return Commission(
            terms=terms, amount=commission, tax=share(commission, tax_rate, self.market.currency)
        )


def in_force(market: Market, day: date) -> QuerySet[CommissionRule]:
    """In the order in which they are tried, each with the categories it `covers`: one query."""
    begun = CommissionRule.objects.filter(market_code=market.code, starts_on__lte=day)
    return covering(begun.filter(Q(ends_on=None) | Q(ends_on__gte=day))).order_by("position", "pk")


def covering(rules: QuerySet[CommissionRule]) -> QuerySet[CommissionRule]:
    """With `covers`: the ids of the rule's category and of all below it."""
    chosen = OuterRef("category")
    below = Category.objects.filter(Q(pk=chosen) | Q(parent=chosen) | Q(parent__parent=chosen))
    return rules.annotate(covers=ArraySubquery(below.order_by("pk").values("pk")))


def terms_of(rule: CommissionRule) -> Terms:
    return Terms(rate=rule.rate, flat=rule.flat, floor=rule.floor, cap=rule.cap, name=rule.name, rule=rule)


def title_of(line: OrderLine) -> str | Promise:
    """By what a sold line was charged, as its seller reads it."""
    return _TITLES.get(line.commission_name, line.commission_name) or _TITLES[USUAL_RATE]


def explain(line: OrderLine, market: Market) -> str:
    """Its terms in words: `8%, and $ 100 for each unit, at most $ 5.000`."""
    language = get_language() or "en"

    def written(amount: Decimal) -> str:
        return format_money(Money(amount, market.currency), language)

    terms = []
    if line.commission_rate or not line.commission_flat:
        terms.append(format_percent(line.commission_rate, "#,##0.##%", locale=language))
    if line.commission_flat:
        terms.append(_("%(amount)s for each unit") % {"amount": written(line.commission_flat)})
    rule = line.commission_rule
    if rule and rule.floor is not None:
        terms.append(_("at least %(amount)s") % {"amount": written(rule.floor)})
    if rule and rule.cap is not None:
        terms.append(_("at most %(amount)s") % {"amount": written(rule.cap)})
    return ", ".join(terms)


def _fits(rule: CommissionRule, product: Product, seller: Seller) -> bool:
    """Every target the rule names is met; one that names none fits everything."""
    return (
        rule.product_id in (None, product.pk)
        and rule.seller_id in (None, seller.pk)
        and (rule.category_id is None or product.category_id in rule.covers)  # type: ignore[attr-defined]
    )
