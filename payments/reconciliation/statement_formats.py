"""How each company writes its statement: which column says what, and in which notation."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import LineKind

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000  # a few seconds in the request that brings them
MOST_ERRORS = 50
# Where the cells beyond the last column stand; no text we read has this character.
_TOO_MUCH = "\x00"


class UnreadableStatement(Exception):
    """The file as a whole cannot be read: no table, wrong columns, wrong encoding, too large."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A column map. `columns` names ours → theirs; amounts are decimal, or whole cents with `in_cents`.

    Refunds, payouts, fees and settlements leave us, so their amounts count as negative whatever sign
    the company writes. `kinds` maps the company's words to ours; a word it does not know is an error.
    `absent` is what counts where a column is not there at all. `prefix` stands before our reference
    where the company knows what leaves us by no other name.
    The layouts of the real statements come with the contracts: change them here, nowhere else.
    """

    company: str
    name: str | Promise
    columns: Mapping[str, str]
    kinds: Mapping[str, LineKind]
    currency: str
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    in_cents: bool = False
    decimal_comma: bool = False
    moment: str = ""  # strptime; empty: ISO 8601
    time_zone: str = "UTC"
    absent: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a statement, understood. `amount` is signed: positive is money the company received."""

    number: int
    kind: LineKind
    reference: str
    company_reference: str
    amount: Decimal
    fee: Decimal
    currency: str
    happened_at: datetime
    settled_currency: str = ""
    settled_amount: Decimal | None = None
    settled_fee: Decimal | None = None
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class RowError:
    number: int
    column: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """Either rows to import, or errors to show: a file with one bad row is not imported at all."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


_USUAL = {
    "kind": "type",
    "reference": "reference",
    "company_reference": "id",
    "amount": "amount",
    "fee": "fee",
    "currency": "currency",
    "happened_at": "date",
}
_WORDS = {
    "payment": LineKind.CHARGE,
    "refund": LineKind.REFUND,
    "payout": LineKind.PAYOUT,
    "fee": LineKind.FEE,
    "settlement": LineKind.SETTLEMENT,
    "returned": LineKind.RETURNED,
    "refund_failure": LineKind.RETURNED,  # Stripe's word
}
# What leaves a company, whatever sign it writes.
LEAVING = (LineKind.REFUND, LineKind.PAYOUT, LineKind.FEE, LineKind.SETTLEMENT)
# Rows that no row of ours answers to: a person explains them. The taxes are those that acquirers withhold.
_OTHERS = (
    "chargeback", "dispute", "reversal", "adjustment", "deposit", "top_up", "topup",
    "withholding", "retefuente", "reteica", "reteiva",
)  # fmt: skip


_KINDS = _WORDS | dict.fromkeys(_OTHERS, LineKind.OTHER)


def _format(company: str, name: str | Promise, currency: str, **changes: object) -> Format:
    usual = {"company": company, "name": name, "currency": currency, "columns": _USUAL, "kinds": _KINDS}
    return Format(**usual | changes)  # type: ignore[arg-type]


# The daily file of the counters: date, point_id, receipt_number, code, amount.
_CASH = _USUAL | {"reference": "code", "company_reference": "receipt_number"}
_CASH_ABSENT = {"kind": "payment", "fee": "0", "currency": "COP"}
FORMATS: Mapping[str, Format] = {
    each.company: each
    for each in (
        _format("wompi", "Wompi", "COP", in_cents=True, time_zone="America/Bogota"),
        _format(
            "wompi_payouts", gettext_lazy("Wompi, payouts"), "COP", in_cents=True, time_zone="America/Bogota"
        ),
        _format("payu", "PayU", "COP", delimiter=";", decimal_comma=True, time_zone="America/Bogota"),
        _format(
            "efecty",
            gettext_lazy("Efecty, our own codes"),
            "COP",
            columns=_CASH,
            absent=_CASH_ABSENT,
            time_zone="America/Bogota",
        ),
        _format("mpesa", "M-Pesa", "MZN", time_zone="Africa/Maputo", prefix="R"),
        _format("mpesa_b2c", gettext_lazy("M-Pesa, payouts"), "MZN", time_zone="Africa/Maputo"),
        _format("emola", "e-Mola", "MZN", time_zone="Africa/Maputo"),
        _format(
            "emola_b2c", gettext_lazy("e-Mola, payouts"), "MZN", time_zone="Africa/Maputo", prefix="E000"
        ),
        _format("stripe", "Stripe", "MZN", in_cents=True),
        _format(
            "bank_file",
            gettext_lazy("Our bank, payouts"),
            "MZN",
            delimiter=";",
            decimal_comma=True,
            time_zone="Africa/Maputo",
        ),
    )
}


def name_of(company: str) -> str:
    """As people call it."""
    layout = FORMATS.get(company)
    return str(layout.name) if layout else company


def read(company: str, content: bytes) -> Parsed:
    """Understand a file of this company. Raises UnreadableStatement, or KeyError for no company of ours."""
    layout = FORMATS[company]
    table = _table(layout, content)
    rows: list[Row] = []
    errors: list[RowError] = []
    for number, cells in table:
        if number > MOST_ROWS + 1:  # with the names of the columns
            raise UnreadableStatement(
                _("More than %(count)d rows. Import it in parts.") % {"count": MOST_ROWS}
            )
        understood = _row(layout, number, cells)
        if isinstance(understood, Row):
            rows.append(understood)
        else:
            errors += understood
        if len(errors) >= MOST_ERRORS:
            break
    if not rows and not errors:
        raise UnreadableStatement(_("There is no row in this file."))
    return Parsed(errors=errors) if errors else Parsed(rows=rows)


def _table(layout: Format, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise UnreadableStatement(_("This file is too large. Import it in parts."))
    try:
        text = content.decode(layout.encoding)
    except UnicodeDecodeError:
        raise UnreadableStatement(_("This file is not text in UTF-8.")) from None
    if "\x00" in text:
        raise UnreadableStatement(_("This file is not a table of text."))
    reader = csv.DictReader(io.StringIO(text), delimiter=layout.delimiter, restkey=_TOO_MUCH, strict=True)
    try:
        _check_columns(layout, reader.fieldnames or [])
        for cells in reader:
            yield reader.line_num, {name: value or "" for name, value in cells.items()}
    except csv.Error:
        raise UnreadableStatement(_("This file is not a table of text.")) from None


def _check_columns(layout: Format, found: Sequence[str]) -> None:
    needed = [theirs for name, theirs in layout.columns.items() if name not in layout.absent]
    missing = [name for name in needed if name not in found]
    if missing == needed:
        text = _(
            "Not one column is as expected. Is this a statement of %(name)s, with “%(mark)s” in between?"
        )
        raise UnreadableStatement(text % {"name": layout.name, "mark": layout.delimiter})
    if missing:
        raise UnreadableStatement(_("These columns are missing: %(names)s") % {"names": ", ".join(missing)})


def _row(layout: Format, number: int, cells: Mapping[str, str]) -> Row | list[RowError]:
    if _TOO_MUCH in cells:
        return [
            RowError(number=number, column="", problem=_("This row has more cells than there are columns."))
        ]
    given = {
        name: cells.get(theirs, layout.absent.get(name, "")).strip()
        for name, theirs in layout.columns.items()
    }
    kind = layout.kinds.get(given["kind"].lower())
    amount, fee = _amount(layout, given["amount"]), _amount(layout, given["fee"] or "0")
    moment = _moment(layout, given["happened_at"])
    if kind is None or amount is None or fee is None or moment is None or _misfits(layout, given):
        problems = {
            "kind": _("“%(word)s” is no kind of row we know.") if kind is None else "",
            "amount": _("“%(word)s” is not an amount.") if amount is None else "",
            "fee": _("“%(word)s” is not an amount.") if fee is None else "",
            "happened_at": _("“%(word)s” is not a date.") if moment is None else "",
        } | _misfits(layout, given)
        return [
            RowError(
                number=number,
                column=layout.columns[name],
                problem=text % {"word": given[name][:40]} if given[name] else _("This cell is empty."),
            )
            for name, text in problems.items()
            if text
        ]
    return Row(
        number=number,
        kind=kind,
        reference=given["reference"],
        company_reference=given["company_reference"],
        amount=-abs(amount) if kind in LEAVING else amount,
        fee=fee,
        currency=layout.currency,
        happened_at=moment,
    )


def _misfits(layout: Format, given: Mapping[str, str]) -> dict[str, str]:
    """Cells that are text, but not text we can keep."""
    found: dict[str, str] = {}
    if given["currency"].upper() != layout.currency:
        found["currency"] = _("“%(word)s” is not the currency of this company.")
    for name in ("reference", "company_reference"):
        if len(given[name]) > 80:
            found[name] = _("“%(word)s…” is longer than 80 characters.")
    return found


# 1234.5 or, with a decimal comma, 1234,5 and 1.234,5: a notation of somebody else's is an error, not a guess.
_WITH_POINT = re.compile(r"[+-]?[0-9]{1,14}(\.[0-9]{1,4})?")
_WITH_COMMA = re.compile(r"[+-]?([0-9]{1,14}|[0-9]{1,3}(\.[0-9]{3}){1,4})(,[0-9]{1,4})?")


def _amount(layout: Format, text: str) -> Decimal | None:
    if not (_WITH_COMMA if layout.decimal_comma else _WITH_POINT).fullmatch(text):
        return None
    amount = Decimal(text.replace(".", "").replace(",", ".") if layout.decimal_comma else text)
    if abs(amount) >= Decimal("1e12"):
        return None
    amount = amount / 100 if layout.in_cents else amount
    return amount if amount == amount.quantize(Decimal("0.01")) else None


def _moment(layout: Format, text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, layout.moment) if layout.moment else datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(layout.time_zone))
        return aware.astimezone(UTC) if 2000 <= aware.year <= 2100 else None
    except (ValueError, OverflowError):
        return None
