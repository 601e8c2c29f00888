"""A worker is killed at any step of a payout: it is paid exactly once."""

import os
import signal
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import requests
from django.db import connection, connections
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from payments.books import auditing
from payments.disbursement import approving, payouts, sending
from payments.models import Account, LedgerEntry, Payout, PayoutStatus
from payments.tests.factories import deliver, make_destination, make_sale
from sellers.tests.factories import make_seller

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def run_and_die(story, steps):
    """Run a story in a process of its own that is killed after so many steps; False once it gets through.

    A step begins with every statement, every commit and every request to the company: between these
    nothing is kept, so that no other moment can make a difference.
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
                story()
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
        return action(*args, **kwargs)

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
    reference = f"T{seller.pk:08d}"
    return payouts._create(seller, make_destination(seller), [], Decimal(50_000), reference=reference)


def booked_as_paid(payout):
    return LedgerEntry.objects.filter(
        payout=payout, kind="payout_paid", account=Account.SELLER_IN_TRANSIT
    ).count()


def settle_with_bank(sandbox):
    """The sandbox's bank says yes to whatever it has got."""
    for payout in Payout.objects.filter(status__in=(PayoutStatus.SENDING, PayoutStatus.UNKNOWN)):
        sandbox.decide(payout.reference, "approve")


def whole_story(sandbox, later):
    """From the end of the hold to the booked answer, as the clock goes through it."""
    payouts.release_due(later)
    payouts.pay_all(later)
    for payout in Payout.objects.filter(status=PayoutStatus.CREATED):
        sending.send(payout.pk)
    settle_with_bank(sandbox)
    for payout in Payout.objects.filter(status__in=(PayoutStatus.SENDING, PayoutStatus.UNKNOWN)):
        sending.follow_up(payout.pk)


def test_a_payout_killed_at_any_boundary_from_the_hold_to_the_answer_is_paid_once(
    sandbox, record_property, capsys
):
    """Killed at step n of N, for every n; what the clock does next makes it right."""
    later = timezone.now() + timedelta(days=30)
    steps, was_killed = 0, True
    while was_killed:
        seller = make_seller()
        make_destination(seller)
        (part,) = deliver(make_sale(seller))
        sandbox.forget()
        was_killed = run_and_die(lambda: whole_story(sandbox, later), steps)
        for _ in range(4):
            is_paid = Payout.objects.filter(seller=seller, status=PayoutStatus.PAID).exists()
            Payout.objects.filter(sent_at__isnull=False).update(sent_at=timezone.now() - timedelta(minutes=5))
            whole_story(sandbox, later)
            if is_paid:
                break
        payout = Payout.objects.get(seller=seller)
        assert (payout.status, payout.amount) == (PayoutStatus.PAID, part.earnings), f"after {steps} steps"
        assert [row["reference"] for row in sandbox.kept("rows")] == [payout.reference]
        assert booked_as_paid(payout) == 1
        steps += 1
    assert steps > 50
    assert not auditing.findings()
    record_property("kill_points", steps - 1)
    with capsys.disabled():
        print(f" [{steps - 1} kill points, paid once after each] ", end="")


def test_a_wallet_payout_killed_anywhere_is_never_paid_twice(sandbox):
    """M-Pesa cannot say "never seen", so a worker killed just before the call leaves it to a person."""
    steps, was_killed, in_doubt = 0, True, 0
    while was_killed:
        payout = new_payout("mz")
        was_killed = run_and_die(partial(sending.send, payout.pk), steps)
        status = recover(sandbox, payout)
        sent = [each for each in sandbox.kept("mpesa") if each["reference"] == payout.reference]
        assert len(sent) <= 1, f"after {steps} steps"
        assert (status, booked_as_paid(payout)) in [(PayoutStatus.PAID, 1), (PayoutStatus.UNKNOWN, 0)]
        assert (status == PayoutStatus.PAID) == (len(sent) == 1), f"after {steps} steps"
        in_doubt += status == PayoutStatus.UNKNOWN
        steps += 1
    assert steps > 10
    assert 0 < in_doubt < steps / 2


def test_an_approval_killed_anywhere_lets_go_once_or_not_at_all(sandbox):
    steps, was_killed = 0, True
    eva = make_user("eva@example.com", is_staff=True)
    while was_killed:
        payout = new_payout("co")
        Payout.objects.filter(pk=payout.pk).update(status=PayoutStatus.APPROVAL, above_limit=True)
        was_killed = run_and_die(partial(approving.approve, payout=payout, by=eva), steps)
        payout.refresh_from_db()
        assert (payout.status, payout.approved_by) in [("approval", None), ("created", eva)]
        with suppress(approving.NotPossible):
            approving.approve(payout=payout, by=eva)
        assert recover(sandbox, payout) == PayoutStatus.PAID, f"after {steps} steps"
        assert booked_as_paid(payout) == payout.events.filter(kind="approved").count() == 1
        steps += 1
    assert steps > 5
