"""Money reaches sellers: after the hold, once, and in full."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from payments.books import ledger
from payments.disbursement import payouts, sending
from payments.gateways.base import Outcome, Reason, State
from payments.models import Account, LedgerEntry, Payout, PayoutLine, PayoutStatus
from payments.tests.factories import deliver, make_available, make_destination, make_sale
from sellers.models import Seller, SellerStatus
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def bento():
    """A seller who has said where the money should go."""
    seller = make_seller(business_name="Bento")
    make_destination(seller)
    return seller


@pytest.fixture
def lurdes():
    """The same in Mozambique."""
    seller = make_seller(business_name="Lurdes", market_code="mz")
    make_destination(seller)
    return seller


def without_an_account(seller):
    """The money is to go to an account that does not exist: it ends in 07."""
    seller.payout_destinations.all().delete()
    make_destination(seller, account_number="12345678907")
    return seller


def balances(seller):
    currency = seller.market.currency
    return [
        ledger.balance(account, seller=seller, currency=currency).amount
        for account in (Account.SELLER_HELD, Account.SELLER_AVAILABLE, Account.SELLER_IN_TRANSIT)
    ]


def make_payout(seller, **fields):
    make_available(seller, **fields)
    payout = payouts.pay_available(seller.pk)
    assert payout is not None
    return payout


def status(payout):
    payout.refresh_from_db()
    return payout.status


class TestTheHold:
    def test_money_stays_held_until_the_hold_after_delivery_is_over(self, bento):
        (part,) = deliver(make_sale(bento))
        hold = timedelta(days=bento.market.payout_hold_days)
        assert payouts.release_due(part.delivered_at + hold - timedelta(seconds=1)) == 0
        assert balances(bento) == [part.earnings, 0, 0]
        assert payouts.release_due(part.delivered_at + hold) == 1
        assert balances(bento) == [0, part.earnings, 0]

    def test_release_happens_once(self, bento):
        make_available(bento)
        assert payouts.release_due(timezone.now() + timedelta(days=99)) == 0
        assert LedgerEntry.objects.filter(kind="release").count() == 2

    def test_what_was_not_delivered_is_never_released(self, bento):
        make_sale(bento)
        assert payouts.release_due(timezone.now() + timedelta(days=999)) == 0


class TestMakingAPayout:
    def test_it_carries_everything_available_and_sets_the_money_aside(self, bento):
        parts = [make_available(bento), make_available(bento, price=30_000)]
        payout = payouts.pay_available(bento.pk)
        assert payout.amount == sum(part.earnings for part in parts)
        assert {line.seller_order for line in payout.lines.all()} == set(parts)
        assert balances(bento) == [0, 0, payout.amount]

    def test_below_the_minimum_nothing_is_paid(self, bento):
        Seller.objects.filter(pk=bento.pk).update(minimum_payout=1_000_000)
        make_available(bento)
        assert payouts.pay_available(bento.pk) is None
        assert not Payout.objects.exists()

    def test_without_a_destination_nothing_is_paid(self):
        seller = make_seller()
        make_available(seller)
        assert payouts.pay_available(seller.pk) is None

    def test_a_suspended_store_is_not_paid(self, bento):
        make_available(bento)
        Seller.objects.filter(pk=bento.pk).update(status=SellerStatus.SUSPENDED)
        assert payouts.pay_all() == 0
        assert payouts.pay_available(bento.pk) is None

    def test_one_payout_at_a_time(self, bento):
        make_payout(bento)
        make_available(bento)
        assert payouts.pay_available(bento.pk) is None

    def test_the_clock_pays_a_seller_at_most_once_a_day(self, bento):
        payout = make_payout(bento)
        sending.apply(payout.pk, Outcome(state=State.PAID))  # not sent yet: nothing happens
        Payout.objects.update(status=PayoutStatus.PAID)
        make_available(bento)
        assert payouts.pay_all() == 0
        assert payouts.pay_all(timezone.now() + timedelta(days=1)) == 1

    def test_never_more_than_the_books_say(self, bento):
        part = make_available(bento)
        type(part).objects.filter(pk=part.pk).update(
            items_net=part.items_net + 1_000_000, total=part.total + 1_000_000
        )
        payout = payouts.pay_available(bento.pk)

        assert payout.amount == part.earnings

    def test_the_command_releases_and_pays_and_development_may_shorten_the_hold(
        self, bento, capsys, settings
    ):
        settings.PAYOUT_HOLD_DAYS = 0
        deliver(make_sale(bento))
        call_command("payouts")
        assert "1 orders released, 1 payouts" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_make_one_payout():
    seller = make_seller()
    make_destination(seller)
    for _ in range(3):
        make_available(seller)

    def run(_):
        try:
            return payouts.pay_available(seller.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as clocks:
        made = list(clocks.map(run, range(6)))
    assert sum(made) == 1
    assert Payout.objects.count() == 1
    assert PayoutLine.objects.count() == 3


class TestSending:
    def test_a_wallet_is_paid_at_once(self, sandbox, lurdes):
        payout = make_payout(lurdes, price=500)
        sending.send(payout.pk)
        assert status(payout) == PayoutStatus.PAID
        assert balances(lurdes) == [0, 0, 0]
        assert ledger.balance(Account.GATEWAY, currency="MZN").amount > 0
        assert sandbox.calls("POST /ipg/v1x/b2cPayment") == 1
        message = OutgoingMessage.objects.get(template="payments/payout_sent")
        assert message.recipient == lurdes.members.get().user.email

    def test_a_bank_takes_its_time(self, sandbox, bento):
        payout = make_payout(bento)
        sending.send(payout.pk)
        assert status(payout) == PayoutStatus.SENDING
        assert balances(bento) == [0, 0, payout.amount]
        sandbox.decide(payout.reference, "approve")
        sending.follow_up(payout.pk)
        assert status(payout) == PayoutStatus.PAID
        assert balances(bento) == [0, 0, 0]

    def test_only_one_worker_gets_to_send(self, sandbox, lurdes):
        payout = make_payout(lurdes, price=500)
        for _ in range(5):
            sending.send(payout.pk)
            sending.follow_up(payout.pk)
        assert sandbox.calls("POST /ipg/v1x/b2cPayment") == 1
        assert LedgerEntry.objects.filter(kind="payout_paid").count() == 2

    def test_a_refusal_returns_the_money_and_frees_the_orders(self, sandbox, bento):
        payout = make_payout(without_an_account(bento))
        sending.send(payout.pk)
        sandbox.decide(payout.reference, "fail")
        sending.follow_up(payout.pk)
        assert status(payout) == PayoutStatus.FAILED
        assert payout.failure_reason == Reason.ACCOUNT_PROBLEM
        assert balances(bento) == [0, payout.amount, 0]
        assert OutgoingMessage.objects.filter(template="payments/payout_returned").count() == 1

        assert payouts.pay_available(bento.pk) is None  # not to this account again
        bento.payout_destinations.update(is_active=False)
        make_destination(bento, account_number="99887766")
        second = payouts.pay_available(bento.pk)
        assert second.amount == payout.amount
        assert second.reference != payout.reference

    def test_after_a_refusal_the_clock_waits_until_the_account_changes(self, sandbox, bento):
        payout = make_payout(without_an_account(bento))
        sending.send(payout.pk)
        sandbox.decide(payout.reference, "fail")
        sending.follow_up(payout.pk)
        assert payouts.pay_all() == 0
        bento.payout_destinations.update(is_active=False)
        make_destination(bento, account_number="99887766")
        assert payouts.pay_all() == 1

    def test_what_never_left_the_house_is_sent_again(self, sandbox, bento, settings):
        right = settings.RAIL_CREDENTIALS
        settings.RAIL_CREDENTIALS = {
            "wompi_payouts": right["wompi_payouts"] | {"api_url": "http://127.0.0.1:9/nobody"}
        }
        payout = make_payout(bento)
        sending.send(payout.pk)
        assert status(payout) == PayoutStatus.CREATED
        settings.RAIL_CREDENTIALS = right
        sending.send(payout.pk)
        assert status(payout) == PayoutStatus.SENDING
        assert len(sandbox.kept("rows")) == 1

    @pytest.mark.parametrize("kind", ["swallow", "html_after"])
    def test_a_lost_answer_of_the_bank_is_asked_for(self, sandbox, bento, kind):
        sandbox.fault("POST /wompi-payouts/v1/payouts", kind)
        payout = make_payout(bento)
        sending.send(payout.pk)
        assert status(payout) in (PayoutStatus.UNKNOWN, PayoutStatus.SENDING)
        sandbox.decide(payout.reference, "approve")
        sending.follow_up(payout.pk)
        assert status(payout) == PayoutStatus.PAID
        assert len(sandbox.kept("rows")) == 1

    def test_a_payout_the_bank_never_saw_is_repeated_under_the_same_key(self, sandbox, bento):
        sandbox.fault("POST /wompi-payouts/v1/payouts", "drop")
        payout = make_payout(bento)
        sending.send(payout.pk)
        assert status(payout) == PayoutStatus.UNKNOWN

        sending.follow_up(payout.pk)
        assert not sandbox.kept("rows")  # too soon: it may still be on its way
        Payout.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
        sending.follow_up(payout.pk)
        assert status(payout) == PayoutStatus.SENDING
        assert [row["reference"] for row in sandbox.kept("rows")] == [payout.reference]

    def test_after_half_a_day_the_bank_is_only_asked(self, sandbox, bento):
        sandbox.fault("POST /wompi-payouts/v1/payouts", "drop")
        payout = make_payout(bento)
        sending.send(payout.pk)
        Payout.objects.update(sent_at=timezone.now() - timedelta(hours=13))
        sending.follow_up(payout.pk)
        assert status(payout) == PayoutStatus.UNKNOWN
        assert not sandbox.kept("rows")

    @pytest.mark.parametrize("kind", ["drop", "swallow", "html_after"])
    def test_a_wallet_in_doubt_is_never_paid_again_by_itself(self, sandbox, lurdes, kind):
        sandbox.fault("POST /ipg/v1x/b2cPayment", kind)
        payout = make_payout(lurdes, price=500)
        sending.send(payout.pk)
        for _ in range(3):
            Payout.objects.update(sent_at=timezone.now() - timedelta(minutes=30))
            sending.follow_up(payout.pk)
        assert sandbox.calls("POST /ipg/v1x/b2cPayment") <= 1
        assert status(payout) == (PayoutStatus.UNKNOWN if kind == "drop" else PayoutStatus.PAID)

    @pytest.mark.parametrize(("was_paid", "ends"), [(True, "paid"), (False, "failed")])
    def test_staff_have_the_last_word_on_a_payout_in_doubt(self, sandbox, lurdes, was_paid, ends):
        staff = make_user("eva@example.com", is_staff=True)
        sandbox.fault("POST /ipg/v1x/b2cPayment", "drop")
        payout = make_payout(lurdes, price=500)
        sending.send(payout.pk)
        sending.decide(payout.pk, was_paid=was_paid, by=staff)
        sending.decide(payout.pk, was_paid=not was_paid, by=staff)
        assert status(payout) == ends
        assert payout.events.last().by == staff
        assert balances(lurdes)[2] == 0

    def test_a_wrong_amount_is_not_booked(self, lurdes):
        payout = make_payout(lurdes, price=500)
        Payout.objects.update(status=PayoutStatus.SENDING)
        sending.apply(payout.pk, Outcome(state=State.PAID, money=payout.money * 2))
        assert status(payout) == PayoutStatus.UNKNOWN
        assert not LedgerEntry.objects.filter(kind="payout_paid").exists()


def test_the_clock_takes_each_payout_once(bento):
    make_payout(bento)
    later = timezone.now() + timedelta(minutes=2)
    assert sending.follow_up_all(timezone.now()) == 0
    assert sending.follow_up_all(later) == 1
    assert sending.follow_up_all(later) == 0
