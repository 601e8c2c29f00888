"""The clock pays whom it is the turn of, once; what it missed is made up for."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from payments.books import ledger
from payments.disbursement import payable, payouts, sending
from payments.gateways.base import Outcome, State
from payments.models import LedgerEntry, Payout, PayoutStatus
from payments.tests.factories import deliver, make_available, make_destination, make_sale
from sellers.models import Seller
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

# 2026-11-23 is a Monday; in Bogotá it begins at five o'clock in London.
MONDAY = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@contextmanager
def at(moment):
    with time_machine.travel(moment, tick=False):
        yield


def seller_paid(schedule, day=1, **fields):
    with at(MONDAY - 30 * DAY):
        seller = make_seller(payout_schedule=schedule, payout_day=day, **fields)
        make_destination(seller)
    return seller


def earn(seller, moment, **fields):
    with at(moment):
        return make_available(seller, **fields)


def run(moment):
    """Two clocks look, one pays; whatever is made is paid at once."""
    with at(moment):
        made = payouts.pay_all() + payouts.pay_all()
        for payout in Payout.objects.filter(status=PayoutStatus.CREATED):
            Payout.objects.filter(pk=payout.pk).update(status=PayoutStatus.SENDING)
            sending.apply(payout.pk, Outcome(state=State.PAID))
        return made


def test_weekly_money_waits_for_its_day():
    seller = seller_paid("weekly", 0)
    earn(seller, MONDAY - 3 * DAY)
    assert [run(MONDAY - DAY), run(MONDAY - MINUTE), run(MONDAY), run(MONDAY + HOUR)] == [0, 0, 1, 0]


def test_what_comes_after_the_payday_waits_for_the_next_one():
    seller = seller_paid("weekly", 0)
    earn(seller, MONDAY + DAY)
    assert [run(MONDAY + 2 * DAY), run(MONDAY + 6 * DAY), run(MONDAY + 7 * DAY)] == [0, 0, 1]


def test_a_missed_payday_is_made_up_for_once():
    seller = seller_paid("weekly", 0)
    earn(seller, MONDAY - DAY)
    assert [run(MONDAY + 3 * DAY), run(MONDAY + 4 * DAY)] == [1, 0]
    earn(seller, MONDAY + 5 * DAY)
    assert [run(MONDAY + 6 * DAY), run(MONDAY + 7 * DAY)] == [0, 1]


def test_too_little_on_the_payday_is_not_paid_as_soon_as_more_comes():
    seller = seller_paid("weekly", 0, minimum_payout=100_000)
    earn(seller, MONDAY - DAY, price=60_000)
    assert run(MONDAY) == 0
    earn(seller, MONDAY + DAY, price=60_000)
    assert [run(MONDAY + 2 * DAY), run(MONDAY + 7 * DAY)] == [0, 1]


def test_a_month_without_a_31st_pays_on_its_last_day():
    seller = seller_paid("monthly", 31)
    earn(seller, MONDAY)
    last = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
    assert [run(last - MINUTE), run(last), run(last + DAY)] == [0, 1, 0]


def test_every_market_has_its_own_midnight():
    seller = seller_paid("weekly", 0, market_code="mz")
    earn(seller, MONDAY - 2 * DAY, price=500)
    maputo = MONDAY - 7 * HOUR
    assert [run(maputo - MINUTE), run(maputo)] == [0, 1]


def test_every_day_means_once_a_day_and_at_once_when_money_comes():
    seller = seller_paid("daily")
    earn(seller, MONDAY + HOUR)
    assert run(MONDAY + HOUR) == 1
    earn(seller, MONDAY + 2 * HOUR)
    assert [run(MONDAY + 23 * HOUR), run(MONDAY + DAY)] == [0, 1]


def test_development_pays_as_soon_as_money_is_there(settings):
    settings.PAYOUT_AT_ONCE = True
    seller = seller_paid("daily")
    earn(seller, MONDAY + HOUR)
    assert run(MONDAY + HOUR) == 1
    earn(seller, MONDAY + 2 * HOUR)
    assert run(MONDAY + 2 * HOUR) == 1


def test_who_wants_to_ask_is_not_paid_by_the_clock():
    seller = seller_paid("request")
    earn(seller, MONDAY)
    assert run(MONDAY + 40 * DAY) == 0
    with at(MONDAY + DAY):
        assert payouts.request_payout(seller=seller, by=seller.members.get().user)


def test_asking_in_between_does_not_cost_the_payday():
    seller = seller_paid("weekly", 0)
    earn(seller, MONDAY - 3 * DAY)
    with at(MONDAY - 2 * DAY):
        payouts.request_payout(seller=seller, by=seller.members.get().user)
    run(MONDAY - 2 * DAY)
    earn(seller, MONDAY - DAY)
    assert run(MONDAY) == 1


def test_what_staff_called_off_is_not_made_again_before_the_next_payday():
    seller = seller_paid("daily")
    earn(seller, MONDAY)
    with at(MONDAY):
        payouts.pay_all()
        payout = Payout.objects.get()
        Payout.objects.update(status=PayoutStatus.CANCELLED)
        sending.give_back(payout)
    assert [run(MONDAY + HOUR), run(MONDAY + DAY)] == [0, 1]


def test_what_a_wallet_cannot_take_at_once_follows_day_by_day():
    seller = seller_paid("monthly", 23, market_code="mz")
    for number in range(3):
        earn(seller, MONDAY - DAY - number * HOUR, price=48_000)
    days = [run(MONDAY + number * DAY) for number in range(4)]
    assert days == [1, 1, 1, 0]
    first, *_, last = Payout.objects.order_by("pk").values_list("amount", flat=True)
    assert first == 50_000 > last


def test_debts_of_today_count_against_what_was_earned_by_the_payday():
    seller = seller_paid("weekly", 0)
    part = earn(seller, MONDAY - DAY)
    with at(MONDAY + HOUR):
        staff = seller.members.get().user
        ledger.record_adjustment(seller, -part.earnings, key="1", note="broken goods", by=staff)
    assert run(MONDAY + 2 * HOUR) == 0


@pytest.mark.parametrize(
    ("schedule", "number", "earned", "asked", "day"),
    [
        ("weekly", 0, MONDAY - DAY, MONDAY - HOUR, "2026-11-23"),
        ("weekly", 0, MONDAY - DAY, MONDAY + HOUR, "2026-11-23"),
        ("weekly", 0, MONDAY + HOUR, MONDAY + DAY, "2026-11-30"),
        ("monthly", 31, MONDAY, MONDAY + HOUR, "2026-11-30"),
        ("daily", 1, MONDAY, MONDAY + HOUR, "2026-11-23"),
        ("request", 1, MONDAY, MONDAY + HOUR, "None"),
    ],
)
def test_the_balance_page_knows_the_day(schedule, number, earned, asked, day):
    seller = seller_paid(schedule, number)
    earn(seller, earned)
    with at(asked):
        following = payable.next_payout(seller)
    assert str(following.day) == day
    assert following.hindrance is None
    if day != "None":
        assert run(paid_on(seller, following.day)) == 1


def paid_on(seller, day):
    return payable.paydays.beginning(seller.market, day) + 23 * HOUR


def test_a_broken_row_stops_nobody_behind_it(monkeypatch):
    """Rows that cannot be released or paid are left and logged, however many there are."""
    monkeypatch.setattr(payouts, "BATCH", 1)
    broken, sound = seller_paid("daily"), seller_paid("daily")
    for seller in (broken, sound):
        with at(MONDAY - DAY):
            deliver(make_sale(seller))
    genuine = ledger.release

    def release(part):
        if part.seller_id == broken.pk:
            raise ZeroDivisionError
        genuine(part)

    monkeypatch.setattr(ledger, "release", release)
    with at(MONDAY + 30 * DAY):
        assert payouts.release_due() == 1
    assert LedgerEntry.objects.filter(kind="release", seller=sound).exists()
    assert not LedgerEntry.objects.filter(seller=broken, kind="release").exists()

    monkeypatch.setattr(ledger, "release", genuine)
    with at(MONDAY + 30 * DAY):
        payouts.release_due()
    record = ledger.record_payout

    def record_payout(payout):
        if payout.seller_id == broken.pk:
            raise ZeroDivisionError
        record(payout)

    monkeypatch.setattr(ledger, "record_payout", record_payout)
    assert run(MONDAY + 31 * DAY) == 1
    assert [payout.seller for payout in Payout.objects.all()] == [sound]


@pytest.mark.parametrize(
    ("changes", "hindrance"),
    [
        ({"status": "suspended"}, "closed"),
        ({"payouts_frozen_at": MONDAY}, "frozen"),
        ({"minimum_payout": 10_000_000}, "below"),
    ],
)
def test_what_stands_in_the_way_is_said(changes, hindrance):
    seller = seller_paid("daily")
    earn(seller, MONDAY - DAY)
    Seller.objects.filter(pk=seller.pk).update(**changes)
    seller.refresh_from_db()
    with at(MONDAY):
        following = payable.next_payout(seller)
        assert (following.hindrance, following.day) == (hindrance, None)
        with pytest.raises(payable.NothingToPay) as nothing:
            payouts.request_payout(seller=seller, by=seller.members.get().user)
    assert nothing.value.hindrance == hindrance
    assert following.explanation and "%" not in following.explanation
    assert run(MONDAY + 40 * DAY) == 0
