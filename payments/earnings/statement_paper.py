"""A month's statement as PDF."""

from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.markets.base import Market
from marketplace.money import Money, format_money
from payments.earnings import seller_statements
from payments.earnings.months import Month
from payments.earnings.paper import Paper
from payments.earnings.seller_statements import Line
from payments.earnings.statement_files import month_lines
from payments.models import Movement
from sellers.models import Seller

# More would keep a web worker busy too long; the table for spreadsheets has them all.
MOST_LINES = 2000


def pdf_of(seller: Seller, month: Month) -> bytes:
    """In the reader's language and the market's time; everything of the month, oldest first."""
    market = seller.market
    title = _("Statement, %(month)s") % {"month": date_format(month.first, "YEAR_MONTH_FORMAT")}
    with timezone.override(market.time_zone):
        paper = Paper(market=market, title=title, subtitle=seller.business_name)
        today = date_format(timezone.localdate(), "SHORT_DATE_FORMAT")
        paper.facts(
            [(_("Store"), seller.business_name), (_("Name"), seller.legal_name), (_("Made on"), today)]
        )
        _summarise(paper, seller, month)
        _list(paper, month_lines(seller, month, MOST_LINES), market)
    return paper.read()


def _summarise(paper: Paper, seller: Seller, month: Month) -> None:
    figures, market = seller_statements.summary(seller, month), seller.market
    paper.sums(
        [
            (_("Balance at the beginning"), written(figures.opening, market)),
            (_("Sales"), written(figures.sales, market)),
            (_("Refunds"), written(figures.refunds, market)),
            (_("Corrections"), written(figures.corrections, market)),
            (_("Payouts"), written(figures.payouts, market)),
            (_("Balance at the end"), written(figures.closing, market)),
        ]
    )


def _list(paper: Paper, lines: list[Line], market: Market) -> None:
    if not lines:
        paper.note(_("Nothing happened in this month."))
        return
    head = (
        _("Date"),
        _("What"),
        _("Total"),
        _("Our commission"),
        _("Tax on the commission"),
        _("Your amount"),
        _("Balance"),
    )
    rows = [_row(line, market) for line in lines]
    paper.table(head, rows, widths=(13, 35, 16, 16, 16, 17, 18), numbers=5)
    if len(lines) == MOST_LINES:
        text = _("Only the newest %(count)d movements are listed; the table for spreadsheets has them all.")
        paper.note(text % {"count": MOST_LINES})


def _row(line: Line, market: Market) -> tuple[str, ...]:
    entry, part = line.entry, line.part
    total = commission = tax = ""
    if entry.kind == Movement.SALE and part:
        total = written(part.total, market)
        commission, tax = written(-part.commission, market), written(-part.commission_tax, market)
    elif entry.refund:
        total = written(-entry.refund.amount, market)
        commission = written(entry.refund.commission, market)
        tax = written(entry.refund.commission_tax, market)
    what = " · ".join(word for word in (line.kind_label, line.reference, line.reason) if word)
    day = date_format(timezone.localtime(entry.posted_at), "SHORT_DATE_FORMAT")
    return day, what, total, commission, tax, written(line.amount, market), written(line.balance, market)


def written(amount: Decimal | None, market: Market) -> str:
    """As on the page; below zero with a sign in front."""
    if amount is None:
        return ""
    shown = format_money(Money(abs(amount), market.currency), get_language() or "en")
    return f"\N{MINUS SIGN}{shown}" if amount < 0 else shown
