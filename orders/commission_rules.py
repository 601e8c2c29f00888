"""Commission rules over time: when one was last used, how one follows another, what one would have earned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from catalog.models import Category
from marketplace.markets.base import Market
from orders.commissions import Tariff
from orders.models import CommissionRule, OrderLine

ONE_DAY = timedelta(days=1)


def today(market: Market) -> date:
    return timezone.now().astimezone(ZoneInfo(market.time_zone)).date()


def last_use(rule: CommissionRule) -> date | None:
    """The last day an order was placed under it; its terms can no longer be changed."""
    lines = OrderLine.objects.filter(commission_rule=rule).order_by("-pk")
    placed_at = lines.values_list("seller_order__order__placed_at", flat=True).first()
    return placed_at.astimezone(ZoneInfo(rule.market.time_zone)).date() if placed_at else None


@transaction.atomic
def replace(*, old: CommissionRule, new: CommissionRule) -> None:
    """End one on the day before the other begins; what was sold in between keeps what was agreed."""
    locked = CommissionRule.objects.select_for_update(of=("self",)).get(pk=old.pk)
    new.save()
    end = new.starts_on - ONE_DAY
    if locked.ends_on is None or locked.ends_on > end:
        locked.ends_on = end
        locked.save(update_fields=["ends_on"])


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One day's lines under a rule that is not in force yet, beside what they were really charged."""

    day: date
    currency: str
    lines: int  # of that day
    touched: int  # those the rule would decide
    amount: Decimal
    charged: Decimal
    would_charge: Decimal


def preview(candidate: CommissionRule, *, day: date, instead_of: CommissionRule | None = None) -> Preview:
    """What the day's paid lines would have cost their sellers, had the rule been in force."""
    market = candidate.market
    tariff = Tariff(market=market, day=day)
    others = [rule for rule in tariff.rules if instead_of is None or rule.pk != instead_of.pk]
    candidate.covers = _covers(candidate)  # type: ignore[attr-defined]
    # Among equal positions the newer one is tried last.
    rules = sorted([*others, candidate], key=lambda rule: (rule.position, rule.pk or float("inf")))
    with_it = Tariff(market=market, day=day, rules=rules)
    lines = list(_sold_on(market, day))
    touched, amount, charged, would = 0, Decimal(0), Decimal(0), Decimal(0)
    for line in lines:
        product = line.variant.product  # type: ignore[union-attr]
        terms = with_it.terms_for(product=product, seller=product.seller)
        if terms.rule is not candidate:
            continue
        touched += 1
        amount += line.total
        charged += line.commission
        would += terms.commission(line.total, line.quantity, market.currency)
    return Preview(
        day=day,
        currency=market.currency,
        lines=len(lines),
        touched=touched,
        amount=amount,
        charged=charged,
        would_charge=would,
    )


def _covers(rule: CommissionRule) -> list[int]:
    chosen = rule.category_id
    if chosen is None:
        return []
    tree = dict(Category.objects.filter(market_code=rule.market_code).values_list("pk", "parent_id"))
    return [key for key in tree if chosen in _path(tree, key)]


def _path(tree: Mapping[int, int | None], key: int | None) -> Iterator[int]:
    while key is not None:
        yield key
        key = tree.get(key)


def _sold_on(market: Market, day: date) -> Iterator[OrderLine]:
    """The lines paid for on a day of the market whose goods still exist."""
    orders = {"market_code": market.code, "paid_at__date": day}
    found = OrderLine.objects.filter(
        variant__isnull=False, **{f"seller_order__order__{name}": value for name, value in orders.items()}
    )
    with timezone.override(market.time_zone):
        yield from found.select_related("variant__product__seller")
