"""What companies say against what we wrote down, line by line."""

from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.tests.factories import make_user
from orders.tests.factories import make_order
from payments import collecting
from payments.books import auditing, ledger, statement_postings
from payments.models import (
    Account,
    Difference,
    DifferenceKind,
    LedgerEntry,
    Movement,
    Payment,
    Statement,
    StatementLine,
)
from payments.reconciliation import differences, fees, reconciling, resolving, statement_formats
from payments.reconciliation.statement_formats import UnreadableStatement
from payments.tests.factories import make_payment, make_sale, paid

pytestmark = pytest.mark.django_db

HEAD = "type,id,reference,amount,fee,currency,date\n"


def row(payment, *, kind="payment", amount=None, fee=None, when=None, identifier=None):
    amount = payment.amount if amount is None else Decimal(amount)
    agreed = fees.AGREED["wompi"].of(amount, "COP") if kind == "payment" else Decimal(0)
    fee = agreed if fee is None else Decimal(fee)
    when = when or payment.settled_at or timezone.now()
    identifier = identifier or payment.company_reference
    return (
        f"{kind},{identifier},{payment.reference},{int(amount * 100)},{int(fee * 100)},COP,{when.isoformat()}"
    )


def bring(*rows, company="wompi", by=None):
    content = (HEAD + "\n".join(rows) + "\n").encode()
    parsed = statement_formats.read(company, content)
    assert not parsed.errors, parsed.errors
    return reconciling.import_statement(company=company, rows=parsed.rows, content=content, by=by)


def sold():
    return make_sale().payments.get()


def open_differences():
    return list(Difference.objects.filter(closed_at=None))


