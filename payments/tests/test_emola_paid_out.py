"""Money that leaves by e-Mola: payouts to sellers and refunds to buyers, once and in whole meticais."""

import time
from dataclasses import replace
from decimal import Decimal

import pytest

from marketplace import markets
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders.tests.factories import make_order
from payments.books import ledger
from payments.disbursement import payouts, sending
from payments.earnings import balances, seller_statements
from payments.earnings.months import this_month
from payments.models import Account, LedgerEntry, PayoutStatus, RefundStatus
from payments.refunds import by_staff, returning
from payments.refunds.ways import ways_of
from payments.tests.factories import make_available, make_destination
from payments.tests.refunds import give_back, part_of
from payments.tests.test_emola_troubles import begin, start
from sellers.models import PayoutDestination
from sellers.payout_forms import DestinationForm
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def make_payout(ending, price=500, seller=None):
    seller = seller or make_seller(market_code="mz")
    make_available(seller, price=price)
    destination = make_destination(seller, phone=f"+2588612345{ending}")
    PayoutDestination.objects.filter(pk=destination.pk).update(rail="emola_b2c")
    return payouts.pay_available(seller.pk)


def payout_state(payout):
    payout.refresh_from_db()
    return payout.status


def in_transit(payout):
    return ledger.balance(Account.SELLER_IN_TRANSIT, seller=payout.seller, currency="MZN").amount


def test_a_seller_is_paid_into_the_wallet(sandbox):
    payout = make_payout("12")
    sending.send(payout.pk)
    assert payout_state(payout) == PayoutStatus.PAID
    kept = sandbox.kept("emola")[0]
    assert (kept["operation"], kept["phone"], kept["amount"]) == ("B2C", "861234512", str(int(payout.amount)))


@pytest.mark.parametrize("ending", ["71", "80", "81", "85", "86"])
def test_an_unclear_payout_is_asked_about_and_never_sent_again(sandbox, ending):
    payout = make_payout(ending)
    sending.send(payout.pk)
    assert payout_state(payout) in (PayoutStatus.UNKNOWN, PayoutStatus.SENDING)
    for _ in range(200):
        sending.follow_up(payout.pk)
        if payout_state(payout) == PayoutStatus.PAID:
            break
        time.sleep(0.01)
    assert payout_state(payout) == PayoutStatus.PAID
    assert in_transit(payout) == 0
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize("ending", ["76", "77", "82"])
def test_a_payout_that_failed_returns_to_the_balance(sandbox, ending):
    payout = make_payout(ending)
    sending.send(payout.pk)
    for _ in range(200):
        if payout_state(payout) == PayoutStatus.FAILED:
            break
        sending.follow_up(payout.pk)
        time.sleep(0.01)
    assert payout_state(payout) == PayoutStatus.FAILED
    assert in_transit(payout) == 0
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=payout.seller, currency="MZN")
    assert available.amount == payout.amount


def test_a_seller_is_not_told_to_lack_money_where_our_own_is_short(sandbox):
    payout = make_payout("76")
    User.objects.update(language="en")
    sending.send(payout.pk)
    told = OutgoingMessage.objects.get(template="payments/payout_returned").text
    assert "Our own account there was short of money." in told and "we try again the next day" in told
    assert "not enough money" not in told


def test_of_a_wrong_account_the_owner_reads_that_nothing_goes_there_again(sandbox):
    payout = make_payout("77")
    User.objects.update(language="en")
    sending.send(payout.pk)
    told = OutgoingMessage.objects.get(template="payments/payout_returned").text
    assert "please enter another one" in told and "the next day" not in told


def test_centavos_stay_for_the_next_payout(sandbox):
    payout = make_payout("12", price="500.50")
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=payout.seller, currency="MZN")
    assert payout.amount == payout.amount.to_integral_value()
    assert 0 < available.amount < 1
    sending.send(payout.pk)
    assert payout_state(payout) == PayoutStatus.PAID
    assert Decimal(sandbox.kept("emola")[0]["amount"]) == payout.amount


