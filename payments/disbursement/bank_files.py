"""Payouts by bank: one person makes the list, another lets it go, and only then is it taken to the bank."""

import csv
import io
import json
import secrets
from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from marketplace import markets
from marketplace.accounts.models import User
from marketplace.markets.base import Market
from marketplace.spreadsheets import neutral
from payments.disbursement.two_people import SamePerson, refuse_the_paid
from payments.models import Payout, PayoutEvent, PayoutFile, PayoutStatus
from sellers.models import SellerStatus

RAIL = "bank_file"
DOWNLOADED = "downloaded"  # the event of a payout whose list was taken
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_STORE_MAY_BE_PAID = {"seller__payouts_frozen_at": None, "seller__status": SellerStatus.APPROVED}


class NothingWaiting(Exception):
    """No payout of this country waits for a list."""


class NotPossible(Exception):
    """The list was let go, called off or emptied already."""


class NotLetGo(Exception):
    """Before a second person has agreed, nobody gets the list."""


class NothingLeft(Exception):
    """The bank has answered for every payout of the list, or their stores rest."""


def waiting(market: Market) -> QuerySet[Payout]:
    """Payouts that no list carries yet; a store that is frozen or suspended waits outside."""
    return Payout.objects.filter(
        market_code=market.code,
        rail=RAIL,
        status=PayoutStatus.SENDING,
        file=None,
        **_STORE_MAY_BE_PAID,
    ).order_by("pk")


@transaction.atomic
def make(*, market: Market, by: User) -> PayoutFile:
    """One list of everything that waits. Two people at once make one list. Raises NothingWaiting."""
    found = list(waiting(market).select_for_update(of=("self",)))
    if not found:
        raise NothingWaiting
    file = PayoutFile.objects.create(
        number="B" + "".join(secrets.choice(_ALPHABET) for _ in range(9)),
        market_code=market.code,
        rail=RAIL,
        total=sum((payout.amount for payout in found), Decimal(0)),
        currency=market.currency,
        made_by=by,
    )
    Payout.objects.filter(pk__in=[payout.pk for payout in found]).update(file=file)
    for payout in found:
        payout.record("listed", file.number, by=by)
    return file


@transaction.atomic
def let_go(*, file: PayoutFile, by: User) -> None:
    """From now on it may be taken to the bank. Raises SamePerson or NotPossible.

    Payouts of stores that were frozen or suspended meanwhile stay behind.
    """
    file = PayoutFile.objects.select_for_update().get(pk=file.pk)
    refuse_the_paid(by, seller__payouts__file=file)
    if by.pk == file.made_by_id:
        raise SamePerson
    if file.approved_at or file.called_off_at:
        raise NotPossible
    rests = Q(seller__payouts_frozen_at__isnull=False) | ~Q(seller__status=SellerStatus.APPROVED)
    file.payouts.filter(rests).update(file=None)
    left = file.payouts.aggregate(count=Count("pk"), total=Sum("amount"))
    if not left["count"]:
        raise NotPossible
    PayoutFile.objects.filter(pk=file.pk).update(
        approved_by=by, approved_at=timezone.now(), total=left["total"]
    )
    for payout in file.payouts.all():
        payout.record("let_go", file.number, by=by)


@transaction.atomic
def call_off(*, file: PayoutFile, by: User) -> None:
    """Not this list: its payouts wait for the next one. Raises NotPossible."""
    file = PayoutFile.objects.select_for_update().get(pk=file.pk)
    if file.approved_at or file.called_off_at:
        raise NotPossible
    PayoutFile.objects.filter(pk=file.pk).update(called_off_at=timezone.now())
    for payout in file.payouts.all():
        payout.record("list_called_off", file.number, by=by)
    file.payouts.update(file=None)


def last_download(file: PayoutFile) -> PayoutEvent | None:
    """Who has taken the list last, and when."""
    taken = PayoutEvent.objects.filter(payout__file=file, kind=DOWNLOADED, note=file.number)
    return taken.select_related("by").order_by("at").last()


@transaction.atomic
def take(file: PayoutFile, *, by: User) -> bytes:
    """The list for the bank; the history of every payout says who took it. Raises NotLetGo, NothingLeft."""
    content = write(file)
    for payout in undecided(file):
        payout.record(DOWNLOADED, file.number, by=by)
    return content


def undecided(file: PayoutFile) -> QuerySet[Payout]:
    """What is still for the bank to pay; a store that was frozen or suspended since waits.

    What came back may stand in a newer list already: taken to the bank again it would be paid twice.
    """
    waiting_ones = file.payouts.filter(status=PayoutStatus.SENDING, **_STORE_MAY_BE_PAID)
    return waiting_ones.select_related("destination").order_by("pk")


def write(file: PayoutFile) -> bytes:
    """The list as the bank reads it: the payouts it has not answered for. Raises NotLetGo, NothingLeft.

    With a byte order mark, which spreadsheets need to read accents; cells that a spreadsheet would
    compute are made plain text.
    """
    if file.approved_at is None:
        raise NotLetGo
    found = list(undecided(file))
    if not found:
        raise NothingLeft
    columns = columns_of(markets.get(file.market_code))
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow([heading for heading, _content in columns])
    for payout in found:
        cells = _cells(payout)
        rows.writerow([neutral(cells.get(content, "")) for _heading, content in columns])
    return written.getvalue().encode("utf-8-sig")


def columns_of(market: Market) -> tuple[tuple[str, str], ...]:
    """What this country's bank wants: from the environment, else as the country's file says."""
    chosen = settings.BANK_FILE_COLUMNS.get(market.code, "")
    if chosen:
        pairs = (part.partition(":") for part in chosen.split("|"))
        return tuple((heading, content) for heading, _colon, content in pairs)
    rail = market.payout_rail(RAIL)
    return rail.columns if rail else ()


def _cells(payout: Payout) -> Mapping[str, str]:
    """Everything a column may be named after: the seller's own fields, and ours."""
    account: dict[str, str] = json.loads(payout.destination.account)
    return account | {
        "our_account": settings.RAIL_CREDENTIALS[RAIL]["account"],
        "holder_name": payout.destination.holder_name,
        "amount": f"{payout.amount:.2f}",
        "currency": payout.currency,
        "reference": payout.reference,
    }
