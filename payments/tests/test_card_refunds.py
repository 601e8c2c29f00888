"""Money goes back to cards: by Stripe's refunds, by Wompi's voids, and otherwise when those do not work."""

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from catalog.tests.factories import make_product
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from orders.tests.factories import make_order
from payments import collecting, notices
from payments.gateways.stripe_answers import refund_outcome
from payments.models import Attention, GatewayNotice, LedgerEntry, Payment, Refund, RefundStatus
from payments.refunds import by_staff, returned, returning
from payments.tests.charges import card
from payments.tests.factories import make_payment
from payments.tests.refunds import give_back, name_account, part_of
from sellers.tests.factories import make_seller

_S = RefundStatus


def sell_by_stripe(sandbox, number="4242424242424242"):
    order = make_order(seller=make_seller(market_code="mz"), price=500)
    payment = make_payment(order, method="card", started=False)
    collecting.start(payment.pk)
    payment.refresh_from_db()
    sandbox.pay_by_card(payment.next_step["url"], number)
    collecting.check(payment)
    return part_of(order)


def sell_by_wompi(sandbox, **fields):
    order = make_order(make_product(price="50000"), **fields)
    inputs = dict(card(sandbox).inputs)
    payment = collecting.begin(order=order, method="card", inputs=inputs, site="http://co.localhost:8000")
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    payment.refresh_from_db()
    collecting.check(payment)
    return part_of(order)


def send(refund):
    returning.send(refund.pk)
    refund.refresh_from_db()
    return refund.status


def tell(sandbox, client, at_least):
    sandbox.deliver(client, product="stripe", at_least=at_least)
    follow_up_all()


def follow_up_all():
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def books_balance():
    totals = LedgerEntry.objects.values("movement").annotate(total=Sum("amount"))
    return all(each["total"] == 0 for each in totals)


def test_a_part_goes_back_to_the_card(sandbox, db):
    refund = give_back(sell_by_stripe(sandbox))
    assert send(refund) == _S.SUCCEEDED
    (given,) = sandbox.kept("stripe_refunds")
    assert (given["amount"], given["metadata"]["reference"]) == (int(refund.amount * 100), refund.reference)
    assert books_balance()


def test_news_of_a_pending_refund_close_it(sandbox, db, client):
    refund = give_back(sell_by_stripe(sandbox, "4000000000007726"))
    assert send(refund) == _S.SENDING
    sandbox.wait_for("stripe_refunds", _later=None)
    tell(sandbox, client, 6)
    refund.refresh_from_db()
    assert refund.status == _S.SUCCEEDED


def test_a_refund_that_fails_later_asks_the_buyer_for_an_account(sandbox, db, client):
    refund = give_back(sell_by_stripe(sandbox, "4000000000005126"))
    assert send(refund) == _S.SUCCEEDED
    sandbox.wait_for("events", name="refund.failed")
    tell(sandbox, client, 7)
    refund.refresh_from_db()
    assert refund.status == _S.NEEDS_ACCOUNT
    assert books_balance()


def test_a_failure_whose_event_never_reached_us_is_found_the_next_day(sandbox, db):
    refund = give_back(sell_by_stripe(sandbox, "4000000000005126"))
    assert send(refund) == _S.SUCCEEDED
    sandbox.wait_for("events", name="refund.failed")
    assert notices.collect_missed() > 0
    follow_up_all()
    refund.refresh_from_db()
    assert refund.status == _S.NEEDS_ACCOUNT
    assert LedgerEntry.objects.filter(kind="refund_bounced").count() == 2
    assert books_balance()
    assert notices.collect_missed() == 0
    follow_up_all()
    assert LedgerEntry.objects.filter(kind="refund_bounced").count() == 2


def test_nobody_is_asked_for_what_was_missed_but_who_can_tell(sandbox, db):
    notices.collect_missed()
    assert {call["path"] for call in sandbox.kept("calls")} == {"/stripe/v1/events"}
    sandbox.fault("GET /stripe/v1/events", "html")
    assert notices.collect_missed() == 0


@pytest.fixture
def office(db):
    client = Client(headers={"host": "co.localhost"})
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.create_superuser("boss@example.com", "correct-horse-battery"))
    return client


def test_a_disputed_card_payment_goes_to_no_account_because_the_bank_may_give_it_back(sandbox, office):
    refund = give_back(sell_by_stripe(sandbox, "4000000000000259"))
    assert send(refund) == _S.NEEDS_STAFF
    address = reverse("admin:payments_refund_by_staff", args=[refund.pk, "paid"])
    assert "before the bank has decided" in office.get(address).content.decode()
    by_staff.hand_back(refund.order, by=make_user("eva@example.com", is_staff=True))
    refund.refresh_from_db()
    assert (refund.status, refund.only_staff) == (_S.NEEDS_STAFF, True)


def test_a_refund_that_fails_because_of_a_dispute_is_for_staff(sandbox, db):
    refund = give_back(sell_by_stripe(sandbox))
    assert send(refund) == _S.SUCCEEDED
    (given,) = sandbox.kept("stripe_refunds")
    failed = given | {"status": "failed", "failure_reason": "charge_for_pending_refund_disputed"}
    returned.apply(refund.pk, refund_outcome(failed), reference=refund.reference)
    refund.refresh_from_db()
    assert (refund.status, refund.only_staff) == (_S.NEEDS_STAFF, True)
    assert books_balance()


def test_an_account_that_was_named_before_a_dispute_is_not_paid(sandbox, db):
    refund = give_back(sell_by_stripe(sandbox))
    Refund.objects.update(status=_S.NEEDS_ACCOUNT)
    name_account(refund)
    Payment.objects.update(attention=Attention.DISPUTED)
    assert send(refund) == _S.NEEDS_STAFF
    assert (refund.account, refund.rail) == ("", "")
    assert not sandbox.calls("POST /ipg/v1x/b2cPayment")


@pytest.mark.parametrize("kind", ["swallow", "html"])
def test_a_refund_whose_answer_was_lost_goes_back_once(sandbox, db, kind):
    refund = give_back(sell_by_stripe(sandbox))
    sandbox.fault("POST /stripe/v1/refunds", kind, times=2)
    assert send(refund) == _S.UNKNOWN
    returning.follow_up(refund.pk)
    refund.refresh_from_db()
    if kind == "swallow":
        assert refund.status == _S.SUCCEEDED
    assert len(sandbox.kept("stripe_refunds")) == (1 if kind == "swallow" else 0)


def test_a_whole_wompi_card_payment_is_voided_today(sandbox, db):
    refund = give_back(sell_by_wompi(sandbox), with_delivery=True)
    assert send(refund) == _S.SUCCEEDED
    assert sandbox.kept("transactions")[0]["status"] == "VOIDED"
    assert books_balance()


def test_part_of_a_wompi_card_payment_goes_to_an_account(sandbox, db):
    part = sell_by_wompi(sandbox, quantity=2)
    refund = give_back(part, {part.lines.get().pk: 1})
    refund.refresh_from_db()
    assert refund.status == _S.NEEDS_ACCOUNT
    assert sandbox.calls("POST /wompi/v1/transactions/") == 0
