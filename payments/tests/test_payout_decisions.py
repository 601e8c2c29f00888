"""Staff decide on a payout in doubt, and only then."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from payments.books import auditing, ledger
from payments.disbursement import approving, payable, payouts, sending
from payments.disbursement.two_people import SamePerson
from payments.earnings import balances, seller_statements
from payments.earnings.months import this_month
from payments.models import Account, Payout, PayoutFile, PayoutStatus
from payments.rails.base import Outcome, Reason, State
from payments.tests.factories import make_available, make_destination
from payments.tests.waiting import somebody_waits
from sellers.models import Seller
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout():
    seller = make_seller()
    make_destination(seller)
    make_available(seller)
    return payouts.pay_available(seller.pk)


@pytest.fixture
def staff(eva):
    return eva


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


@pytest.mark.parametrize("rests", [{"payouts_frozen_at": timezone.now()}, {"status": "suspended"}])
def test_a_store_that_rests_is_not_sent_again_what_the_rail_has_never_seen(sandbox, payout, rests):
    sandbox.fault("POST /wompi-payouts/v1/payouts", "drop")
    sending.send(payout.pk)
    Payout.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    Seller.objects.update(**rests)
    sending.follow_up(payout.pk)
    assert status(payout) == PayoutStatus.UNKNOWN and not sandbox.kept("rows")
    Seller.objects.update(payouts_frozen_at=None, status="approved")
    sending.follow_up(payout.pk)
    assert len(sandbox.kept("rows")) == 1


@pytest.mark.django_db(transaction=True)
def test_calling_off_waits_for_whoever_lets_its_list_go_and_never_the_other_way_round(payout, staff):
    file = PayoutFile.objects.create(
        number="B1", market_code="co", rail="bank_file", total=payout.amount, currency="COP", made_by=staff
    )
    Payout.objects.update(rail="bank_file", status=PayoutStatus.SENDING, file=file)

    def call_off():
        try:
            approving.call_off(payout=payout, by=staff, reason="wrong holder")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as desk:
        with transaction.atomic():
            PayoutFile.objects.select_for_update().get()
            calling = desk.submit(call_off)
            while not (somebody_waits() or calling.done()):
                time.sleep(0.05)
            Payout.objects.select_for_update(nowait=True).get()  # what letting go needs next is free
        calling.result()
    file.refresh_from_db()
    assert (status(payout), payout.file, file.total) == (PayoutStatus.CANCELLED, None, 0)


def test_a_page_that_was_open_for_long_is_told_that_it_is_too_late(payout):
    Payout.objects.update(status=PayoutStatus.PAID)
    office = Client(headers={"host": "co.localhost"})
    office.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    office.cookies["django_language"] = "en"
    page = reverse("admin:payments_payout_decide", args=[payout.pk, "was_not_paid"])
    html = office.post(page, follow=True).content.decode()
    assert f"{payout}: not possible in its present state." in html


@pytest.mark.parametrize(
    "decision",
    [
        lambda payout, by: sending.decide(payout.pk, was_paid=False, by=by),
        lambda payout, by: sending.came_back(payout.pk, by=by),
        lambda payout, by: approving.call_off(payout=payout, by=by, reason="mine"),
    ],
)
def test_nobody_decides_about_the_money_of_their_own_store(payout, decision):
    Payout.objects.update(status=PayoutStatus.UNKNOWN)
    with pytest.raises(SamePerson):
        decision(payout, payout.seller.members.get().user)
    assert status(payout) == PayoutStatus.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "is_refused"),
    [(Reason.ACCOUNT_PROBLEM, True), (Reason.INVALID_PHONE, True), (Reason.COMPANY_ERROR, False)],
)
def test_an_account_that_cannot_be_right_is_not_paid_again(payout, reason, is_refused):
    Payout.objects.update(status=PayoutStatus.SENDING)
    sending.apply(payout.pk, Outcome(state=State.FAILED, reason=reason))
    payout.destination.refresh_from_db()
    assert bool(payout.destination.refused_at) == is_refused


class TestAPaidPayoutThatCameBack:
    @pytest.fixture
    def paid(self, payout):
        Payout.objects.update(status=PayoutStatus.SENDING)
        sending.apply(payout.pk, Outcome(state=State.PAID))
        assert status(payout) == PayoutStatus.PAID
        return payout

    def test_is_available_again_and_told(self, paid, staff):
        seller = paid.seller
        User.objects.filter(memberships__seller=seller).update(language="en")
        sending.came_back(paid.pk, by=staff)
        sending.came_back(paid.pk, by=staff)
        assert status(paid) == PayoutStatus.FAILED
        standing = balances.balance_of(seller)
        assert (standing.available, standing.paid, standing.in_transit) == (paid.amount, 0, 0)
        assert payable.due(seller) == paid.amount
        assert payable.next_payout(seller).hindrance == payable.Hindrance.REFUSED
        assert ledger.balance(Account.SELLER_IN_TRANSIT, currency="COP").amount == 0
        letter = OutgoingMessage.objects.get(template="payments/payout_returned")
        assert "had left, and has been sent back" in letter.text and "refused" not in letter.text
        assert auditing.findings() == []

    def test_stands_in_the_statement_twice(self, paid, staff):
        sending.came_back(paid.pk, by=staff)
        month = this_month(paid.seller.market)
        figures = seller_statements.summary(paid.seller, month)
        assert figures.payouts == 0
        assert figures.closing == figures.opening + paid.amount
        entries = list(seller_statements.entries_in(paid.seller, month, "payout_paid"))
        written = seller_statements.lines(paid.seller, entries, with_balance=False)
        assert [line.amount for line in written] == [paid.amount, -paid.amount]

    def test_above_the_limit_two_people_must_have_read_it(self, paid, staff):
        rui, ivo = (make_user(f"{name}@example.com", is_staff=True) for name in ("rui", "ivo"))
        Payout.objects.update(
            above_limit=True, approved_by=ivo, approved_at=timezone.now(), reported_by=staff, decided_by=rui
        )
        Payout.objects.update(reported_paid=True)
        sending.came_back(paid.pk, by=rui)
        assert status(paid) == PayoutStatus.PAID
        sending.came_back(paid.pk, by=rui)
        assert status(paid) == PayoutStatus.PAID
        sending.came_back(paid.pk, by=staff)
        assert (status(paid), paid.decided_by) == (PayoutStatus.FAILED, staff)

    def test_is_not_believed_to_a_late_answer_of_the_rail(self, paid):
        sending.apply(paid.pk, Outcome(state=State.FAILED, reason=Reason.ACCOUNT_PROBLEM))
        sending.apply(paid.pk, Outcome(state=State.PAID))
        assert status(paid) == PayoutStatus.PAID
        assert [event.kind for event in paid.events.all()][-1] == "contradicted"
        assert auditing.findings() == []
