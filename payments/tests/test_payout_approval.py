"""Above the market's limit a payout takes two people, and nobody lets go what is their own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace import markets
from marketplace.mailing.models import OutgoingMessage
from payments.books import ledger
from payments.disbursement import approving, payable, payouts, sending
from payments.gateways.base import Reason
from payments.models import Account, Payout, PayoutStatus
from payments.tests.factories import make_available, make_destination
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    """Above a thousand pesos two people are needed."""
    low = replace(markets.get("co"), payout_limit=1000)
    monkeypatch.setitem(markets.MARKETS, "co", low)


@pytest.fixture
def bento():
    seller = make_seller(business_name="Bento")
    make_destination(seller)
    make_available(seller)
    return seller


def status(payout):
    payout.refresh_from_db()
    return payout.status


def available(seller):
    return ledger.balance(Account.SELLER_AVAILABLE, seller=seller, currency="COP").amount


def test_a_big_payout_of_the_clock_waits_for_a_person(sandbox, bento, eva):
    assert payouts.pay_all() == 1
    payout = Payout.objects.get()
    assert (payout.status, payout.above_limit, payout.next_check_at) == ("approval", True, None)
    message = OutgoingMessage.objects.get(template="payments/payout_waits")
    assert message.recipient == bento.market.support_email

    sending.send(payout.pk)
    sending.follow_up(payout.pk)
    assert not sandbox.kept("rows")

    approving.approve(payout=payout, by=eva)
    assert status(payout) == PayoutStatus.CREATED
    sending.send(payout.pk)
    assert len(sandbox.kept("rows")) == 1
    with pytest.raises(approving.NotPossible):
        approving.approve(payout=payout, by=eva)


def test_at_the_limit_nobody_is_needed(bento, monkeypatch):
    just = replace(markets.get("co"), payout_limit=available(bento))
    monkeypatch.setitem(markets.MARKETS, "co", just)
    assert payouts.pay_available(bento.pk).status == PayoutStatus.CREATED


def test_who_asked_for_it_does_not_approve_it(bento, eva, rui):
    payouts.pay_all(by=eva)
    payout = Payout.objects.get()
    with pytest.raises(approving.SamePerson):
        approving.approve(payout=payout, by=eva)
    assert status(payout) == PayoutStatus.APPROVAL
    approving.approve(payout=payout, by=rui)
    assert (status(payout), payout.approved_by) == (PayoutStatus.CREATED, rui)


def test_who_is_paid_by_it_does_not_approve_it(bento, eva):
    make_member(bento, eva)
    payout = payouts.pay_available(bento.pk)
    with pytest.raises(approving.SamePerson):
        approving.approve(payout=payout, by=eva)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "created"},
        {"status": "sending", "approved_at": timezone.now()},
        {"status": "paid"},
        {"approved_by": "eva", "requested_by": "eva"},
        {"decided_by": "eva"},
        {"decided_by": "eva", "reported_by": "eva"},
    ],
)
def test_the_database_refuses_what_one_person_did_alone(bento, eva, changes):
    payout = payouts.pay_available(bento.pk)
    with pytest.raises(IntegrityError, match="payout_a"), transaction.atomic():
        people = {name: eva if value == "eva" else value for name, value in changes.items()}
        Payout.objects.filter(pk=payout.pk).update(**people)
    assert status(payout) == PayoutStatus.APPROVAL


def test_what_is_called_off_is_back_in_the_balance(bento, eva):
    before = available(bento)
    payout = payouts.pay_available(bento.pk)
    assert available(bento) == 0
    approving.call_off(payout=payout, by=eva, reason="Looks odd")
    assert status(payout) == PayoutStatus.CANCELLED
    assert available(bento) == before == payable.due(bento)
    message = OutgoingMessage.objects.get(template="payments/payout_called_off")
    assert "Looks odd" in message.text
    with pytest.raises(approving.NotPossible):
        approving.call_off(payout=payout, by=eva, reason="again")
    assert payouts.pay_available(bento.pk).amount == before


def test_what_has_left_is_not_called_off(sandbox, bento, eva):
    payout = payouts.pay_available(bento.pk)
    approving.approve(payout=payout, by=eva)
    sending.send(payout.pk)
    with pytest.raises(approving.NotPossible):
        approving.call_off(payout=payout, by=eva, reason="too late")
    assert status(payout) == PayoutStatus.SENDING


class TestReadingTheStatement:
    @pytest.fixture
    def doubtful(self, bento, eva):
        payout = payouts.pay_available(bento.pk)
        approving.approve(payout=payout, by=eva)
        Payout.objects.filter(pk=payout.pk).update(status=PayoutStatus.UNKNOWN)
        return payout

    def test_two_people_must_have_read_the_same(self, doubtful, eva, rui):
        sending.decide(doubtful.pk, was_paid=True, by=eva)
        assert status(doubtful) == PayoutStatus.UNKNOWN
        sending.decide(doubtful.pk, was_paid=True, by=eva)
        assert status(doubtful) == PayoutStatus.UNKNOWN
        sending.decide(doubtful.pk, was_paid=True, by=rui)
        assert (status(doubtful), doubtful.decided_by) == (PayoutStatus.PAID, rui)

    def test_a_contradiction_begins_anew(self, doubtful, eva, rui):
        sending.decide(doubtful.pk, was_paid=True, by=eva)
        sending.decide(doubtful.pk, was_paid=False, by=rui)
        assert status(doubtful) == PayoutStatus.UNKNOWN
        sending.decide(doubtful.pk, was_paid=False, by=eva)
        assert status(doubtful) == PayoutStatus.FAILED

    def test_a_closed_account_is_not_used_again(self, bento, doubtful, eva, rui):
        for person in (eva, rui):
            sending.decide(doubtful.pk, was_paid=False, by=person, reason=Reason.ACCOUNT_PROBLEM)
        assert status(doubtful) == PayoutStatus.FAILED
        assert payable.next_payout(bento).hindrance == payable.Hindrance.REFUSED
        assert payouts.pay_all(timezone.now() + timedelta(days=9)) == 0
