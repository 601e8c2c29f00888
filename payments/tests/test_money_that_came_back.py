"""Refunds and payouts that came back: statements show both ways, our books too, and no difference is left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.money import Money
from payments import collecting
from payments.books import auditing, ledger
from payments.disbursement import sending
from payments.gateways.base import Outcome, Reason, State
from payments.models import Account, Difference, DifferenceKind, Payment, Refund, RefundStatus
from payments.reconciliation import fetching, resolving
from payments.refunds import returned, returning
from payments.tests.factories import make_payment, wrong
from payments.tests.refunds import give_back, name_account
from payments.tests.test_card_refunds import sell_by_stripe, send
from payments.tests.test_reconciling import bring, open_differences, row
from payments.tests.test_reconciling_twice import close, held, payout, refund
from payments.tests.test_statements_of_companies import statement

pytestmark = pytest.mark.django_db

D = DifferenceKind
RAIL = "wompi_payouts"


def by_api(sandbox):
    today = timezone.localdate()
    days = {"first": today - timedelta(days=1), "last": today + timedelta(days=1)}
    return fetching.fetch(company="stripe", by=None, **days)


def by_file(sandbox):
    return statement(sandbox, "stripe")


def learn(given):
    returning.follow_up(given.pk, is_told=True)
    given.refresh_from_db()
    assert given.status == RefundStatus.NEEDS_ACCOUNT


@pytest.fixture
def failing(sandbox):
    """A refund to a card that is sent, and fails afterwards."""
    given = give_back(sell_by_stripe(sandbox, "4000000000005126"))
    assert send(given) == RefundStatus.SUCCEEDED
    return given


@pytest.mark.parametrize("bring_all", [by_api, by_file])
class TestARefundOfStripeThatFailsLater:
    def test_nothing_is_left_open_when_we_know_it_first(self, sandbox, failing, bring_all):
        sandbox.wait_for("events", name="refund.failed")
        learn(failing)
        name_account(failing)  # and goes another way, under another name
        lines = bring_all(sandbox).lines.exclude(kind="charge")
        assert [(line.kind, line.refund, line.is_matched) for line in lines.order_by("amount")] == [
            ("refund", failing, True),
            ("returned", failing, True),
        ]
        assert not Difference.objects.exclude(kind=D.FEE).exists()
        assert auditing.findings() == []

    def test_nothing_is_left_open_when_the_statement_tells_first(
        self, sandbox, failing, bring_all, django_capture_on_commit_callbacks
    ):
        sandbox.wait_for("events", name="refund.failed")
        with django_capture_on_commit_callbacks() as queued:
            bring_all(sandbox)
        assert len(queued) == 1, "Stripe is asked, although we believe that the buyer has it"
        (difference,) = Difference.objects.filter(kind=D.MISSING_HERE)
        assert (difference.refund, difference.found) == (failing, failing.amount)
        learn(failing)
        assert resolving.match_again() == 1
        assert open_differences() == [] and auditing.findings() == []


def shown(kind, number, of, *, reference=None):
    sign = 1 if kind == "returned" else -1
    amount = sign * int(of.amount * 100)
    moment = timezone.now().isoformat()
    return f"{kind},{number},{reference or of.reference},{amount},0,COP,{moment}"


def test_a_payout_that_came_back_explains_both_rows():
    left = payout()
    sending.came_back(left.pk, by=make_user("staff@example.com", is_staff=True))
    bring(shown("payout", "T1", left), shown("returned", "T2", left), company=RAIL)
    assert open_differences() == []
    assert held(RAIL) == 0 and auditing.findings() == []
    bring(shown("returned", "T3", left), company=RAIL)
    assert [each.kind for each in open_differences()] == [D.DUPLICATE]


def came_back(given):
    told = Outcome(state=State.FAILED, reason=Reason.ACCOUNT_PROBLEM)
    returned.apply(given.pk, told, reference=given.reference)
    given.refresh_from_db()
    assert given.status == RefundStatus.NEEDS_ACCOUNT


def sent_again(given):
    name_account(given)
    Refund.objects.filter(pk=given.pk).update(status="sending")
    returned.apply(given.pk, Outcome(state=State.PAID), reference=given.reference)
    given.refresh_from_db()


def test_a_refund_that_leaves_twice_must_be_shown_twice():
    given = refund()
    first = given.reference
    came_back(given)
    sent_again(given)
    bring(shown("payout", "T1", given, reference=first), company=RAIL)
    (lacking,) = open_differences()
    assert (lacking.kind, lacking.refund) == (D.MISSING_THERE, given), "the second time was not shown"
    close(lacking)
    bring(shown("returned", "T2", given, reference=first), company=RAIL)
    assert held(RAIL, Account.SUSPENSE) == -given.amount and auditing.findings() == []
    bring(shown("payout", "T3", given), company=RAIL)
    assert open_differences() == [] and held(RAIL) == -given.amount
    bring(shown("payout", "T4", given), company=RAIL)
    assert [each.kind for each in open_differences()] == [D.DUPLICATE]
    assert auditing.findings() == []


@pytest.mark.parametrize("post", [True, False])
@pytest.mark.parametrize("make", [payout, refund])
def test_what_no_statement_showed_and_came_back_differs_no_more(make, post):
    left = make()
    bring(f"fee,F1,,100,0,COP,{left.ended_at.isoformat()}", company=RAIL)
    (lacking,) = [each for each in open_differences() if each.kind == D.MISSING_THERE]
    before = held(RAIL)
    if post:
        close(lacking)
    if make is payout:
        sending.came_back(left.pk, by=make_user("staff@example.com", is_staff=True))
    else:
        came_back(left)
    assert resolving.match_again() == 1
    assert held(RAIL) == before + left.amount
    assert held(RAIL, Account.SUSPENSE) == 0, "it would count twice"
    lacking.refresh_from_db()
    assert lacking.closed_at and not lacking.posted
    assert resolving.match_again() == 0 and auditing.findings() == []


@pytest.mark.parametrize("post", [True, False, None])
def test_what_is_known_later_with_another_amount_differs_by_the_rest(post):
    payment = make_payment()
    bring(row(payment, amount=700, identifier="7-7", fee=0))
    (difference,) = [each for each in open_differences() if each.kind == D.MISSING_HERE]
    if post is not None:
        close(difference, post=post)
    collecting.settle(payment.pk, wrong(payment, 600))
    Payment.objects.filter(pk=payment.pk).update(status="surplus", settled_at=timezone.now())
    Payment.objects.get(pk=payment.pk).record("surplus")
    ledger.record_surplus(payment, Money(600, "COP"))  # as staff do from the payment's page
    assert [resolving.match_again() for _ in range(2)] == [1, 0]
    (rest,) = [each for each in open_differences() if each.kind == D.AMOUNT]
    assert (rest.expected, rest.found, rest.payment) == (600, 700, payment)
    close(rest)
    assert (held(), held(account=Account.SUSPENSE)) == (700, -100)
    assert auditing.findings() == []