class TestMatching:
    def test_what_both_sides_know_leaves_no_difference(self):
        payment = sold()
        bring(row(payment))
        line = StatementLine.objects.get()
        assert line.is_matched and line.payment == payment
        assert open_differences() == []

    def test_our_reference_does_where_theirs_is_unknown(self):
        payment = sold()
        bring(row(payment, identifier="another-id"))
        assert StatementLine.objects.get().payment == payment
        assert open_differences() == []

    def test_a_payment_that_no_statement_shows_is_missing_there(self):
        payment, other = sold(), sold()
        bring(row(payment))
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.MISSING_THERE
        assert difference.payment == other and difference.expected == other.amount

    def test_a_later_statement_closes_what_was_missing_there(self):
        payment, other = sold(), sold()
        bring(row(payment))
        bring(row(other))
        assert open_differences() == []
        assert Difference.objects.get().note.startswith("found in statement")

    def test_money_we_never_heard_of_is_missing_here(self):
        stranger = Payment(reference="PSTRANGER", amount=5000, company_reference="9-9", settled_at=None)
        bring(row(stranger))
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.MISSING_HERE
        assert difference.found == 5000 and difference.payment is None

    def test_the_missing_webhook_makes_us_ask_the_company(self, django_capture_on_commit_callbacks):
        payment = make_payment(make_order())
        with django_capture_on_commit_callbacks() as queued:
            bring(row(payment, identifier="7-7"))
        assert len(queued) == 1
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.MISSING_HERE and difference.payment == payment

    def test_it_closes_by_itself_once_the_company_has_answered(self):
        payment = make_payment(make_order())
        bring(row(payment, identifier="7-7"))
        collecting.settle(payment.pk, paid(payment))
        assert resolving.match_again() == 1
        assert open_differences() == []
        assert StatementLine.objects.get().is_matched

    def test_another_amount_is_not_a_match(self):
        payment = sold()
        bring(row(payment, amount=payment.amount - 1))
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.AMOUNT
        assert (difference.expected, difference.found) == (payment.amount, payment.amount - 1)
        assert not StatementLine.objects.get().is_matched

    def test_what_is_shown_twice_with_another_amount_differs_once(self):
        payment = sold()
        bring(row(payment, amount=payment.amount - 1))
        bring(row(payment, amount=payment.amount - 1, identifier="9-9"), row(payment, identifier="8-8"))
        kinds = [each.kind for each in sorted(open_differences(), key=lambda each: each.pk)]
        assert kinds == [DifferenceKind.AMOUNT, DifferenceKind.DUPLICATE, DifferenceKind.DUPLICATE]
        assert resolving.match_again() == 0

    def test_the_same_payment_twice_is_a_duplicate(self):
        payment = sold()
        bring(row(payment), row(payment))
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.DUPLICATE

    def test_the_same_payment_under_another_number_is_a_duplicate(self):
        payment = sold()
        bring(row(payment))
        bring(row(payment, identifier="9-9"))
        assert [each.kind for each in open_differences()] == [DifferenceKind.DUPLICATE]

    def test_a_statement_may_begin_before_the_last_one_ended(self):
        payment, other = sold(), sold()
        bring(row(payment))
        again = bring(row(payment), row(other), row(other))
        assert (again.lines_count, StatementLine.objects.count()) == (2, 3)
        assert [each.kind for each in open_differences()] == [DifferenceKind.DUPLICATE]
        fees_booked = LedgerEntry.objects.filter(account=Account.FEES).values_list("amount", flat=True)
        assert sum(fees_booked) == 2 * fees.AGREED["wompi"].of(payment.amount, "COP")
        with pytest.raises(reconciling.AlreadyImported):
            bring(row(other))

    def test_a_fee_that_was_not_agreed_is_written_down(self):
        payment = sold()
        agreed = fees.AGREED["wompi"].of(payment.amount, "COP")
        bring(row(payment, fee=agreed + 100))
        (difference,) = open_differences()
        assert difference.kind == DifferenceKind.FEE
        assert (difference.expected, difference.found) == (agreed, agreed + 100)

    def test_a_coin_of_rounding_is_no_difference(self):
        payment = sold()
        bring(row(payment, fee=fees.AGREED["wompi"].of(payment.amount, "COP") + 1))
        assert open_differences() == []

    def test_another_company_knows_nothing_of_it(self):
        sold()
        bring("payment,1,PX,100,0,COP,2026-11-01T10:00:00", company="wompi_payouts")
        assert {each.company for each in open_differences()} == {"wompi_payouts"}

    def test_a_statement_costs_a_fixed_number_of_queries(self, django_assert_max_num_queries):
        payments = [sold() for _ in range(6)]
        with django_assert_max_num_queries(32):
            bring(*[row(payment) for payment in payments])


class TestBooks:
    def test_fees_are_booked_once_for_a_statement(self):
        payment, other = sold(), sold()
        bring(row(payment), row(other))
        booked = LedgerEntry.objects.get(kind=Movement.FEE, account=Account.FEES)
        assert booked.amount == sum(fees.AGREED["wompi"].of(each.amount, "COP") for each in (payment, other))
        assert auditing.findings() == []

    def test_a_transfer_to_our_bank_moves_the_money_there(self):
        payment = sold()
        bring(row(payment), row(payment, kind="settlement", amount=40000, fee=0))
        bank = LedgerEntry.objects.get(kind=Movement.SETTLEMENT, gateway=statement_postings.OUR_BANK)
        assert bank.amount == 40000

    def test_a_posting_closes_a_difference_and_waits_in_suspense(self):
        payment = sold()
        bring(row(payment, amount=payment.amount + 500))
        (difference,) = open_differences()
        by = make_user("finance@example.com")
        differences.close(difference.pk, note="They owe an answer", post=True, by=by)
        assert ledger.balance(Account.SUSPENSE, currency="COP").amount == 500
        entry = LedgerEntry.objects.get(account=Account.SUSPENSE)
        assert entry.note == "They owe an answer" and entry.by == by
        assert open_differences() == [] and auditing.findings() == []

    def test_a_note_closes_without_money(self):
        sold()
        bring("payment,1,PX,100,0,COP,2026-11-01T10:00:00")
        difference = open_differences()[0]
        by = make_user("finance@example.com")
        differences.close(difference.pk, note="A test of theirs", post=False, by=by)
        assert not LedgerEntry.objects.filter(account=Account.SUSPENSE).exists()
        with pytest.raises(differences.AlreadyClosed):
            differences.close(difference.pk, note="again", post=True, by=by)

    def test_a_fee_cannot_be_posted_twice(self):
        payment = sold()
        bring(row(payment, fee=99999))
        (difference,) = open_differences()
        with pytest.raises(differences.NothingToPost):
            differences.close(difference.pk, note="n", post=True, by=make_user("finance@example.com"))


