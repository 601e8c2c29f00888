"""What Wompi gives back: whole card payments, on the day, by a void; and two payments under one reference."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.utils import timezone

from marketplace.money import Money
from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, following, gateways, notices
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, RefundOrder, Refused, State
from payments.gateways.wompi import Wompi
from payments.models import GatewayNotice, LedgerEntry, Payment, PaymentStatus
from payments.tests.charges import card, follow, make_charge
from payments.tests.factories import make_payment

VOID = "POST /wompi/v1/transactions/"
NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # 12:00 in Bogotá


@pytest.fixture
def wompi(sandbox):
    return gateways.get("wompi")


def order(**changes):
    fields = {
        "reference": "R1R1R1",
        "money": Money(119000, "COP"),
        "method": "card",
        "charge_reference": "CO0001A1",
        "charge_company_reference": "",
        "charged": Money(119000, "COP"),
        "paid_at": datetime.now(UTC),
    }
    return RefundOrder(**fields | changes)


@pytest.fixture
def paid(wompi, sandbox):
    wompi.start(card(sandbox))
    return follow(wompi)


# Same-day voids


@pytest.mark.parametrize("known", [True, False])
def test_a_card_payment_of_today_is_voided_whole(wompi, sandbox, paid, known):
    asked = order(charge_company_reference=paid.company_reference if known else "")
    outcome = wompi.refund(asked)
    assert (outcome.state, outcome.money) == (State.PAID, Money(119000, "COP"))
    assert sandbox.kept("transactions")[0]["status"] == "VOIDED"
    assert wompi.look_up_refund(asked).state == State.PAID


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"method": "nequi"}, False),
        ({"method": "pse"}, False),
        ({"money": Money(118999, "COP")}, False),
        ({"paid_at": NOON - timedelta(hours=12)}, True),  # the first minute of the day in Bogotá
        ({"paid_at": NOON - timedelta(hours=12, minutes=1)}, False),
        ({"paid_at": NOON - timedelta(days=1)}, False),
    ],
)
def test_only_whole_card_payments_of_the_same_day_can_go_back(wompi, changes, can):
    assert wompi.can_refund(order(**{"paid_at": NOON} | changes), NOON) is can
    last_minute = NOON + timedelta(hours=11, minutes=59)
    assert wompi.can_refund(order(paid_at=NOON), last_minute)
    assert not wompi.can_refund(order(paid_at=NOON), last_minute + timedelta(minutes=1))


def test_what_cannot_be_voided_is_a_definite_no(wompi, sandbox):
    with pytest.raises(Refused):
        wompi.refund(order(method="nequi"))
    with pytest.raises(Refused):
        wompi.refund(order(charge_reference="NEVERSENT"))
    wompi.start(card(sandbox, "4111111111111111"))
    follow(wompi)
    with pytest.raises(Refused):
        wompi.refund(order())
    assert sandbox.calls(VOID) == 0


def test_voiding_twice_gives_back_once(wompi, sandbox, paid):
    first = wompi.refund(order())
    assert wompi.refund(order()) == first
    assert sandbox.calls(VOID) == 1


@pytest.mark.parametrize("kind", ["swallow", "html_after", "drop", "html", "truncated"])
def test_a_lost_answer_to_a_void_is_asked_about(wompi, sandbox, paid, kind):
    """Cut short before the body, a void may still be told from the transaction itself."""
    sandbox.fault(VOID, kind)
    with pytest.raises(GatewayUnavailable):
        wompi.refund(order())
    was_heard = kind in ("swallow", "html_after")
    assert wompi.look_up_refund(order()).state == (State.PAID if was_heard else State.NOT_FOUND)


def test_a_void_that_was_not_prepared_or_not_heard_was_not_sent(wompi, sandbox, paid):
    sandbox.fault("GET /wompi/v1/transactions", "html")
    with pytest.raises(NotSent):
        wompi.refund(order())
    sandbox.fault(VOID, "busy")
    with pytest.raises(NotSent):
        wompi.refund(order())
    assert wompi.look_up_refund(order()).state == State.NOT_FOUND


def test_a_wrong_key_is_our_fault(sandbox, paid):
    known = order(charge_company_reference=paid.company_reference)
    with pytest.raises(Misconfigured):
        Wompi(sandbox.credentials("wompi", private_key="prv_test_wrong")).refund(known)


def test_an_accepted_void_that_did_not_happen_on_the_day_has_failed(wompi, sandbox, paid):
    accepted = {"charge_company_reference": paid.company_reference, "company_reference": "1292-1-1"}
    assert wompi.look_up_refund(order(**accepted)).state == State.PENDING
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert wompi.look_up_refund(order(**accepted, paid_at=yesterday)).state == State.FAILED


# Bancolombia transfers


@pytest.mark.parametrize(
    ("answer", "state"), [("approve", State.PAID), ("refuse", State.FAILED), ("fail", State.FAILED)]
)
def test_a_bancolombia_transfer_leads_to_the_bank_and_back(wompi, sandbox, answer, state):
    started = wompi.start(make_charge("bancolombia"))
    assert "BANCOLOMBIA" in requests.get(started.step.url, timeout=5).text
    back = requests.post(started.step.url, data={"answer": answer}, allow_redirects=False, timeout=5)
    assert back.headers["Location"].endswith(f"?id={started.company_reference}")
    assert wompi.look_up("CO0001A1").state == state


def test_a_method_that_is_not_enabled_for_us_is_a_definite_no(wompi, sandbox):
    sandbox.switch(wompi_without="BANCOLOMBIA_TRANSFER")
    with pytest.raises(Refused):
        wompi.start(make_charge("bancolombia"))
    assert sandbox.calls("POST /wompi/v1/transactions") == 0


def test_a_bancolombia_transfer_pays_an_order(sandbox, db):
    payment = make_payment(make_order(), method="bancolombia", started=False)
    collecting.start(payment.pk)
    payment.refresh_from_db()
    assert (payment.status, payment.step) == (PaymentStatus.PENDING, "redirect")
    requests.post(payment.next_step["url"], data={"answer": "approve"}, allow_redirects=False, timeout=5)
    collecting.check(payment)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED


# Two payments under one reference


@pytest.fixture
def hosted(sandbox, db):
    """A buyer without JavaScript before Wompi's own page."""
    payment = make_payment(make_order(), method="card", started=False)
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


