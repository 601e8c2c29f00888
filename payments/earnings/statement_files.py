"""A month's statement as a table for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace.spreadsheets import neutral
from payments.earnings import seller_statements
from payments.earnings.months import Month
from payments.earnings.seller_statements import Line
from payments.models import LedgerEntry, Movement
from sellers.models import Seller

CHUNK = 500


def csv_of(seller: Seller, month: Month) -> bytes:
    """Oldest first, with a balance that runs along; the mark in front tells spreadsheets that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_header())
    with timezone.override(seller.market.time_zone):
        writer.writerows(_row(line) for line in month_lines(seller, month))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def month_lines(seller: Seller, month: Month, limit: int | None = None) -> list[Line]:
    """The whole month, oldest first; of too many, the newest."""
    entries = seller_statements.entries_in(seller, month)
    newest_first: list[Line] = []
    for chunk in _chunks(entries[:limit] if limit else entries):
        newest_first += seller_statements.lines(seller, chunk, with_balance=True)
    return newest_first[::-1]


def _chunks(entries: QuerySet[LedgerEntry]) -> Iterator[list[LedgerEntry]]:
    rows = entries.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _header() -> list[str]:
    return [
        _("Date"),
        pgettext("statement", "Kind"),
        _("Reference"),
        _("Order"),
        _("Total"),
        _("Our commission"),
        _("Tax on the commission"),
        _("Your amount"),
        _("Balance"),
        _("Currency"),
        _("Commission"),
        _("Payout"),
        _("Reason"),
    ]


def _row(line: Line) -> list[object]:
    """Words are not computed; numbers stay numbers, with a point and no currency."""
    entry, part = line.entry, line.part
    total = commission = tax = ""
    if entry.kind == Movement.SALE and part:
        total, commission, tax = str(part.total), str(-part.commission), str(-part.commission_tax)
    elif entry.refund:
        refund = entry.refund
        total, commission, tax = str(-refund.amount), str(refund.commission), str(refund.commission_tax)
    return [
        f"{timezone.localtime(entry.posted_at):%Y-%m-%d %H:%M}",
        neutral(line.kind_label),
        neutral(line.reference),
        neutral(part.number if part else ""),
        total,
        commission,
        tax,
        str(line.amount),
        str(line.balance),
        line.currency,
        neutral(str(line.state_label)),
        neutral(line.payout.reference if line.payout else ""),
        neutral(line.reason),
    ]
