"""Links, receipts, lists and requests in twenty hands at once: each is used as often as it may be (I-15)."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from marketplace import markets
from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import IllegalTransition
from payments.books import auditing
from payments.disbursement import bank_files
from payments.models import CashCode, LedgerEntry, Payout, PayoutEvent, RefundEvent
from payments.refunds import requesting
from payments.tests.cash import make_code, pay
from payments.tests.factories import DESTINATIONS, make_destination, make_sale
from payments.tests.refunds import give_back, part_of
from payments.tests.requests import make_request
from payments.tests.test_bank_files import waiting_payout
from payments.vouchers import cash
from sellers import payout_destinations
from sellers.models import SellerEvent
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 20
REFUSALS = (
    cash.ReceiptUsed,
    cash.WrongState,
    bank_files.NotPossible,
    IllegalTransition,
)


def at_once(actions):
    """What came of each: a value, or the named refusal."""

    def act(action):
        try:
            return action()
        except REFUSALS as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(act, actions))


def browsers():
    return [Client(headers={"host": "co.localhost"}, REMOTE_ADDR=f"10.9.0.{each}") for each in range(HANDS)]


def test_twenty_windows_name_one_account():
    refund = give_back(part_of(make_sale()))
    rail, account = DESTINATIONS["co"]
    address = reverse("payments:show_refund", args=[refund.secret]) + f"?way={rail}"
    typed = [account | {"account_number": f"123456789{each:02}"} for each in range(HANDS)]

    answers = at_once(partial(shop.post, address, form) for shop, form in zip(browsers(), typed, strict=True))

    assert {answer.status_code for answer in answers} <= {200, 302}
    assert RefundEvent.objects.filter(refund=refund, kind="created").count() == 1
    assert auditing.findings() == []


def test_twenty_readers_of_one_mail_freeze_a_store_once():
    destination = make_destination(make_seller())
    address = reverse("sellers:dispute_destination", args=[payout_destinations.dispute_token(destination)])

    answers = at_once(partial(reader.post, address) for reader in browsers())

    assert {answer.status_code for answer in answers} == {302}
    assert SellerEvent.objects.filter(kind="payouts_frozen").count() == 1


def test_one_receipt_pays_one_code_and_one_code_is_paid_once():
    codes = [make_code() for _ in range(HANDS // 4)]
    reports = [partial(pay, code, receipt="R-1") for code in codes for _hand in range(4)]

    done = at_once(reports)

    assert set(done) - set(codes) == {cash.ReceiptUsed}
    assert CashCode.objects.filter(status="paid").count() == 1
    assert LedgerEntry.objects.filter(kind="sale", account="gateway").count() == 1
    assert auditing.findings() == []


def test_a_list_for_the_bank_is_let_go_once():
    waiting_payout()
    file = bank_files.make(market=markets.get("mz"), by=make_user())
    people = [make_user() for _ in range(HANDS)]

    done = at_once(partial(bank_files.let_go, file=file, by=person) for person in people)

    assert sorted(map(str, done)) == sorted(["None"] + [str(bank_files.NotPossible)] * (HANDS - 1))
    assert PayoutEvent.objects.filter(kind="let_go").count() == Payout.objects.count() == 1


def test_a_request_for_money_back_is_granted_once():
    request, staff = make_request(), make_user()
    decide = partial(requesting.decide, request, approve=True, words="", by=staff)

    done = at_once([decide] * HANDS)

    assert done.count(IllegalTransition) == HANDS - 1
    assert request.refunds.count() == 1
    assert auditing.findings() == []
