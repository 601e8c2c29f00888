"""The statements that pretend companies give out: one CSV for each, in its own layout."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from . import efecty, emola, mpesa
from .memory import STORE, switch

COLUMNS = ("type", "id", "reference", "amount", "fee", "currency", "date")
CASH_COLUMNS = ("date", "point_id", "receipt_number", "code", "amount")  # the daily file of the counters


@dataclass(frozen=True, kw_only=True)
class Line:
    """`amount` in whole pesos or meticais, positive; `moment` in seconds since 1970."""

    kind: str
    id: str
    reference: str
    amount: Decimal
    moment: float
    fee: Decimal = Decimal(0)


def _wompi() -> Iterator[Line]:
    for each in STORE.find("transaction"):
        if each["status"] not in ("APPROVED", "VOIDED"):
            continue
        amount, moment = Decimal(each["amount_in_cents"]) / 100, _seconds(each["finalized_at"])
        fee = ((amount * Decimal("0.0265") + 700) * Decimal("1.19")).quantize(Decimal(1))
        line = {"id": each["id"], "amount": amount, "moment": moment}
        yield Line(kind="payment", reference=each["reference"], fee=fee, **line)
        if each["status"] == "VOIDED":
            yield Line(kind="refund", reference="", **line)


def _wompi_payouts() -> Iterator[Line]:
    for each in STORE.find("payout_row"):
        if each["status"] == "APPROVED":
            amount = Decimal(each["amountInCents"]) / 100
            moment = _seconds(each["createdAt"])
            reference = each["reference"]
            yield Line(kind="payout", id=each["id"], reference=reference, amount=amount, moment=moment)


def _mpesa(operation: str, kind: str) -> Iterator[Line]:
    for each in STORE.find("mpesa", operation=operation):
        if mpesa.state_of(each) == "Completed":
            amount = Decimal(each["amount"])
            fee = (amount * Decimal("0.015")).quantize(Decimal("0.01")) if kind == "payment" else Decimal(0)
            yield Line(
                kind=kind,
                id=each["transaction"],
                reference=each["reference"],
                amount=amount,
                fee=fee,
                moment=each["opened_at"],
            )


def _emola(operation: str, kind: str) -> Iterator[Line]:
    for each in STORE.find("emola", operation=operation):
        if emola.state_of(each) in ("0", "00"):
            amount = Decimal(each["amount"])
            fee = (amount * Decimal("0.015")).quantize(Decimal("0.01")) if kind == "payment" else Decimal(0)
            moment = int(each["request"]) / 1e9
            line = {"id": each["request"], "reference": each["reference"], "moment": moment}
            yield Line(kind=kind, amount=amount, fee=fee, **line)


def _payu() -> Iterator[Line]:
    for each in STORE.find("payu", state="APPROVED"):
        order = STORE.get("payu_order", each["reference"]) or {}
        is_payment = each["type"] == "AUTHORIZATION_AND_CAPTURE"
        amount = Decimal(str(each.get("value") or order["value"]))
        fee = ((amount * Decimal("0.0349") + 900) * Decimal("1.19")).quantize(Decimal(1))
        yield Line(
            kind="payment" if is_payment else "refund",
            id=f"{each['order']}:{each['id']}" if is_payment else each["id"],
            reference=each["reference"] if is_payment else _refund_reference(each["id"]),
            amount=amount,
            fee=fee if is_payment else Decimal(0),
            moment=each["at"] / 1000,
        )


def _refund_reference(key: str) -> str:
    """Shops put their own number first into the reason of a refund."""
    words = str((STORE.get("payu_refund", key) or {}).get("reason", "")).split()
    return words[0] if words else ""


def _stripe() -> Iterator[Line]:
    for each in STORE.find("stripe_session", payment_status="paid"):
        amount = Decimal(each["amount_total"]) / 100
        fee = (amount * Decimal("0.029") + 20).quantize(Decimal("0.01"))
        line = {"id": each["id"], "reference": each["client_reference_id"], "moment": each["created"]}
        yield Line(kind="payment", amount=amount, fee=fee, **line)
    for each in STORE.find("stripe_refund"):
        reference = each.get("metadata", {}).get("reference", "")
        line = {"id": each["id"], "reference": reference, "amount": Decimal(each["amount"]) / 100}
        if each["status"] in ("succeeded", "failed"):
            yield Line(kind="refund", moment=each["created"], **line)
        if each["status"] == "failed":
            yield Line(kind="refund_failure", moment=each["created"], **line)


def _mpesa_all() -> Iterator[Line]:
    yield from _mpesa("C2B", "payment")
    yield from _mpesa("Reversal", "refund")


def _efecty() -> Iterator[Line]:
    for each in STORE.find("efecty", taken=True):
        amount, line = Decimal(each["amount"]), {"id": each["id"], "reference": each["code"]}
        yield Line(kind="payment", amount=amount, moment=each["moment"], **line)


_LINES: dict[str, tuple[str, Callable[[], Iterator[Line]]]] = {
    "wompi": ("COP", _wompi),
    "wompi_payouts": ("COP", _wompi_payouts),
    "payu": ("COP", _payu),
    "efecty": ("COP", _efecty),
    "mpesa": ("MZN", _mpesa_all),
    "mpesa_b2c": ("MZN", lambda: _mpesa("B2C", "payout")),
    "emola": ("MZN", lambda: _emola("C2B", "payment")),
    "emola_b2c": ("MZN", lambda: _emola("B2C", "payout")),
    "stripe": ("MZN", _stripe),
}
COMPANIES = tuple(_LINES)
IN_CENTS = ("wompi", "wompi_payouts", "stripe")
WITH_COMMA = ("payu",)


@require_GET
def show_statement(request: HttpRequest, company: str) -> HttpResponse:
    """Everything this company has done, oldest first; the switch `statement_trouble` spoils it."""
    if company not in _LINES:
        raise Http404
    currency, find = _LINES[company]
    lines = _spoilt(sorted(find(), key=lambda line: line.moment))
    written = io.StringIO()
    table = csv.writer(written, delimiter=";" if company in WITH_COMMA else ",")
    table.writerow(CASH_COLUMNS if company == "efecty" else COLUMNS)
    for line in lines:
        date = datetime.fromtimestamp(line.moment, UTC).isoformat(timespec="seconds")
        amounts = (_written(company, line.amount), _written(company, line.fee))
        if company == "efecty":
            table.writerow((date, efecty.POINT, line.id, line.reference, amounts[0]))
        else:
            table.writerow((line.kind, line.id, line.reference, *amounts, currency, date))
    response = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{company}.csv"'
    return response


def _spoilt(lines: list[Line]) -> list[Line]:
    trouble = switch("statement_trouble")
    if trouble == "lose_last":
        return lines[:-1]
    if trouble == "double_last":
        return [*lines, *lines[-1:]]
    return lines


def _written(company: str, amount: Decimal) -> str:
    if company in IN_CENTS:
        return str(int(amount * 100))
    return f"{amount:.2f}".replace(".", ",") if company in WITH_COMMA else f"{amount:.2f}"


def _seconds(text: Any) -> float:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
