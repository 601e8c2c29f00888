"""M-Pesa answers late, twice, never, with an HTML page: one order, one charge, one posting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, schedule
from payments.models import Attention, LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import failed
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def begin(ending, order=None):
    """An attempt from a phone whose last two digits choose what happens."""
    order = order or make_order(seller=make_seller(market_code="mz"), price=500)
    return collecting.begin(order=order, method="mpesa", inputs={"phone": f"+2588412345{ending}"})


def state(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


PAID = (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
DOUBT = (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
FAILED = (PaymentStatus.FAILED, OrderStatus.PENDING)


def sales():
    return LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count()


def test_a_pin_typed_in_time_pays_at_once(sandbox):
    payment = begin("12")
    collecting.start(payment.pk)
    assert state(payment) == PAID
    assert sandbox.calls("POST /ipg/v1x/c2bPayment") == 1


@pytest.mark.parametrize("ending", ["83", "84", "86", "91", "93"])
def test_an_answer_that_came_late_or_lost_its_way_is_found_by_asking(sandbox, ending):
    """A time-out, a firewall's page, a cut line, no transaction id, a lost result: the money had moved."""
    payment = begin(ending)
    collecting.start(payment.pk)
    assert state(payment) == DOUBT
    sandbox.wait_for("mpesa", reference=payment.reference)
    for _ in range(20):
        collecting.ask(payment.pk)
        if state(payment) == PAID:
            break
    assert state(payment) == PAID
    assert sales() == 1
    assert sandbox.calls("POST /ipg/v1x/c2bPayment") == 1


def test_an_answer_that_comes_twice_counts_once(sandbox):
    payment = begin("83")
    collecting.start(payment.pk)
    for _ in range(5):
        collecting.ask(payment.pk)
    assert state(payment) == PAID
    assert sales() == 1


def test_while_nobody_knows_there_is_no_second_prompt(sandbox):
    payment = begin("83")
    collecting.start(payment.pk)
    with pytest.raises(collecting.AttemptUnderWay):
        begin("12", payment.order)
    assert sandbox.calls("POST /ipg/v1x/c2bPayment") == 1


def test_no_answer_at_all_is_given_to_a_person_after_ten_minutes(sandbox):
    sandbox.fault("POST /ipg/v1x/c2bPayment", "drop")
    payment = begin("12")
    collecting.start(payment.pk)
    collecting.ask(payment.pk)
    assert state(payment) == DOUBT
    earlier = timezone.now() - schedule.UNCONFIRMED_AFTER - timedelta(seconds=1)
    Payment.objects.update(started_at=earlier)
    collecting.ask(payment.pk)
    assert state(payment) == FAILED
    assert payment.attention == Attention.UNCONFIRMED

    second = begin("12", payment.order)
    collecting.start(second.pk)
    assert state(second) == PAID


@pytest.mark.parametrize("ending", ["82", "85"])
def test_a_pin_nobody_typed_fails_once_the_company_says_so(sandbox, ending):
    payment = begin(ending)
    collecting.start(payment.pk)
    assert state(payment) == DOUBT
    for _ in range(20):
        collecting.ask(payment.pk)
        if state(payment) == FAILED:
            break
    assert state(payment) == FAILED
    assert payment.attention == ""
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("80", "cancelled_by_buyer"), ("81", "insufficient_funds"), ("88", "account_problem")],
)
def test_a_clear_no_fails_at_once_with_its_reason(sandbox, ending, reason):
    payment = begin(ending)
    collecting.start(payment.pk)
    assert state(payment) == FAILED
    assert payment.failure_reason == reason


@pytest.mark.parametrize(
    "kind", ["html", "html_after", "error", "busy", "truncated", "huge", "latin1", "redirect"]
)
def test_nonsense_instead_of_an_answer_is_doubt_never_a_yes_or_no(sandbox, kind):
    sandbox.fault("POST /ipg/v1x/c2bPayment", kind)
    payment = begin("12")
    collecting.start(payment.pk)
    assert state(payment) == DOUBT
    with pytest.raises(collecting.AttemptUnderWay):
        begin("12", payment.order)


def test_money_that_arrives_after_another_attempt_paid_is_surplus(sandbox):
    first = begin("83")
    collecting.start(first.pk)
    collecting.settle(first.pk, failed())  # staff or a wrong answer gave it up
    second = begin("12", first.order)
    collecting.start(second.pk)
    collecting.ask(first.pk)
    assert state(second) == PAID
    assert state(first) == (PaymentStatus.SURPLUS, OrderStatus.PAID)
    assert sales() == 1
