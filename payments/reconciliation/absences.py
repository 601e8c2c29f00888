"""What our books say happened at a company, and whether its statements show it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from payments.models import (
    Difference,
    DifferenceKind,
    LineKind,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Refund,
    RefundStatus,
    Statement,
    StatementLine,
)
from payments.reconciliation.findings import day_of, market_of
from payments.reconciliation.matching import came_back

COLLECTED = (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)


def miss(statement: Statement) -> None:
    """What our books say happened at this company in these days, and no statement has shown yet."""
    missing: list[Difference] = []
    for name, rows, moment in ours(statement.company, statement.first_day, statement.last_day):
        sign = 1 if name == "payment" else -1
        for each in unshown(rows, name, statement.company):
            links: dict[str, Any] = {name: each}
            again = f":{each.back}" if each.back else ""  # left once more, after it had come back
            missing.append(
                Difference(
                    company=statement.company,
                    market_code=statement.market_code,
                    kind=DifferenceKind.MISSING_THERE,
                    key=f"{DifferenceKind.MISSING_THERE}:{name}:{each.pk}{again}",
                    day=day_of(getattr(each, moment), statement.market),
                    expected=sign * each.amount,
                    currency=each.currency,
                    **links,
                )
            )
    Difference.objects.bulk_create(missing, ignore_conflicts=True)


def unshown(rows: QuerySet[Any], name: str, company: str) -> QuerySet[Any]:
    """Those that no statement has shown as often as they came in, or left and came back and left again."""
    shown = StatementLine.objects.filter(statement__company=company, **{name: OuterRef("pk")})
    repeated = Difference.objects.filter(kind=DifferenceKind.DUPLICATE, line__is_matched=False)
    shown = shown.exclude(Q(kind=LineKind.RETURNED) | Exists(repeated.filter(line=OuterRef("pk"))))
    if name == "payment":
        return rows.exclude(Exists(shown)).annotate(back=Value(0))
    back = came_back(company).filter(**{name: OuterRef("pk")})
    return rows.annotate(back=_count(back, name), shown=_count(shown, name)).filter(shown__lte=F("back"))


def _count(rows: QuerySet[Any], name: str) -> Coalesce:
    counted = rows.order_by().values(name).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def ours(company: str, first: date, last: date) -> list[tuple[str, QuerySet[Any], str]]:
    """Payments, refunds and payouts of these days: the link of a line, the rows, their moment."""
    zone = ZoneInfo(market_of(company).time_zone)
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)

    def within(column: str) -> dict[str, Any]:
        return {f"{column}__gte": start, f"{column}__lt": end}

    payments = Payment.objects.filter(gateway=company, status__in=COLLECTED, **within("settled_at"))
    refunds = Refund.objects.filter(status=RefundStatus.SUCCEEDED, **within("ended_at"))
    direct = refunds.filter(rail="", payment__gateway=company) | refunds.filter(rail=company)
    payouts = Payout.objects.filter(rail=company, status=PayoutStatus.PAID, **within("ended_at"))
    return [
        ("payment", payments, "settled_at"),
        ("refund", direct, "ended_at"),
        ("payout", payouts, "ended_at"),
    ]
