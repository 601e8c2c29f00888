"""What was posted of a difference and nobody explains: staff count it as a cost or a gain, for good."""

from collections.abc import Mapping
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.money import Money
from payments.books import proposing, statement_postings
from payments.books.proposing import NotPossible
from payments.disbursement.two_people import SamePerson
from payments.models import Account, Difference, LedgerEntry, ProposalStatus, WriteOff, WriteOffReason
from payments.reconciliation.findings import queue_up

__all__ = ["ACCOUNTS", "NotPossible", "SamePerson", "approve", "decline", "give_up", "posted", "write_off"]

log = structlog.get_logger(__name__)

_S = ProposalStatus
# Where it counts from then on.
ACCOUNTS: Mapping[str, Account] = {
    WriteOffReason.TAX_WITHHELD: Account.TAX_WITHHELD,
    WriteOffReason.CHARGEBACK: Account.LOSSES,
    WriteOffReason.FEE: Account.FEES,
    WriteOffReason.UNEXPLAINED: Account.LOSSES,
}
BACK = "-back"


@transaction.atomic
def write_off(*, difference_id: int, reason: str, note: str, by: User) -> WriteOff:
    """What stands in suspense of a difference leaves it; above the limit once a second person agrees.

    What one person writes off of one company in one day counts together. Raises NotPossible for what
    is not in suspense, or was written off by somebody faster.
    """
    difference = _locked(difference_id)
    if not difference.is_in_suspense or difference.write_offs.exclude(status=_S.DECLINED).exists():
        raise NotPossible
    now, amount, market = timezone.now(), posted(difference), difference.market
    made = WriteOff.objects.filter(difference__company=difference.company, made_by=by)
    row = WriteOff.objects.create(
        difference=difference,
        market_code=difference.market_code,
        amount=amount,
        currency=difference.currency,
        reason=reason,
        note=note[:300],
        needs_second=abs(amount) + proposing.of_today(made, market, now) > market.correction_limit,
        made_by=by,
    )
    if not row.needs_second:
        _book(row, decided_at=now)
    log.info("difference_written_off", difference=difference.pk, status=str(row.status))
    return row


@transaction.atomic
def approve(*, proposal: WriteOff, by: User) -> None:
    """The second person agrees. Raises SamePerson or NotPossible."""
    row = _current(proposal)
    proposing.refuse_the_author(row, by)
    _book(row, decided_by=by, decided_at=timezone.now())


@transaction.atomic
def decline(*, proposal: WriteOff, by: User, words: str) -> None:
    """It stays in suspense; the author may say so, too. Raises NotPossible."""
    row = _current(proposal)
    proposing.end(row, _S.DECLINED, decided_by=by, decided_at=timezone.now(), words=words[:300])


def give_up(difference: Difference, why: str) -> None:
    """It is explained after all: what was booked is taken back, what waits is dropped. With it locked."""
    for row in difference.write_offs.exclude(status=_S.DECLINED):
        if row.status == _S.WAITING:
            proposing.end(row, _S.DECLINED, decided_at=timezone.now(), words=why[:300])
        else:
            _post(row, Money(-row.amount, row.currency), key=f"{difference.pk}{BACK}", note=why)


def posted(difference: Difference) -> Decimal:
    """How much more the company holds by the posting than our books can explain."""
    entries = LedgerEntry.objects.filter(source=f"difference:{difference.pk}", account=Account.SUSPENSE)
    return -entries.get().amount


def _book(row: WriteOff, **decided: object) -> None:
    proposing.end(row, _S.BOOKED, **decided)
    _post(row, row.money, key=str(row.difference_id), note=row.note, by=row.made_by)
    source = f"write_off:{row.difference_id}"
    Difference.objects.filter(pk=row.difference_id).update(posted=source)


def _post(row: WriteOff, money: Money, *, key: str, note: str, by: User | None = None) -> None:
    statement_postings.record_write_off(
        row.difference.company,
        money,
        account=ACCOUNTS[row.reason],
        market_code=row.market_code,
        key=key,
        note=note,
        by=by,
    )


def _locked(difference_id: int) -> Difference:
    """As everywhere in reconciliation: the company's queue, then the difference."""
    queue_up(Difference.objects.values_list("company", flat=True).get(pk=difference_id))
    return Difference.objects.select_for_update().get(pk=difference_id)


def _current(proposal: WriteOff) -> WriteOff:
    """As it is now; the lock of its difference is its own."""
    difference = _locked(proposal.difference_id)
    row = WriteOff.objects.select_related("made_by").get(pk=proposal.pk)
    row.difference = difference
    return row
