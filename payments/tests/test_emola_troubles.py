"""e-Mola answers late, twice, never, brokenly: one order, one push, one posting."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, methods, schedule
from payments.gateways.base import Reason, Refused
from payments.models import Attention, LedgerEntry, Payment, PaymentStatus
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

CALL = "POST /BCCSGateway"


def begin(ending, order=None, *, asynchronous=None, price=500):
    """An attempt from a phone whose last two digits choose what happens."""
    if asynchronous:
        asynchronous.switch(emola_asynchronous=True)
    order = order or make_order(seller=make_seller(market_code="mz"), price=price)
    return collecting.begin(order=order, method="emola", inputs={"phone": f"+2588612345{ending}"})


def start(payment):
    collecting.start(payment.pk)
    return payment


def state(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


PAID = (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
OPEN = (PaymentStatus.PENDING, OrderStatus.PENDING)
DOUBT = (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
FAILED = (PaymentStatus.FAILED, OrderStatus.PENDING)


def ask_until(payment, wanted):
    for _ in range(200):
        collecting.ask(payment.pk)
        if state(payment) == wanted:
            break
        time.sleep(0.01)
    assert state(payment) == wanted


def sales():
    return LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count()


def test_a_pin_typed_in_time_pays_at_once(sandbox):
    payment = start(begin("12"))
    assert state(payment) == PAID
    assert payment.next_step["kind"] == "prompt"
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize(
    ("ending", "at_first"),
    [("71", OPEN), ("75", DOUBT), ("80", DOUBT), ("81", DOUBT), ("85", DOUBT), ("86", DOUBT), ("87", OPEN)],
)
def test_an_answer_that_came_late_or_lost_its_way_is_found_by_asking(sandbox, ending, at_first):
    """A lost callback, a late PIN, 99, a time-out, broken XML, a cut line: the money had moved."""
    payment = start(begin(ending))
    assert state(payment) == at_first
    ask_until(payment, PAID)
    collecting.ask(payment.pk)
    assert sales() == 1
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("74", Reason.EXPIRED), ("82", Reason.REFUSED_BY_BANK), ("84", Reason.REFUSED_BY_BANK)],
)
def test_an_unclear_answer_fails_once_the_company_says_so(sandbox, ending, reason):
    payment = start(begin(ending))
    assert state(payment) == DOUBT
    ask_until(payment, FAILED)
    assert (payment.failure_reason, payment.attention) == (reason, "")
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("76", Reason.INSUFFICIENT_FUNDS),
        ("77", Reason.INVALID_PHONE),
        ("78", Reason.BUSY),
        ("79", Reason.ACCOUNT_PROBLEM),
    ],
)
def test_a_clear_no_fails_at_once_and_allows_a_new_attempt(sandbox, ending, reason):
    first = start(begin(ending))
    assert state(first) == FAILED
    assert first.failure_reason == reason
    second = start(begin("12", first.order))
    assert state(second) == PAID
    assert len({each["id"] for each in sandbox.kept("emola")}) == 2


@pytest.mark.parametrize("ending", ["71", "75", "83"])
def test_while_an_attempt_is_open_or_unknown_there_is_no_second_push(sandbox, ending):
    payment = start(begin(ending))
    collecting.start(payment.pk)
    with pytest.raises(collecting.AttemptUnderWay):
        begin("12", payment.order)
    assert len(sandbox.kept("emola")) == 1


@pytest.mark.parametrize("kind", ["html", "html_after", "truncated", "huge", "latin1", "redirect", "swallow"])
def test_nonsense_instead_of_an_answer_is_doubt_never_a_yes_or_no(sandbox, kind):
    sandbox.fault(CALL, kind)
    payment = start(begin("12"))
    assert state(payment) == DOUBT
    with pytest.raises(collecting.AttemptUnderWay):
        begin("12", payment.order)


def test_what_the_company_never_finds_is_given_to_a_person_after_ten_minutes(sandbox):
    payment = start(begin("83"))
    collecting.ask(payment.pk)
    assert state(payment) == DOUBT
    Payment.objects.update(started_at=timezone.now() - schedule.UNCONFIRMED_AFTER - timedelta(seconds=1))
    collecting.ask(payment.pk)
    assert state(payment) == FAILED
    assert payment.attention == Attention.UNCONFIRMED


def test_a_push_that_got_lost_behind_the_gateway_expires_before_a_persons_eyes(sandbox):
    """22 at first, then "does not exist" for ever: nothing came of it, but nobody says so for certain."""
    payment = start(begin("73"))
    assert state(payment) == OPEN
    Payment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ask_until(payment, (PaymentStatus.EXPIRED, OrderStatus.PENDING))
    assert payment.attention == Attention.UNCONFIRMED
    assert payment.next_check_at  # late money is still looked for


def test_a_wrong_key_fails_the_attempt_and_nothing_was_sent(sandbox, settings):
    settings.GATEWAY_CREDENTIALS["emola"] |= {"key": "wrong"}
    payment = start(begin("12"))
    assert state(payment) == FAILED
    assert payment.failure_reason == Reason.COMPANY_ERROR
    assert sandbox.kept("emola") == []


# Whole meticais


def offer(order):
    return next(each for each in methods.offers(order, "en") if each.method.code == "emola")


def test_a_total_with_centavos_is_not_offered_and_says_why(sandbox):
    order = make_order(seller=make_seller(market_code="mz"), price="499.50")
    assert offer(order).refusal == "e-Mola takes whole amounts only, and this total has centavos"
    with pytest.raises(collecting.MethodNotAllowed):
        begin("12", order)
    assert methods.allowed(order, "mpesa")
    assert sandbox.calls(CALL) == 0


def test_a_whole_total_is_offered(sandbox):
    assert offer(make_order(seller=make_seller(market_code="mz"), price="499.00")).is_offered


def test_our_contract_may_allow_less_than_the_market(sandbox, settings):
    settings.GATEWAY_CREDENTIALS["emola"] |= {"maximum": "700"}
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    assert order.total == 750
    assert offer(order).refusal.startswith("Up to")
    settings.GATEWAY_CREDENTIALS["emola"] |= {"maximum": "750"}
    assert offer(order).is_offered


def test_a_foreign_number_is_refused_next_to_the_method(sandbox):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    with pytest.raises(Refused):
        collecting.begin(order=order, method="emola", inputs={"phone": "+258841234512"})
    assert not Payment.objects.exists()