class TestFiles:
    def test_the_same_file_twice_is_refused(self):
        payment = sold()
        bring(row(payment))
        with pytest.raises(reconciling.AlreadyImported):
            bring(row(payment))
        assert Statement.objects.count() == 1

    def test_broken_rows_are_named_and_nothing_is_read(self):
        content = (
            HEAD + "payment,1,P1,100,0,COP,2026-11-01\n"
            "gift,2,P2,ten,0,USD,yesterday\n"
            "payment,3,P3,NaN,1e99,COP,2026-13-01\n"
        )
        parsed = statement_formats.read("wompi", content.encode())
        assert parsed.rows == []
        assert [(each.number, each.column) for each in parsed.errors] == [
            (3, "type"),
            (3, "amount"),
            (3, "date"),
            (3, "currency"),
            (4, "amount"),
            (4, "fee"),
            (4, "date"),
        ]
        assert "gift" in parsed.errors[0].problem

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe\x00\x00",
            b"a,b\n1,2\n",
            HEAD.encode(),
            b"\x00" * 100,
            b'type,id\n"unclosed',
            b"x" * (statement_formats.MOST_BYTES + 1),
        ],
        ids=["empty", "not utf-8", "other columns", "no rows", "nul", "unclosed", "too large"],
    )
    def test_a_file_that_is_no_statement_says_so(self, content):
        with pytest.raises(UnreadableStatement):
            statement_formats.read("wompi", content)

    @given(content=st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, content):
        try:
            parsed = statement_formats.read("payu", HEAD.replace(",", ";").encode() + content)
        except UnreadableStatement:
            return
        assert bool(parsed.rows) != bool(parsed.errors)

    def test_a_decimal_comma_is_understood(self):
        content = b"type;id;reference;amount;fee;currency;date\npayment;1;P1;1.234,50;0,00;COP;2026-11-01\n"
        (only,) = statement_formats.read("payu", content).rows
        assert only.amount == Decimal("1234.50")

    @pytest.mark.parametrize(
        ("company", "amount"),
        [("payu", "1234.56"), ("payu", "1.2.3"), ("wompi", "1,234"), ("wompi", "1_000"), ("wompi", "=1+1"),
         ("wompi", "1e3"), ("wompi", "١٢٣")],
    )  # fmt: skip
    def test_a_number_in_another_notation_is_never_guessed_at(self, company, amount):
        layout = statement_formats.FORMATS[company]
        cells = ["payment", "1", "P1", f'"{amount}"', "0", "COP", "2026-11-01"]
        content = "\n".join([HEAD.strip().replace(",", layout.delimiter), layout.delimiter.join(cells)])
        (error,) = statement_formats.read(company, content.encode()).errors
        assert (error.number, error.column) == (2, "amount")

    def test_what_leaves_the_company_is_negative_whatever_sign_it_writes(self):
        content = HEAD + "refund,1,P1,100,0,COP,2026-11-01\npayout,2,P2,-100,0,COP,2026-11-01\n"
        assert [each.amount for each in statement_formats.read("wompi", content.encode()).rows] == [-1, -1]