def test_what_is_carried_over_is_no_line_of_the_statement_unless_staff_say_the_same_words(sandbox):
    payout = make_payout("12", price="500.50")
    sending.send(payout.pk)
    seller = payout.seller
    carried = LedgerEntry.objects.filter(seller=seller, kind="adjustment").first()
    assert not seller_statements.entries_of(seller).filter(kind="adjustment").exists()
    eva = make_user("eva@example.com", is_staff=True)
    ledger.record_adjustment(seller, Decimal(5), key="by-eva", note=carried.note, by=eva)
    assert [entry.amount for entry in seller_statements.entries_of(seller).filter(kind="adjustment")] == [-5]
    figures = seller_statements.summary(seller, this_month(seller.market))
    assert (figures.corrections, figures.closing) == (5, balances.balance_of(seller).owed)


def test_more_than_a_wallet_takes_at_once_is_paid_in_two(sandbox):
    seller = make_seller(market_code="mz")
    make_available(seller, price=40_000)
    first = make_payout("12", price=40_000, seller=seller)
    earned = -sum(
        each.amount for each in LedgerEntry.objects.filter(account=Account.SELLER_AVAILABLE, kind="release")
    )
    sending.send(first.pk)
    second = payouts.pay_available(seller.pk)
    assert first.amount == 50_000 < earned == first.amount + second.amount


def destination_form(phone):
    market = make_seller(market_code="mz").market
    typed = {"phone": phone, "holder_name": "Lurdes Machel"}
    return DestinationForm(typed, market=market, rail=market.payout_rail("emola_b2c"))


def test_a_seller_may_name_a_wallet_of_movitel_and_no_other():
    form = destination_form("86 123 4512")
    assert form.is_valid()
    assert "86 123 4567" in form.fields["phone"].help_text
    assert destination_form("87 123 4512").is_valid()
    assert "phone" in destination_form("84 123 4512").errors


def refund_of_emola(price):
    order = make_order(seller=make_seller(market_code="mz"), price=price, quantity=2)
    start(begin("12", order))
    return give_back(part_of(order), dict.fromkeys(part_of(order).lines.values_list("pk", flat=True), 1))


def test_a_buyer_is_paid_back_into_a_wallet_because_emola_reverses_nothing(sandbox):
    refund = refund_of_emola(500)
    assert refund.status == RefundStatus.NEEDS_ACCOUNT
    rail = refund.market.payout_rail("emola_b2c")
    assert rail in ways_of(refund)
    account = {"phone": "+258861234512", "holder_name": "Ana Machel"}
    returning.give_account(refund=refund, rail=rail, account=account)
    returning.send(refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    kept = [each for each in sandbox.kept("emola") if each["operation"] == "B2C"]
    assert [each["amount"] for each in kept] == ["500"]
    assert LedgerEntry.objects.get(kind="refund_paid", account=Account.GATEWAY).gateway == "emola_b2c"


def test_a_refund_with_centavos_goes_another_way(sandbox):
    """Two apples of 500.50 make a whole total; one of them does not."""
    refund = refund_of_emola("500.50")
    assert "emola_b2c" not in [rail.code for rail in ways_of(refund)]


def test_what_no_wallet_can_carry_is_for_staff_and_asks_for_no_account(sandbox, monkeypatch, client):
    market = markets.get("mz")
    small = tuple(replace(rail, maximum=Decimal(900)) for rail in market.payout_rails)
    monkeypatch.setitem(markets.MARKETS, "mz", replace(market, payout_rails=small))
    refund = refund_of_emola(1000)
    assert (refund.status, refund.only_staff) == (RefundStatus.NEEDS_STAFF, False)
    page = client.get(f"/refunds/{refund.secret}/", headers={"host": "mz.localhost"}).content.decode()
    assert "holder_name" not in page
    eva, rui = (make_user(f"{name}@example.com", is_staff=True) for name in ("eva", "rui"))
    with pytest.raises(by_staff.CardOnly):
        by_staff.allow_account(refund=refund, by=eva)
    assert by_staff.report_paid(refund=refund, reference="BANK-17", note="by transfer", by=rui)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
