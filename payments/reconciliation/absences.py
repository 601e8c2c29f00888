"""What our books say happened at a company, and whether its statements show it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from payments.models import (
    Difference,
    DifferenceKind,
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

COLLECTED = (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)


def miss(statement: Statement) -> None:
    """What our books say happened at this company in these days, and no statement has shown yet."""
    shown = StatementLine.objects.filter(statement__company=statement.company)
    missing: list[Difference] = []
    for name, rows, moment in ours(statement.company, statement.first_day, statement.last_day):
        sign = 1 if name == "payment" else -1
        for each in rows.exclude(Exists(shown.filter(**{name: OuterRef("pk")}))):
            links: dict[str, Any] = {name: each}
            missing.append(
                Difference(
                    company=statement.company,
                    market_code=statement.market_code,
                    kind=DifferenceKind.MISSING_THERE,
                    key=f"{DifferenceKind.MISSING_THERE}:{name}:{each.pk}",
                    day=day_of(getattr(each, moment), statement.market),
                    expected=sign * each.amount,
                    currency=each.currency,
                    **links,
                )
            )
    Difference.objects.bulk_create(missing, ignore_conflicts=True)


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
