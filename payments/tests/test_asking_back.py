"""What a buyer may ask back, and until when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.lifecycle import IllegalTransition, StaleState
from orders.models import OrderEvent
from payments.models import Refund, RefundRequest
from payments.refunds import requesting
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.tests.refunds import give_back
from payments.tests.requests import make_part, make_request

pytestmark = pytest.mark.django_db
NOW = timezone.now
DONE = (IllegalTransition, StaleState)


def kinds(request):
    return list(request.seller_order.events.filter(note=request.number).values_list("kind", flat=True))


def line_of(part):
    return part.lines.get().pk


@pytest.mark.parametrize("status", ["confirmed", "processing", "shipped", "delivered"])
def test_a_paid_part_can_be_asked_back(status):
    request = make_request(make_part(status))

    assert request.status == "open" and not request.needs_staff
    assert request.answer_by > NOW() + timedelta(days=2)
    assert kinds(request) == ["refund_asked"]


def test_what_is_not_paid_or_called_off_cannot():
    from_nothing = make_part()
    type(from_nothing).objects.filter(pk=from_nothing.pk).update(status="cancelled")

    with pytest.raises(requesting.NotAskable):
        make_request(from_nothing)
    assert not RefundRequest.objects.exists()


def test_the_days_after_delivery_are_counted():
    part = make_part()
    days = timedelta(days=part.market.refund_request_days)

    with pytest.raises(requesting.NotAskable):
        make_request(part, now=part.delivered_at + days)
    assert make_request(part, now=part.delivered_at + days - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("choose", "refusal"),
    [
        (lambda part, other: {line_of(other): 1}, NotRefundable),
        (lambda part, other: {line_of(part): -1}, NotRefundable),
        (lambda part, other: {line_of(part): 3}, MoreThanPaid),
        (lambda part, other: {line_of(part): 0}, requesting.NothingChosen),
        (lambda part, other: {}, requesting.NothingChosen),
    ],
    ids=["of another part", "less than none", "more than bought", "none", "nothing"],
)
def test_only_what_was_bought_here(choose, refusal):
    part, other = make_part(quantity=2), make_part()
    events = OrderEvent.objects.count()

    with pytest.raises(refusal):
        make_request(part, lines=choose(part, other))
    assert not RefundRequest.objects.exists() and OrderEvent.objects.count() == events


def test_what_has_gone_back_cannot_be_asked_back_again():
    part = make_part(quantity=2)
    give_back(part, {line_of(part): 1}, with_delivery=True)

    with pytest.raises(MoreThanPaid):
        make_request(part, lines={line_of(part): 2})
    with pytest.raises(requesting.NothingChosen):
        make_request(part, lines={}, with_delivery=True)
    assert make_request(part, lines={line_of(part): 1})


def test_one_request_is_decided_before_the_next():
    first = make_request(make_part(quantity=2))

    with pytest.raises(requesting.AlreadyAsked) as refusal:
        make_request(first.seller_order)
    assert refusal.value.request == first
    requesting.withdraw(first, by=None)
    assert make_request(first.seller_order).pk != first.pk


@pytest.mark.parametrize("status", ["confirmed", "delivered"])
@pytest.mark.parametrize("quantity", [1, 3])
@pytest.mark.parametrize("with_delivery", [False, True])
def test_the_amount_shown_is_the_amount_that_goes_back(status, quantity, with_delivery):
    part = make_part(status, quantity=3, prices=(33_333,), deliveries="shipping")

    request = make_request(part, lines={line_of(part): quantity}, with_delivery=with_delivery)
    requesting.decide(request, approve=True, words="", by=None)

    assert Refund.objects.get().amount == request.amount
