"""Every company's own statement explains our books to the last coin; a spoilt one does not."""

import time
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from orders.tests.factories import make_order
from payments import collecting, settling
from payments.books import auditing
from payments.disbursement import payouts, sending
from payments.gateways.base import GatewayUnavailable
from payments.models import Difference, DifferenceKind, PaymentStatus, RefundStatus
from payments.reconciliation import differences, matching, reconciling, resolving, statement_formats
from payments.refunds import returned, returning
from payments.tests.factories import DESTINATIONS, make_available, make_destination, make_payment, make_sale
from payments.tests.refunds import give_back, part_of
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

# market, method and gateway, and how the buyer pays at the company
WAYS = {
    "wompi": ("co", "nequi", {"phone": "+573991111111"}),
    "payu": ("co", "efecty", {"document_type": "CC", "document_number": "1020304050"}),
    "mpesa": ("mz", "mpesa", {"phone": "+258841234567"}),
    "emola": ("mz", "emola", {"phone": "+258861234567"}),
    "stripe": ("mz", "card", {}),
}


def pay(sandbox, company):
    market_code, method, inputs = WAYS[company]
    seller = make_seller(market_code=market_code)
    order = make_order(seller=seller, price=50000 if market_code == "co" else 500)
    payment = collecting.begin(order=order, method=method, inputs=inputs, site="http://shop.test")
    collecting.start(payment.pk)
    payment.refresh_from_db()
    if payment.is_live:
        sandbox.decide(payment.reference)
    end = time.monotonic() + 8
    while time.monotonic() < end:
        payment.refresh_from_db()
        if payment.status == PaymentStatus.SUCCEEDED:
            return payment
        try:
            settling.check(payment)
        except GatewayUnavailable:
            continue
        time.sleep(0.05)
    raise AssertionError(f"{payment.status} {payment.company_message}")


def statement(sandbox, company):
    content = requests.get(f"{sandbox.url}/statements/{company}.csv", timeout=10).content
    parsed = statement_formats.read(company, content)
    assert parsed.errors == []
    return reconciling.import_statement(company=company, rows=parsed.rows, content=content, by=None)


@pytest.mark.parametrize("company", WAYS)
def test_the_statement_of_a_company_explains_its_payments(sandbox, company):
    payment = pay(sandbox, company)
    imported = statement(sandbox, company)
    assert imported.lines.get().payment == payment
    assert not Difference.objects.exists()
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert [each.percent for each in differences.figures(company, last=tomorrow)] == [100]
    assert auditing.findings() == []


def test_a_reversal_whose_answer_was_lost_is_found_in_the_statement(sandbox):
    payment = pay(sandbox, "mpesa")
    refund = give_back(part_of(payment.order))
    sandbox.fault("PUT /ipg/v1x/reversal", "swallow")
    returning.send(refund.pk)
    returning.follow_up(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.company_reference) == (RefundStatus.SUCCEEDED, "")
    imported = statement(sandbox, "mpesa")
    assert refund in [line.refund for line in imported.lines.all()]
    assert not Difference.objects.exists()


def test_a_lost_line_and_a_double_one_are_found(sandbox):
    pay(sandbox, "wompi")
    pay(sandbox, "wompi")
    sandbox.switch(statement_trouble="lose_last")
    statement(sandbox, "wompi")
    assert [each.kind for each in Difference.objects.all()] == [DifferenceKind.MISSING_THERE]
    sandbox.switch(statement_trouble="double_last")
    statement(sandbox, "wompi")
    open_ones = Difference.objects.filter(closed_at=None)
    assert {each.kind for each in open_ones} == {DifferenceKind.DUPLICATE}


def test_a_payment_whose_webhook_never_came_is_found_and_paid(sandbox, django_capture_on_commit_callbacks):
    order = make_order(seller=make_seller())
    payment = make_payment(order, method="nequi", started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference)
    with django_capture_on_commit_callbacks() as queued:
        statement(sandbox, "wompi")
    assert len(queued) == 1  # the question to the company, asked here in the worker's place
    settling.ask(payment.pk)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert resolving.match_again() == 1
    assert not Difference.objects.filter(closed_at=None).exists()


RAILS = {
    "wompi_payouts": "co",
    "mpesa_b2c": "mz",
    "emola_b2c": "mz",
}


def pay_seller(rail):
    seller = make_seller(market_code=RAILS[rail])
    phone = {"phone": "+258861234512"} if rail == "emola_b2c" else {}
    destination = make_destination(seller, **phone)
    type(destination).objects.filter(pk=destination.pk).update(rail=rail)
    make_available(seller)
    payout = payouts.pay_available(seller.pk)
    sending.send(payout.pk)
    return payout, lambda: sending.follow_up(payout.pk)


def pay_buyer(rail):
    """A refund of what cannot go back the way it came: to the account that the buyer names."""
    order = make_sale(make_seller(market_code=RAILS[rail]), price=50000 if RAILS[rail] == "co" else 500)
    refund = give_back(part_of(order))
    if refund.status != RefundStatus.NEEDS_ACCOUNT:
        returned.need_account(refund.pk, reference=refund.reference, why="a test")
    account = DESTINATIONS[RAILS[rail]][1] | ({"phone": "+258861234512"} if rail == "emola_b2c" else {})
    refund.refresh_from_db()
    returning.give_account(refund=refund, rail=refund.market.payout_rail(rail), account=account)
    returning.send(refund.pk)
    return refund, lambda: returning.follow_up(refund.pk)


@pytest.mark.parametrize("rail", RAILS)
def test_the_statement_of_a_rail_explains_its_payouts_and_refunds(sandbox, rail):
    sent = {"payout": pay_seller(rail), "refund": pay_buyer(rail)}
    for row, follow in sent.values():
        end = time.monotonic() + 8
        while not row.ended_at and time.monotonic() < end:
            follow()
            time.sleep(0.05)
            row.refresh_from_db()
        assert row.ended_at, row.status
    imported = statement(sandbox, rail)
    lines = list(imported.lines.all())
    assert len(lines) == 2
    for name, (row, _follow) in sent.items():
        assert row in [getattr(line, name) for line in lines]
    assert not Difference.objects.exists()
    assert auditing.findings() == []
    for line in lines:  # and by our reference alone, where the company's number was lost
        line.company_reference = ""
        assert matching.Books(rail, [line]).take(line).row == (line.payout or line.refund)
