"""Rows that are no plain payment: cash at counters, fees of their own, what acquirers hold back."""

from decimal import Decimal

import pytest
from django.utils import timezone

from payments.models import DifferenceKind, LineKind
from payments.reconciliation import reconciling, statement_formats
from payments.reconciliation.statement_formats import UnreadableStatement
from payments.tests.cash import make_code, pay
from payments.tests.test_reconciling import HEAD, bring, open_differences, row, sold
from payments.tests.test_reconciling_twice import Account, close, held, line

pytestmark = pytest.mark.django_db

D = DifferenceKind


@pytest.mark.parametrize(
    "word", ["chargeback", "Withholding", "reteICA", "adjustment", "reversal", "deposit"]
)
@pytest.mark.parametrize("amount", [-1200, 1200])
def test_rows_nobody_expects_keep_their_sign_and_close_by_posting(word, amount):
    bring(line(word, "X1", amount))
    (difference,) = open_differences()
    assert (difference.kind, difference.found, difference.line.kind) == (
        D.MISSING_HERE,
        amount,
        LineKind.OTHER,
    )
    close(difference)
    assert (held(), held(account=Account.SUSPENSE)) == (amount, -amount)


def test_a_word_nobody_knows_is_an_error_still():
    (error,) = statement_formats.read("wompi", (HEAD + line("gift", "X1", 1)).encode()).errors
    assert error.column == "type"


def test_a_fee_of_its_own_is_compared_with_the_contract():
    bring(line("fee", "F1", 99_999))
    (difference,) = open_differences()
    assert (difference.kind, difference.expected, difference.found) == (D.FEE, 0, 99_999)
    assert held(account=Account.FEES) == 99_999


def test_a_fee_on_a_refund_is_compared_with_the_contract():
    bring(row(sold(), fee=0), "refund,X,Y,100,500000,COP,2026-11-01")
    kinds = {each.kind: each.found for each in open_differences()}
    assert kinds[D.MISSING_HERE] == -1
    payment = sold()
    bring(line("settlement", "S1", 100, fee=5_000), row(payment))
    assert {each.found for each in open_differences() if each.line.kind == "settlement"} == {Decimal(5_000)}


def test_more_rows_than_we_take_at_once(monkeypatch):
    monkeypatch.setattr(statement_formats, "MOST_ROWS", 3)
    rows = [line("fee", f"F{number}", 1) for number in range(4)]
    assert len(statement_formats.read("wompi", (HEAD + "\n".join(rows[:3])).encode()).rows) == 3
    with pytest.raises(UnreadableStatement, match="3"):
        statement_formats.read("wompi", (HEAD + "\n".join(rows)).encode())


class TestCounters:
    def bring(self, code, *, amount=None, receipt="R-1"):
        shown = (str(timezone.localdate()), "12", receipt, code.code, str(amount or code.amount))
        content = "date,point_id,receipt_number,code,amount\n" + ",".join(shown) + "\n"
        parsed = statement_formats.read("efecty", content.encode())
        assert not parsed.errors, parsed.errors
        reconciling.import_statement(company="efecty", rows=parsed.rows, content=content.encode(), by=None)

    def test_their_daily_file_explains_the_cash_that_was_confirmed(self):
        code = make_code()
        pay(code)
        self.bring(code)
        assert open_differences() == []

    def test_cash_that_nobody_confirmed_is_found_by_its_code(self):
        code = make_code()
        self.bring(code)
        (difference,) = open_differences()
        assert (difference.kind, difference.payment) == (D.MISSING_HERE, code.payment)

    def test_another_amount_than_the_code_says_is_found(self):
        code = make_code()
        pay(code)
        self.bring(code, amount=code.amount - 1000)
        assert [each.kind for each in open_differences()] == [D.AMOUNT]
