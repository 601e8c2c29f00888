"""Somebody tries out stolen card numbers at a company in Colombia: the cards themselves give it away."""

import time

import pytest

from orders.models import Order
from orders.tests.factories import make_order
from payments import collecting
from payments.gateways.luhn import check_digit
from payments.models import Fingerprint, PaymentStatus, Verdict
from payments.risk import screening
from payments.tests.test_payu_paying import answer, begin, hear, open_page

pytestmark = pytest.mark.django_db


def pay_by_card(sandbox, number="4242424242424242", **fields):
    """The real way: a token from the browser, the company's answer asked for until it is there."""
    inputs = {"token": sandbox.card_token(number), "installments": "1"}
    order = make_order(price=50_000, **fields)
    payment = collecting.begin(order=order, method="card", inputs=inputs)
    collecting.start(payment.pk)
    end = time.monotonic() + 5
    while payment.is_live and time.monotonic() < end:
        collecting.ask(payment.pk)
        payment.refresh_from_db()
    return payment


def stolen(count):
    """Numbers that the pretend company declines."""
    for number in range(count):
        digits = f"41111111000{number:04d}"
        yield digits + check_digit(digits)


def test_what_wompi_tells_of_a_card_leaves_a_mark_and_its_first_digits_are_not_kept(sandbox):
    payment = pay_by_card(sandbox)
    assert payment.status == PaymentStatus.SUCCEEDED
    assert payment.screening.fingerprints.filter(kind="card").exists()
    assert payment.card == {
        "brand": "VISA",
        "last4": "4242",
        "installments": 1,
        "exp_month": 8,
        "exp_year": 2040,
    }


def test_many_refused_cards_are_held_and_then_refused(sandbox, ana):
    for number in stolen(6):
        assert pay_by_card(sandbox, number, user=ana).status == PaymentStatus.FAILED
    assert Fingerprint.objects.filter(kind="card").values("digest").distinct().count() == 6
    seventh = pay_by_card(sandbox, user=ana)
    assert seventh.screening.verdict == Verdict.REVIEW
    assert {"rule": "cards", "points": 60, "seen": 6} in seventh.screening.reasons
    assert Order.objects.get(pk=seventh.order_id).held_at
    with pytest.raises(screening.Suspicious):
        for number in list(stolen(13))[6:]:
            pay_by_card(sandbox, number, user=ana)


def test_payu_tells_enough_to_know_a_card_again(sandbox, client):
    for _ in range(2):
        payment = begin(make_order(), "card")
        answer(open_page(payment), "approve")
    hear(sandbox, client, at_least=2)
    marks = Fingerprint.objects.filter(kind="card")
    assert (marks.count(), marks.values("digest").distinct().count()) == (2, 1)
    payment.refresh_from_db()
    assert "exp_year" not in payment.card
    assert "first_six" not in payment.card
