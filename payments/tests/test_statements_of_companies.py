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
from payments.models import Difference, DifferenceKind, PaymentStatus, Payout, PayoutStatus, Statement
from payments.reconciliation import differences, reconciling, statement_formats
from payments.tests.factories import make_available, make_destination, make_payment
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
    assert reconciling.match_again() == 1
    assert not Difference.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize(("market_code", "rail"), [("co", "wompi_payouts"), ("mz", "mpesa_b2c")])
def test_the_statement_of_a_rail_explains_its_payouts(sandbox, market_code, rail):
    seller = make_seller(market_code=market_code)
    make_destination(seller)
    make_available(seller)
    payout = payouts.pay_available(seller.pk)
    sending.send(payout.pk)
    end = time.monotonic() + 8
    while Payout.objects.get().status != PayoutStatus.PAID and time.monotonic() < end:
        sending.follow_up(payout.pk)
        time.sleep(0.05)
    imported = statement(sandbox, rail)
    assert imported.lines.get().payout == payout
    assert not Difference.objects.exists()
    assert Statement.objects.count() == 1
