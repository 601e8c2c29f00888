"""A worker is killed at any step of a payout: it is paid exactly once."""

import os
import signal
from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from django.db import connection, connections
from django.utils import timezone

from payments import ledger, payouts, sending
from payments.models import Account, LedgerEntry, Payout, PayoutStatus
from payments.tests.factories import make_destination
from sellers.tests.factories import make_seller

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def run_and_die(task, payout_id, steps):
    """Run a task in a process of its own that is killed after so many steps; False once it gets through.

    A step begins and ends with every statement, every commit and every request to the company:
    between these nothing is kept, so that no other moment can make a difference.
    """
    child = os.fork()
    if not child:
        try:
            for each in connections.all(initialized_only=True):
                each.connection = None  # the parent's; this process makes its own
            step = _killer(steps)
            connection._commit = _watched(connection._commit, step)
            requests.Session.request = _watched(requests.Session.request, step)
            with connection.execute_wrapper(lambda execute, *args: _watched(execute, step)(*args)):
                task(payout_id)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _killer(steps):
    left = steps

    def step():
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def _watched(action, step):
    def act(*args, **kwargs):
        step()
        answer = action(*args, **kwargs)
        step()
        return answer

    return act


def recover(sandbox, payout):
    """What the clock does in the next minutes."""
    for _ in range(3):
        payout.refresh_from_db()
        if payout.status == PayoutStatus.PAID:
            break
        if payout.status == PayoutStatus.CREATED:
            sending.send(payout.pk)
        Payout.objects.filter(pk=payout.pk, sent_at__isnull=False).update(
            sent_at=timezone.now() - timedelta(minutes=5)
        )
        sandbox.decide(payout.reference, "approve")
        sending.follow_up(payout.pk)
    payout.refresh_from_db()
    return payout.status


def new_payout(market_code):
    """Set aside and committed, as pay_available leaves it; the sales behind it do not matter here."""
    seller = make_seller(market_code=market_code)
    return payouts._create(seller, make_destination(seller), [], Decimal(50_000))


def booked_as_paid(payout):
    return LedgerEntry.objects.filter(
        payout=payout, kind="payout_paid", account=Account.SELLER_IN_TRANSIT
    ).count()


def test_a_bank_payout_killed_anywhere_is_paid_once(sandbox):
    steps, was_killed = 0, True
    while was_killed:
        payout = new_payout("co")
        was_killed = run_and_die(sending.send, payout.pk, steps)
        assert recover(sandbox, payout) == PayoutStatus.PAID, f"after {steps} steps"
        rows = [row for row in sandbox.kept("rows") if row["reference"] == payout.reference]
        assert len(rows) == 1, f"after {steps} steps"
        assert booked_as_paid(payout) == 1
        steps += 1
    assert steps > 20
    assert ledger.balance(Account.SELLER_IN_TRANSIT, currency="COP").amount == 0


def test_a_wallet_payout_killed_anywhere_is_never_paid_twice(sandbox):
    """M-Pesa cannot say "never seen", so a worker killed just before the call leaves it to a person."""
    steps, was_killed, in_doubt = 0, True, 0
    while was_killed:
        payout = new_payout("mz")
        was_killed = run_and_die(sending.send, payout.pk, steps)
        status = recover(sandbox, payout)
        sent = [each for each in sandbox.kept("mpesa") if each["reference"] == payout.reference]
        assert len(sent) <= 1, f"after {steps} steps"
        assert (status, booked_as_paid(payout)) in [(PayoutStatus.PAID, 1), (PayoutStatus.UNKNOWN, 0)]
        assert (status == PayoutStatus.PAID) == (len(sent) == 1), f"after {steps} steps"
        in_doubt += status == PayoutStatus.UNKNOWN
        steps += 1
    assert steps > 20
    assert 0 < in_doubt < steps / 2


def test_following_up_killed_anywhere_books_once(sandbox):
    steps, was_killed = 0, True
    while was_killed:
        payout = new_payout("co")
        sending.send(payout.pk)
        sandbox.decide(payout.reference, "approve")
        was_killed = run_and_die(sending.follow_up, payout.pk, steps)
        assert recover(sandbox, payout) == PayoutStatus.PAID, f"after {steps} steps"
        assert booked_as_paid(payout) == 1
        steps += 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM payments_ledgerentry GROUP BY movement, currency HAVING sum(amount) <> 0"
        )
        assert cursor.fetchall() == []
