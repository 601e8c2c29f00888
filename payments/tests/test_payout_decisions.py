"""Staff decide on a payout in doubt, and only then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.disbursement import payouts, sending
from payments.models import Payout, PayoutStatus
from payments.tests.factories import make_available, make_destination
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout():
    seller = make_seller()
    make_destination(seller)
    make_available(seller)
    return payouts.pay_available(seller.pk)


@pytest.fixture
def staff(payout):
    return payout.seller.members.get().user


def status(payout):
    payout.refresh_from_db()
    return payout.status


def test_what_staff_have_taken_back_is_not_sent_again_by_a_question_under_way(
    sandbox, payout, staff, monkeypatch
):
    sandbox.fault("POST /wompi-payouts/v1/payouts", "drop")
    sending.send(payout.pk)
    assert status(payout) == PayoutStatus.UNKNOWN
    Payout.objects.update(sent_at=timezone.now() - timedelta(minutes=5))

    def decided_meanwhile(payout):
        sending.decide(payout.pk, was_paid=False, by=staff)
        return True

    monkeypatch.setattr(sending, "_may_repeat", decided_meanwhile)
    sending.follow_up(payout.pk)
    assert status(payout) == PayoutStatus.FAILED
    assert not sandbox.kept("rows")


def test_what_is_being_sent_is_not_for_a_statement_to_tell(payout, staff):
    Payout.objects.update(status=PayoutStatus.SENDING)
    sending.decide(payout.pk, was_paid=False, by=staff)
    assert status(payout) == PayoutStatus.SENDING


def test_a_repeated_payout_without_an_answer_is_in_doubt_again(sandbox, payout):
    sandbox.fault("POST /wompi-payouts/v1/payouts", "drop", times=2)
    sending.send(payout.pk)
    Payout.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    sending.follow_up(payout.pk)
    assert status(payout) == PayoutStatus.UNKNOWN
