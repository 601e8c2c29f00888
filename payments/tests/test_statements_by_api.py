"""Stripe's own list of our account: settled in another money, compared in ours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from payments.availability import is_up
from payments.books import auditing, ledger
from payments.gateways import stripe_line
from payments.gateways.base import GatewayUnavailable
from payments.gateways.stripe_account import row_in
from payments.models import Account, Difference, DifferenceKind, LineKind, Statement, StatementLine
from payments.reconciliation import differences, fetching, reconciling
from payments.refunds import returning
from payments.tests.refunds import give_back, part_of
from payments.tests.test_statements_of_companies import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


def days():
    today = timezone.localdate()
    return {"first": today - timedelta(days=1), "last": today + timedelta(days=1)}


def fetch():
    return fetching.fetch(company="stripe", by=None, **days())


def transaction(**changes):
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": -70_000,
        "created": 1_795_000_000,
        "currency": "usd",
        "exchange_rate": None,
        "fee": 0,
        "net": -70_000,
        "source": "po_1",
        "type": "payout",
    } | changes


def test_payments_and_refunds_are_compared_in_the_money_of_the_buyer(sandbox):
    payment = pay(sandbox, "stripe")
    refund = give_back(part_of(payment.order))
    returning.send(refund.pk)
    assert fetch().lines_count == 2
    charge, given = StatementLine.objects.order_by("-amount")
    assert (charge.payment, charge.amount) == (payment, payment.amount) and charge.is_matched
    assert (given.refund, given.amount) == (refund, -refund.amount) and given.is_matched
    assert charge.settled_currency == "USD"
    assert charge.settled_amount == (payment.amount * charge.exchange_rate).quantize(Decimal("0.01"))
    booked = ledger.balance(Account.FEES, currency="MZN").amount
    assert -booked == charge.fee == (charge.settled_fee / charge.exchange_rate).quantize(Decimal("0.01"))
    assert not Difference.objects.exists()
    assert auditing.findings() == []
    with pytest.raises(reconciling.AlreadyImported):
        fetch()


def test_a_day_on_which_stripe_shows_nothing_is_a_statement_too(sandbox):
    payment = pay(sandbox, "stripe")
    sandbox.forget()
    assert fetch().lines_count == 0
    (difference,) = Difference.objects.all()
    assert (difference.kind, difference.payment) == (DifferenceKind.MISSING_THERE, payment)


def test_what_nobody_has_exchanged_is_shown_and_cannot_be_posted():
    row = fetching._row("stripe", 1, row_in(transaction()))
    statement = reconciling.import_statement(company="stripe", rows=[row], content=b"1", by=None)
    line = statement.lines.get()
    assert (line.kind, line.amount, line.settled_amount) == (LineKind.SETTLEMENT, 0, -700)
    (difference,) = Difference.objects.all()
    assert difference.kind == DifferenceKind.MISSING_HERE
    with pytest.raises(differences.NothingToPost):
        differences.close(difference.pk, note="n", post=True, by=make_user("finance@example.com"))
    assert auditing.findings() == []


def test_a_dispute_takes_back_what_the_buyer_had_paid():
    dispute = {"object": "dispute", "amount": 50_000, "currency": "mzn", "id": "du_1"}
    shown = {"type": "adjustment", "source": dispute, "exchange_rate": 0.0156, "amount": -780, "fee": 1500}
    row = fetching._row("stripe", 1, row_in(transaction(**shown)))
    assert (row.kind, row.amount, row.fee) == (LineKind.OTHER, -500, Decimal("961.54"))
    assert row.happened_at == datetime.fromtimestamp(1_795_000_000, UTC)


def test_a_payment_in_another_money_than_we_sell_in_is_refused():
    charge = {"object": "charge", "amount": 500, "currency": "eur", "id": "ch_1"}
    with pytest.raises(fetching.OtherMoney):
        fetching._row("stripe", 1, row_in(transaction(source=charge, type="charge", exchange_rate=1.1)))


@pytest.mark.parametrize(
    "spoilt",
    [{"amount": "1"}, {"fee": None}, {"currency": "zzz"}, {"id": None}, {"created": "x"},
     {"exchange_rate": -1}, {"type": None, "amount": 1.5}, {"source": {"object": "charge"}}],
)  # fmt: skip
def test_no_line_is_left_out_because_it_cannot_be_read(spoilt):
    with pytest.raises(GatewayUnavailable):
        row_in(transaction(**spoilt))


def asked_often(desk):
    """By somebody who will not give up; answers whether buyers may still pay there."""
    today = timezone.localdate()
    asked = {"company": "stripe", "first": today - timedelta(days=1), "last": today}
    answers = {desk.post(reverse("admin:payments_statement_fetch"), asked).status_code for _ in range(6)}
    return answers, is_up("stripe")


def test_more_rows_than_we_read_close_no_checkout(sandbox, desk, monkeypatch):
    pay(sandbox, "stripe")
    pay(sandbox, "stripe")
    monkeypatch.setattr(stripe_line, "PAGE", 1)
    monkeypatch.setattr(stripe_line, "MOST_PAGES", 1)
    assert asked_often(desk) == ({422}, True)
    assert fetching.fetch_all(now=timezone.now() + timedelta(days=1)) == 0


def test_keys_that_may_not_read_the_account_close_no_checkout(sandbox, desk, settings):
    wrong = sandbox.credentials("stripe", secret_key="sk_test_of_somebody_else")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"stripe": wrong}
    today = timezone.localdate()
    asked = {"company": "stripe", "first": today, "last": today}
    page = desk.post(reverse("admin:payments_statement_fetch"), asked)
    assert page.context["form"].errors["company"] == ["The company does not accept our keys."]
    assert is_up("stripe")


def test_staff_ask_for_some_days(sandbox, desk):
    payment = pay(sandbox, "stripe")
    today = timezone.localdate(payment.settled_at)
    asked = {"company": "stripe", "first": today - timedelta(days=1), "last": today}
    address = reverse("admin:payments_statement_fetch")
    assert desk.get(address).status_code == 200
    assert desk.post(address, asked).status_code == 302
    assert Statement.objects.get().lines.get().payment == payment
    again = desk.post(address, asked)
    assert again.status_code == 422 and "Nothing new" in again.content.decode()
    backwards = desk.post(address, asked | {"first": today, "last": today - timedelta(days=1)})
    assert backwards.context["form"].errors["last"]


def test_the_clock_asks_for_the_last_days(sandbox):
    payment = pay(sandbox, "stripe")
    assert fetching.fetch_all(now=timezone.now() + timedelta(days=1)) == 1
    assert StatementLine.objects.get().payment == payment
    assert fetching.fetch_all(now=timezone.now() + timedelta(days=1)) == 0
