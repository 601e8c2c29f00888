"""Refunds on their way: by the company that collected, or to an account; each once, and none is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from marketplace.mailing.models import OutgoingMessage
from marketplace.money import Money
from payments import notices
from payments.books import auditing
from payments.gateways.base import Outcome, Reason, State
from payments.models import Account, GatewayNotice, LedgerEntry, Refund, RefundStatus
from payments.refunds import by_statement, returned, returning
from payments.refunds.returning import AccountNotWanted
from payments.refunds.ways import ways_of
from payments.tests.factories import make_sale
from payments.tests.refunds import (
    NO_SUCH_ACCOUNT,
    balance,
    by_account,
    give_back,
    name_account,
    part_of,
    sell_by_mpesa,
)
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

S = RefundStatus
REVERSAL = "PUT /ipg/v1x/reversal/"
PAYOUTS = "POST /wompi-payouts/v1/payouts"


def status(refund):
    refund.refresh_from_db()
    return refund.status


def mails(name):
    return OutgoingMessage.objects.filter(template=f"payments/{name}")


class TestByTheCompany:
    @pytest.mark.parametrize("units", [1, 2])
    def test_it_goes_back_the_way_it_came(self, sandbox, units):
        part = sell_by_mpesa(quantity=2)
        collected = balance(Account.GATEWAY, "MZN")
        refund = give_back(part, {part.lines.get().pk: units})
        assert status(refund) == S.CREATED
        assert returning.send.run(refund.pk) is None
        assert status(refund) == S.SUCCEEDED
        assert balance(Account.REFUNDS_DUE, "MZN") == 0
        assert balance(Account.GATEWAY, "MZN") == collected - refund.amount
        assert mails("refund_sent").get().recipient == part.order.email
        assert not auditing.findings()

    def test_a_lost_answer_is_asked_for_and_the_money_goes_back_once(self, sandbox):
        refund = give_back(sell_by_mpesa())
        sandbox.fault(REVERSAL, "swallow")
        returning.send(refund.pk)
        assert status(refund) == S.UNKNOWN
        for _ in range(3):
            returning.send(refund.pk)
            returning.follow_up(refund.pk)
        assert status(refund) == S.SUCCEEDED
        assert sandbox.calls(REVERSAL) == 1
        assert LedgerEntry.objects.filter(kind="refund_paid").count() == 2

    def test_a_doubt_is_never_sent_again_and_staff_have_the_last_word(self, sandbox, ana):
        refund = give_back(sell_by_mpesa())
        sandbox.fault(REVERSAL, "drop")
        returning.send(refund.pk)
        Refund.objects.update(sent_at=timezone.now() - timedelta(minutes=10))
        for _ in range(3):
            returning.follow_up(refund.pk)
        assert status(refund) == S.UNKNOWN
        assert sandbox.calls(REVERSAL) == 1
        assert by_statement.decide(refund=refund, was_sent=False, by=ana)
        assert status(refund) == S.NEEDS_ACCOUNT
        with pytest.raises(by_statement.NotPossible):
            by_statement.decide(refund=refund, was_sent=True, by=ana)
        assert status(refund) == S.NEEDS_ACCOUNT

    def test_a_refusal_of_the_company_leads_to_the_buyers_account(self, sandbox):
        refund = give_back(sell_by_mpesa())
        sandbox.switch(mpesa_refuses_reversals=True)
        returning.send(refund.pk)
        assert status(refund) == S.NEEDS_ACCOUNT
        assert refund.secret in mails("refund_account").get().text
        assert refund.secret in OutgoingMessage.objects.get(kind="sms").text
        first = refund.reference
        name_account(refund)
        assert refund.reference != first
        returning.send(refund.pk)
        assert status(refund) == S.SUCCEEDED
        assert LedgerEntry.objects.get(kind="refund_paid", account=Account.GATEWAY).gateway == "mpesa_b2c"
        assert not auditing.findings()

    def test_what_never_left_the_house_waits_and_is_sent_later(self, sandbox, settings):
        refund = give_back(sell_by_mpesa())
        good = settings.GATEWAY_CREDENTIALS
        settings.GATEWAY_CREDENTIALS = good | {"mpesa": sandbox.credentials("mpesa", reversal_port="1")}
        returning.send(refund.pk)
        assert status(refund) == S.CREATED
        assert refund.next_check_at > timezone.now()
        settings.GATEWAY_CREDENTIALS = good
        returning.send(refund.pk)
        assert status(refund) == S.SUCCEEDED

    def test_a_company_that_never_takes_it_does_not_keep_the_buyer_waiting(self, sandbox):
        refund = give_back(sell_by_mpesa())
        Refund.objects.update(created_at=timezone.now() - returning.GIVE_UP_AFTER)
        returning.send(refund.pk)
        assert status(refund) == S.NEEDS_ACCOUNT
        assert sandbox.calls(REVERSAL) == 0

    def test_a_wrong_amount_is_not_booked_and_nobody_asks_again(self, sandbox):
        refund = give_back(sell_by_mpesa())
        Refund.objects.update(status=S.SENDING)
        returned.apply(
            refund.pk, Outcome(state=State.PAID, money=Money(1, "MZN")), reference=refund.reference
        )
        assert (status(refund), refund.next_check_at) == (S.UNKNOWN, None)
        assert balance(Account.REFUNDS_DUE, "MZN") == refund.amount

    def test_a_company_may_take_back_its_word(self, sandbox):
        refund = give_back(sell_by_mpesa())
        returning.send(refund.pk)
        no = Outcome(state=State.FAILED, reason=Reason.REFUSED_BY_BANK)
        for _ in range(3):
            returned.apply(refund.pk, no, reference=refund.reference)
        assert status(refund) == S.NEEDS_ACCOUNT
        assert balance(Account.REFUNDS_DUE, "MZN") == refund.amount
        assert LedgerEntry.objects.filter(kind="refund_bounced").count() == 2
        name_account(refund)
        returning.send(refund.pk)
        assert status(refund) == S.SUCCEEDED
        assert not auditing.findings()


class TestToAnAccount:
    def test_a_bank_takes_its_time(self, sandbox):
        refund = by_account()
        returning.send(refund.pk)
        assert status(refund) == S.SENDING
        sandbox.decide(refund.reference, "approve")
        returning.follow_up(refund.pk)
        assert status(refund) == S.SUCCEEDED
        assert refund.account == ""
        assert "••••" in mails("refund_sent").get().text
        assert balance(Account.REFUNDS_DUE) == 0
        assert [row["reference"] for row in sandbox.kept("rows")] == [refund.reference]

    def test_a_wrong_account_is_asked_for_again_and_late_answers_change_nothing(self, sandbox):
        refund = by_account(account_number=NO_SUCH_ACCOUNT)
        returning.send(refund.pk)
        sandbox.decide(refund.reference, "fail")
        returning.follow_up(refund.pk)
        assert (status(refund), refund.account) == (S.NEEDS_ACCOUNT, "")
        first = refund.reference
        name_account(refund, account_number="99887766554")
        returning.send(refund.pk)
        returned.apply(refund.pk, Outcome(state=State.FAILED), reference=first)
        returned.apply(refund.pk, Outcome(state=State.PAID), reference=first)
        assert status(refund) == S.SENDING
        sandbox.decide(refund.reference, "approve")
        returning.follow_up(refund.pk)
        assert status(refund) == S.SUCCEEDED
        assert LedgerEntry.objects.filter(kind="refund_paid").count() == 2

    def test_while_our_own_account_is_short_the_buyer_need_do_nothing(self, sandbox):
        refund = by_account(part_of(make_sale(seller=make_seller(market_code="mz"))), phone="+258841234581")
        first = refund.reference
        returning.send(refund.pk)
        assert (status(refund), refund.next_check_at > timezone.now()) == (S.CREATED, True)
        assert refund.account and refund.reference != first
        assert not mails("refund_account").exists()
        returned.apply(refund.pk, Outcome(state=State.PAID), reference=first)
        returning.send(refund.pk)
        assert len(sandbox.kept("mpesa")) == 2 and status(refund) == S.CREATED

    def test_one_the_bank_never_saw_is_repeated_under_the_same_key(self, sandbox):
        refund = by_account()
        sandbox.fault(PAYOUTS, "drop")
        returning.send(refund.pk)
        returning.follow_up(refund.pk)
        assert not sandbox.kept("rows")  # too soon: it may still be on its way
        Refund.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
        returning.follow_up(refund.pk)
        assert [row["reference"] for row in sandbox.kept("rows")] == [refund.reference]

    def test_the_account_is_taken_once(self, sandbox):
        refund = by_account()
        with pytest.raises(AccountNotWanted):
            name_account(refund, account_number="99887766554")
        assert refund.masked.endswith("8901")

    def test_an_amount_with_centavos_is_not_offered_to_a_wallet_that_knows_none(self, sandbox):
        refund = give_back(sell_by_mpesa(price="1000.50"))
        assert [way.code for way in ways_of(refund)] == ["mpesa_b2c"]
        whole = give_back(sell_by_mpesa(price="1000"))
        assert {way.code for way in ways_of(whole)} == {"mpesa_b2c", "emola_b2c"}


class TestTheClock:
    def test_each_due_refund_is_taken_once(self):
        by_account()
        later = timezone.now() + timedelta(hours=1)
        assert [returning.follow_up_all(later), returning.follow_up_all(later)] == [1, 0]

    def test_who_does_not_answer_is_asked_again_and_then_left_in_peace(self):
        refund = give_back(part_of(make_sale()))
        now = timezone.now()
        for _ in range(20):
            now += timedelta(days=31)
            returning.follow_up_all(now)
            returning.follow_up_all(now)
        assert mails("refund_account").count() == len(returned.REMINDERS)
        assert (status(refund), refund.next_check_at) == (S.NEEDS_ACCOUNT, None)


def test_a_notice_about_a_refund_makes_us_ask(sandbox):
    refund = give_back(sell_by_mpesa())
    sandbox.fault(REVERSAL, "swallow")
    returning.send(refund.pk)
    notice = GatewayNotice.objects.create(gateway="mpesa", event_id="1", reference=refund.reference, body={})
    notices.follow_up(notice.pk)
    assert status(refund) == S.SUCCEEDED
    notice.refresh_from_db()
    assert notice.outcome == S.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_workers_sends(sandbox):
    refund = give_back(sell_by_mpesa())

    def work(_):
        try:
            returning.send(refund.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))
    assert status(refund) == S.SUCCEEDED
    assert sandbox.calls(REVERSAL) == 1
