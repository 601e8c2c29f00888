"""Codes of our own at the pretend counter: cash, reported over real HTTP, found again in its statement."""

import pytest
import requests

from payments.models import CashCode, CashStatus, Difference, DifferenceKind, LedgerEntry
from payments.reconciliation import reconciling, statement_formats
from payments.tests.cash import make_code
from payments.vouchers import cash

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter(sandbox, live_server):
    """A counter that knows where the shop is."""
    sandbox.post_events_to(live_server.url)
    return sandbox


def status(code):
    return CashCode.objects.get(pk=code.pk).status


def statement(sandbox):
    content = requests.get(f"{sandbox.url}/statements/efecty.csv", timeout=10).content
    parsed = statement_formats.read("efecty", content)
    assert parsed.errors == []
    return reconciling.import_statement(company="efecty", rows=parsed.rows, content=content, by=None)


def sales():
    return LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count()


@pytest.mark.parametrize("how", ["pay", "twice"])
def test_cash_that_is_reported_pays_once(counter, how):
    code = make_code()
    receipt = counter.pay_at_counter(code.code, code.amount, how)
    assert receipt["taken"]
    assert all(said.startswith("200") for said in receipt["said"])
    assert (status(code), sales()) == (CashStatus.PAID, 1)
    assert CashCode.objects.get(pk=code.pk).receipt_number == receipt["id"]


@pytest.mark.parametrize(("how", "said"), [("wrong", "422"), ("forged", "401"), ("old", "401")])
def test_what_a_counter_must_not_do_changes_nothing(counter, how, said):
    code = make_code()
    receipt = counter.pay_at_counter(code.code, code.amount, how)
    assert (receipt["taken"], [each[:3] for each in receipt["said"]]) == (False, [said])
    assert (status(code), sales()) == (CashStatus.ACTIVE, 0)


def test_a_code_that_nobody_gave_out_and_one_that_is_paid_are_refused(counter):
    code = make_code()
    assert counter.pay_at_counter("79927398713", 5000)["said"][0].startswith("404")
    counter.pay_at_counter(code.code, code.amount)
    assert counter.pay_at_counter(code.code, code.amount)["said"][0].startswith("409")
    assert sales() == 1


def test_the_statement_of_the_counter_explains_the_books(counter):
    first, second = make_code(), make_code(70_000)
    counter.pay_at_counter(first.code, first.amount)
    counter.pay_at_counter(second.code, second.amount, "forged")
    day = statement(counter)
    assert [(line.reference, line.amount) for line in day.lines.all()] == [(first.code, first.amount)]
    assert not Difference.objects.exists()


def test_a_report_that_got_lost_is_missing_here_until_staff_book_the_receipt(counter):
    code = make_code()
    receipt = counter.pay_at_counter(code.code, code.amount, "lost")
    assert status(code) == CashStatus.ACTIVE
    statement(counter)
    assert [each.kind for each in Difference.objects.all()] == [DifferenceKind.MISSING_HERE]
    cash.report(
        code=code.code,
        amount=code.amount,
        paid_at=code.payment.created_at,
        receipt_number=receipt["id"],
        point="1204",
    )
    assert (status(code), sales()) == (CashStatus.PAID, 1)


def test_the_counter_shows_what_it_did(counter):
    code = make_code()
    form = {"code": code.code, "amount": str(int(code.amount)), "answer": "pay"}
    page = requests.post(f"{counter.url}/efecty/", data=form, timeout=10)
    assert code.code in page.text
    assert "cash taken" in page.text
    wrong = requests.post(f"{counter.url}/efecty/", data=form | {"amount": "much"}, timeout=10)
    assert (wrong.status_code, "Whole pesos" in wrong.text) == (200, True)
    assert "/efecty/" in requests.get(counter.url, timeout=10).text
