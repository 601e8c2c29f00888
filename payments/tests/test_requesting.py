"""The seller answers, staff decide, the money is held: every rule of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from payments.disbursement import payouts
from payments.models import LedgerEntry, Refund, RefundRequest
from payments.refunds import requesting
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.tests.refunds import give_back
from payments.tests.requests import make_part, make_request

pytestmark = pytest.mark.django_db
NOW = timezone.now
DONE = (IllegalTransition, StaleState)


def kinds(request):
    return list(request.seller_order.events.filter(note=request.number).values_list("kind", flat=True))


def mails(start, to=""):
    found = OutgoingMessage.objects.filter(pk__gt=start, kind="email", template="payments/refund_request")
    return list(found.filter(recipient=to) if to else found)


def last_message():
    return OutgoingMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def line_of(part):
    return part.lines.get().pk


# The seller answers
def test_a_seller_who_agrees_makes_the_refund():
    request = make_request()
    owner = request.seller_order.seller.members.get().user

    row = requesting.answer(request, accept=True, words="Sorry!", by=owner)

    refund = Refund.objects.get()
    assert (row.status, row.needs_staff, row.seller_words) == ("approved", False, "Sorry!")
    assert (refund.request, refund.amount, refund.actor) == (row, request.amount, "seller")
    assert LedgerEntry.objects.filter(refund=refund, kind="refund").exists()
    assert kinds(request)[:3] == ["refund_asked", "refund_agreed", "refund_approved"]


def test_much_money_waits_for_staff_although_the_seller_agrees():
    part = make_part(prices=(1_000_001,))
    request = make_request(part)

    row = requesting.answer(request, accept=True, words="", by=None)

    assert (row.status, row.needs_staff) == ("accepted", True)
    assert not Refund.objects.exists()
    requesting.decide(row, approve=True, words="", by=None)
    assert Refund.objects.get().actor == "staff"


def test_exactly_the_limit_does_not_wait():
    request = make_request(make_part(prices=(1_000_000,)))

    assert requesting.answer(request, accept=True, words="", by=None).status == "approved"


def test_who_disagrees_says_why_and_staff_decide():
    request = make_request()

    with pytest.raises(requesting.WordsMissing):
        requesting.answer(request, accept=False, words="  ", by=None)
    row = requesting.answer(request, accept=False, words="It was fine.", by=None)

    assert (row.status, row.needs_staff) == ("contested", True)
    assert not Refund.objects.exists()
    assert requesting.answer(row, accept=True, words="Well, yes.", by=None).status == "approved"


@pytest.mark.parametrize("accept", [True, False])
def test_an_answer_is_given_once(accept):
    request = make_request()
    requesting.answer(request, accept=accept, words="No.", by=None)

    with pytest.raises(DONE):
        requesting.answer(request, accept=False, words="No.", by=None)
    assert Refund.objects.count() == accept


def test_silence_leads_to_staff_once_and_an_answer_still_counts():
    request = make_request()
    late = request.answer_by

    assert requesting.escalate_overdue(late - timedelta(seconds=1)) == 0
    start = last_message()
    assert [requesting.escalate_overdue(late) for _twice in "12"] == [1, 0]

    request.refresh_from_db()
    owner = request.seller_order.seller.members.get().user
    assert (request.status, request.needs_staff) == ("open", True)
    assert kinds(request) == ["refund_asked", "refund_with_staff"]
    assert {mail.recipient for mail in mails(start)} == {request.seller_order.order.email, owner.email}
    assert requesting.answer(request, accept=True, words="", by=owner).status == "approved"


# Staff decide


def test_staff_may_grant_less_than_was_asked_for():
    part = make_part(quantity=2)
    request = make_request(part)

    requesting.decide(request, approve=True, words="Half.", by=None, lines={line_of(part): 1})

    assert Refund.objects.get().amount == Decimal(50_000)
    request.refresh_from_db()
    assert (request.status, request.staff_words) == ("approved", "Half.")


def test_staff_who_decline_say_why():
    request = make_request()
    staff = make_user(is_staff=True)

    with pytest.raises(requesting.WordsMissing):
        requesting.decide(request, approve=False, words="", by=staff)
    requesting.decide(request, approve=False, words="Used up.", by=staff)

    request.refresh_from_db()
    assert (request.status, request.decided_by, request.needs_staff) == ("declined", staff, False)
    assert not Refund.objects.exists()
    with pytest.raises(DONE):
        requesting.decide(request, approve=True, words="", by=staff)


def test_nothing_is_left_half_done_when_the_money_is_no_longer_there():
    request = make_request()
    give_back(request.seller_order, with_delivery=False)

    with pytest.raises((MoreThanPaid, NotRefundable)):
        requesting.decide(request, approve=True, words="Yes.", by=None)
    request.refresh_from_db()
    assert (request.status, request.staff_words) == ("open", "")


def test_what_is_settled_on_another_way_is_closed():
    request = make_request()
    give_back(request.seller_order, with_delivery=True)

    requesting.escalate_overdue(NOW())

    request.refresh_from_db()
    assert request.status == "approved"


# The buyer changes their mind


def test_a_request_can_be_withdrawn_until_the_seller_agrees():
    request = make_request()
    requesting.answer(request, accept=False, words="No.", by=None)
    requesting.withdraw(request, by=None)
    agreed = make_request(make_part(prices=(1_000_001,)))
    requesting.answer(agreed, accept=True, words="", by=None)

    request.refresh_from_db()
    assert (request.status, request.needs_staff) == ("withdrawn", False)
    with pytest.raises(DONE):
        requesting.withdraw(agreed, by=None)


def test_calling_off_a_part_answers_what_was_asked_about_it():
    request = make_request(make_part("confirmed"))

    refund = requesting.call_off(seller_order=request.seller_order, by=None, actor="buyer", reason="")

    request.refresh_from_db()
    part = request.seller_order
    part.refresh_from_db()
    assert (request.status, part.status) == ("approved", "cancelled")
    assert refund.amount == part.total


# Money is held (MA-17)


@pytest.mark.parametrize("end", ["withdraw", "decline", "approve"])
def test_an_undecided_request_holds_the_sellers_money(end):
    part = make_part(quantity=2)
    request = make_request(part, lines={line_of(part): 1})
    later = NOW() + payouts.hold(part.market)

    assert payouts.release_due(later) == 0
    if end == "withdraw":
        requesting.withdraw(request, by=None)
    else:
        requesting.decide(request, approve=end == "approve", words="So be it.", by=None)
    assert payouts.release_due(later) == 1


def test_a_request_that_comes_while_the_release_waits_is_seen():
    part = make_part()
    make_request(part)

    assert payouts._release(part.pk, NOW()) is False
    part.refresh_from_db()
    assert part.released_at is None


# Two at once


@pytest.mark.django_db(transaction=True)
def test_a_seller_and_staff_at_once_give_money_back_once():
    request = make_request()

    def act(who):
        try:
            row = RefundRequest.objects.get(pk=request.pk)
            if who == "seller":
                requesting.answer(row, accept=True, words="", by=None)
            else:
                requesting.decide(row, approve=True, words="", by=None)
            return 1
        except DONE:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        done = sum(people.map(act, ["seller", "staff"] * 2))

    assert done == 1
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_asking_twice_at_once_makes_one_request():
    part = make_part()

    def act(_number):
        try:
            return make_request(part).number
        except requesting.AlreadyAsked as before:
            return before.request.number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        numbers = set(clicks.map(act, range(4)))

    assert numbers == {RefundRequest.objects.get().number}


def test_a_part_still_ends_as_delivered_while_money_is_asked_back():
    request = make_request(make_part("shipped"))

    lifecycle.deliver(request.seller_order, by=None, actor="buyer")

    assert request.seller_order.status == "delivered"
