"""A worker is killed at any step of a refund: the buyer gets the money once."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.books import auditing
from payments.models import Account, LedgerEntry, Refund, RefundStatus
from payments.refunds import returning
from payments.tests.refunds import NO_SUCH_ACCOUNT, balance, give_back, name_account, sell, sell_by_mpesa
from payments.tests.test_payout_killed import run_and_die

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
MANY = 90


@pytest.fixture
def by_mpesa(sandbox):
    """One payment that can be given back unit by unit."""
    return sell_by_mpesa(make_product(market_code="mz", price="10", on_hand=MANY), quantity=MANY)


@pytest.fixture
def by_bank(sandbox):
    return sell(make_product(price="10000", on_hand=MANY), quantity=MANY)


def one_unit(part):
    return give_back(part, {part.lines.get().pk: 1})


def recover(sandbox, refund):
    """What the clock does in the next minutes."""
    for _ in range(3):
        refund.refresh_from_db()
        if refund.status == RefundStatus.CREATED:
            returning.send(refund.pk)
        Refund.objects.filter(pk=refund.pk, sent_at__isnull=False).update(
            sent_at=timezone.now() - timedelta(minutes=5)
        )
        sandbox.decide(refund.reference, "approve")
        returning.follow_up(refund.pk)
    refund.refresh_from_db()
    return refund.status


def times_booked(refund):
    return LedgerEntry.objects.filter(refund=refund, kind="refund_paid", account=Account.GATEWAY).count()


def test_a_refund_by_the_company_killed_anywhere_is_never_paid_twice(sandbox, by_mpesa):
    """M-Pesa cannot say "never seen", so a worker killed just before the call leaves it to a person."""
    steps, was_killed, in_doubt = 0, True, 0
    while was_killed:
        refund = one_unit(by_mpesa)
        was_killed = run_and_die(partial(returning.send, refund.pk), steps)
        status = recover(sandbox, refund)
        sent = [each for each in sandbox.kept("mpesa") if each["reference"] == "R" + refund.reference]
        assert len(sent) <= 1, f"after {steps} steps"
        expected = (RefundStatus.SUCCEEDED, 1) if sent else (RefundStatus.UNKNOWN, 0)
        assert (status, times_booked(refund)) == expected, f"after {steps} steps"
        in_doubt += not sent
        steps += 1
    assert steps > 10
    assert 0 < in_doubt < steps / 2
    assert balance(Account.REFUNDS_DUE, "MZN") == 10 * in_doubt
    assert not auditing.findings()


def test_a_refund_to_an_account_killed_anywhere_arrives_once(sandbox, by_bank):
    steps, was_killed = 0, True
    while was_killed:
        refund = one_unit(by_bank)
        name_account(refund)
        was_killed = run_and_die(partial(returning.send, refund.pk), steps)
        assert recover(sandbox, refund) == RefundStatus.SUCCEEDED, f"after {steps} steps"
        rows = [row for row in sandbox.kept("rows") if row["reference"] == refund.reference]
        assert (len(rows), times_booked(refund)) == (1, 1), f"after {steps} steps"
        steps += 1
    assert steps > 10
    assert balance(Account.REFUNDS_DUE) == 0
    assert not auditing.findings()


def test_a_refusal_killed_anywhere_asks_for_another_account_once(sandbox, by_bank):
    steps, was_killed = 0, True
    while was_killed:
        refund = one_unit(by_bank)
        name_account(refund, account_number=NO_SUCH_ACCOUNT)
        returning.send(refund.pk)
        sandbox.decide(refund.reference, "fail")
        was_killed = run_and_die(partial(returning.follow_up, refund.pk), steps)
        returning.follow_up(refund.pk)
        refund.refresh_from_db()
        assert (refund.status, refund.account) == (RefundStatus.NEEDS_ACCOUNT, ""), f"after {steps} steps"
        assert refund.events.filter(kind="needs_account").count() == 2  # at first, and after the refusal
        steps += 1
    assert steps > 8
    assert balance(Account.REFUNDS_DUE) == 10_000 * steps
