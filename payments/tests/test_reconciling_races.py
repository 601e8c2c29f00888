"""Many hands at the same statements: every line is booked once, every difference closed once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from marketplace.accounts.tests.factories import make_user
from payments.books import auditing
from payments.models import Account, LedgerEntry, StatementLine
from payments.reconciliation import differences, fees, reconciling
from payments.tests.test_reconciling import bring, open_differences, row, sold
from payments.tests.test_reconciling_twice import held, line

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 4


def at_once(action):
    """Begun together by all hands; answers what came of each: a value, or the named refusal."""
    start = Barrier(HANDS)

    def act(number):
        try:
            start.wait()
            return action(number)
        except (differences.AlreadyClosed, reconciling.AlreadyImported) as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as threads:
        return list(threads.map(act, range(HANDS)))


def test_files_with_the_same_rows_brought_at_once_count_once():
    payment = sold()
    same = (row(payment), line("settlement", "S1", 40_000))
    at_once(lambda number: bring(*same, line("fee", f"F{number}", 1)))
    assert StatementLine.objects.filter(kind="charge").count() == 1
    assert held("bank") == 40_000
    agreed = fees.AGREED["wompi"].of(payment.amount, "COP")
    assert held(account=Account.FEES) == agreed + HANDS
    assert auditing.findings() == []


def test_a_difference_is_closed_by_one():
    bring(line("deposit", "D1", 900))
    (difference,) = open_differences()
    people = [make_user(f"finance{number}@example.com") for number in range(HANDS)]

    def close(number):
        return differences.close(difference.pk, note=f"by {number}", post=True, by=people[number]).note

    done = at_once(close)
    assert done.count(differences.AlreadyClosed) == HANDS - 1
    difference.refresh_from_db()
    assert difference.note in done
    assert LedgerEntry.objects.filter(account=Account.SUSPENSE).count() == 1
