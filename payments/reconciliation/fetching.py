"""Statements of companies that give theirs by their API, for some days, through the same matching."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog
from celery import shared_task
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.money import round_amount
from payments import gateways
from payments.availability import watched
from payments.gateways.account import AccountRow
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent
from payments.gateways.errors import TooMuch
from payments.models import LineKind, Statement
from payments.reconciliation.findings import market_of
from payments.reconciliation.reconciling import AlreadyImported, import_statement
from payments.reconciliation.statement_formats import FORMATS, Row

log = structlog.get_logger(__name__)

# So many days again each morning: what was not to be had yesterday is made up for.
EACH_DAY = 3


class OtherMoney(Exception):
    """A row about money that buyers of this market do not pay in: nothing of it can be compared."""


def companies() -> list[str]:
    """Those that give their statements by API, and whose keys we have."""
    ready = (code for code in sorted(gateways.codes()) if gateways.is_ready(code) and code in FORMATS)
    return [code for code in ready if gateways.get(code).lists_account]


def fetch(*, company: str, first: date, last: date, by: User | None) -> Statement:
    """Ask the company about these days and take in what is new. Never inside a transaction.

    Raises GatewayUnavailable, NotSent, TooMuch, Misconfigured, OtherMoney or AlreadyImported.
    """
    zone = ZoneInfo(market_of(company).time_zone)
    since = datetime.combine(first, datetime.min.time(), zone)
    until = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    with watched(company, rests_on_wrong_keys=False):  # they may serve for payments all the same
        found = gateways.get(company).account_rows(since, until)
    oldest_first = sorted(found, key=lambda each: (each.at, each.number))
    rows = [_row(company, number, each) for number, each in enumerate(oldest_first, start=1)]
    content = hashlib.sha256(repr((first, last, oldest_first)).encode()).digest()
    days = (first, last)
    name = f"API {first} – {last}"
    return import_statement(company=company, rows=rows, content=content, by=by, file_name=name, days=days)


def _row(company: str, number: int, found: AccountRow) -> Row:
    """In our money. What was settled in another is what the buyer paid, and a fee at the rate of that row."""
    currency, settled_in = FORMATS[company].currency, found.settled.currency.code
    if found.paid is not None and found.paid.currency.code != currency:
        raise OtherMoney(f"{found.number}: {found.paid}")
    amount, fee = found.settled.amount, found.fee.amount
    if settled_in != currency:
        known = found.paid is not None and found.rate is not None
        amount = found.paid.amount if known and found.paid else Decimal(0)
        fee = round_amount(fee / found.rate, currency) if known and found.rate else Decimal(0)
    exchanged = settled_in != currency
    return Row(
        number=number,
        kind=LineKind(found.kind),
        reference=found.reference,
        company_reference=found.number,
        amount=amount,
        fee=fee,
        currency=currency,
        happened_at=found.at,
        settled_currency=settled_in if exchanged else "",
        settled_amount=found.settled.amount if exchanged else None,
        settled_fee=found.fee.amount if exchanged else None,
        exchange_rate=found.rate if exchanged and found.paid is not None else None,
    )


@shared_task
def fetch_all(now: datetime | None = None) -> int:
    """Every morning the last days, of every company that can be asked."""
    return sum(_fetch_last_days(company, now or timezone.now()) for company in companies())


def _fetch_last_days(company: str, now: datetime) -> bool:
    today = timezone.localdate(now, ZoneInfo(market_of(company).time_zone))
    first, last = today - timedelta(days=EACH_DAY), today - timedelta(days=1)
    try:
        fetch(company=company, first=first, last=last, by=None)
    except AlreadyImported:
        return False
    except (GatewayUnavailable, NotSent, TooMuch, Misconfigured, OtherMoney) as error:
        log.error("statement_not_fetched", company=company, error=str(error))
        return False
    return True