def type_card(payment, answer):
    answers = {"method": "CARD", "answer": answer}
    page = following.page_of(payment, timezone.now()).leave_to
    requests.post(page, data=answers, allow_redirects=False, timeout=5)


def tell(sandbox, client, at_least):
    sandbox.deliver(client, at_least=at_least)
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def test_declined_and_then_approved_under_one_reference_pays_once(sandbox, hosted, client):
    type_card(hosted, "refuse")
    type_card(hosted, "approve")
    tell(sandbox, client, 2)
    hosted.refresh_from_db()
    hosted.order.refresh_from_db()
    assert (hosted.status, hosted.order.status) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert len(sandbox.kept("transactions")) == 2
    assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_approved_twice_under_one_reference_keeps_the_second_apart(sandbox, hosted, client, when):
    sandbox.switch(wompi_pays_twice=True)
    type_card(hosted, "approve")
    if when == "later":
        tell(sandbox, client, 1)
    type_card(hosted, "approve")
    for _ in range(2):
        tell(sandbox, client, 2)
    hosted.refresh_from_db()
    assert hosted.status == PaymentStatus.SUCCEEDED
    second = Payment.objects.exclude(pk=hosted.pk).get()
    assert (second.order, second.status, second.money) == (hosted.order, PaymentStatus.SURPLUS, hosted.money)
    collecting.check(hosted, hint=second.company_reference)
    assert Payment.objects.count() == 2
    ids = {each["id"] for each in sandbox.kept("transactions")}
    assert {hosted.company_reference, second.company_reference} == ids
    for kind in ("sale", "surplus"):
        assert LedgerEntry.objects.filter(kind=kind).values("movement").distinct().count() == 1


def test_the_same_payment_told_again_is_no_second_one(sandbox, hosted, client):
    type_card(hosted, "approve")
    tell(sandbox, client, 1)
    hosted.refresh_from_db()
    collecting.check(hosted, hint=hosted.company_reference)
    collecting.check(hosted, hint="1292-1-1")
    assert Payment.objects.count() == 1
