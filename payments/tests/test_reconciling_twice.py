"""Whatever statements show twice, and whatever explains itself late, stands in the books once."""

import pytest
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from marketplace.money import Money
from payments import collecting, settling
from payments.books import auditing, ledger
from payments.disbursement import sending
from payments.gateways.base import Outcome, State
from payments.models import Account, DifferenceKind, LedgerEntry, Payment, Refund, StatementLine
from payments.reconciliation import differences, fees, resolving
from payments.refunds import returned
from payments.tests.factories import make_available, make_destination, make_payment, paid, wrong
from payments.tests.refunds import by_account
from payments.tests.stories import pay_out
from payments.tests.test_reconciling import bring, open_differences, row, sold
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

D = DifferenceKind


def held(company="wompi", account=Account.GATEWAY):
    """What our books say that a company has, or what else stands on an account under its name."""
    entries = LedgerEntry.objects.filter(account=account, gateway=company)
    return sum(entries.values_list("amount", flat=True))


def close(difference, *, post=True):
    by = make_user(f"finance{difference.pk}@example.com")
    return differences.close(difference.pk, note="Looked into", post=post, by=by)


def line(kind, number, amount, *, company="", day=1, fee=0):
    return f"{kind},{number},{company},{amount * 100},{fee * 100},COP,2026-11-{day:02}T10:00:00"


class TestShownTwice:
    def test_the_same_lines_in_a_second_file_move_nothing(self):
        payment = sold()
        shown = (row(payment), line("settlement", "S1", 40_000), line("fee", "F1", 500))
        bring(*shown)
        before = (held(), held("bank"), held(account=Account.FEES))
        again = (row(payment, when=payment.created_at), line("settlement", "S1", 40_000, day=2))
        bring(*again, line("fee", "F1", 500, day=2))
        assert before == (held(), held("bank"), held(account=Account.FEES))
        assert before[1:] == (40_000, fees.AGREED["wompi"].of(payment.amount, "COP") + 500)
        found = [each for each in open_differences() if each.kind == D.DUPLICATE]
        assert sorted(each.line.kind for each in found) == ["charge", "fee", "settlement"]
        assert auditing.findings() == []

    def test_twice_in_one_file_as_well(self):
        bring(*[line("settlement", "S1", 40_000)] * 2, *[line("fee", "F1", 500)] * 2)
        assert (held("bank"), held(account=Account.FEES)) == (40_000, 500)

    def test_rows_without_a_number_are_known_by_the_rest(self):
        bring(line("fee", "", 500), line("fee", "", 500))
        bring(line("fee", "", 500), line("fee", "", 500), line("fee", "", 500), line("fee", "F2", 1))
        assert held(account=Account.FEES) == 3 * 500 + 1

    def test_a_duplicate_that_is_posted_takes_its_fee_along(self):
        payment = sold()
        bring(row(payment), row(payment, identifier="9-9"))
        before = held()
        close(open_differences()[0])
        assert held() - before == payment.amount - fees.AGREED["wompi"].of(payment.amount, "COP")

    @pytest.mark.parametrize("post", [True, False])
    def test_a_duplicate_that_was_a_second_payment_becomes_a_surplus(self, post):
        payment = sold()
        bring(row(payment), row(payment, identifier="9-9"))
        (difference,) = open_differences()
        close(difference, post=post)
        settling.settle(payment.pk, paid(payment, company_reference="9-9"), told="9-9")
        assert resolving.match_again() == 1
        assert resolving.match_again() == 0
        assert StatementLine.objects.filter(is_matched=True).count() == 2
        fee = fees.AGREED["wompi"].of(payment.amount, "COP")
        assert held() == 2 * (payment.amount - fee)
        assert held(account=Account.SUSPENSE) == 0
        assert auditing.findings() == []


class TestExplainedLate:
    def test_what_was_posted_as_missing_here_is_taken_back_when_the_payment_settles(self):
        payment = make_payment()
        bring(row(payment, identifier="7-7", fee=0))
        (difference, *_fee) = open_differences()
        close(difference)
        assert (held(), held(account=Account.SUSPENSE)) == (payment.amount, -payment.amount)
        collecting.settle(payment.pk, paid(payment))
        assert resolving.match_again() == 1
        assert resolving.match_again() == 0
        assert (held(), held(account=Account.SUSPENSE)) == (payment.amount, 0)
        difference.refresh_from_db()
        assert difference.note == "Looked into; matched later, posting taken back"
        assert auditing.findings() == []

    def test_what_was_posted_as_missing_there_is_taken_back_when_it_is_shown(self):
        payment, other = sold(), sold()
        bring(row(payment, fee=0))
        (difference,) = [each for each in open_differences() if each.kind == D.MISSING_THERE]
        close(difference)
        assert held() == payment.amount
        for day in (1, 2):
            bring(row(other, fee=0), line("fee", f"F{day}", 1))
        assert (held(), held(account=Account.SUSPENSE)) == (payment.amount + other.amount - 2, 0)
        assert LedgerEntry.objects.filter(source=f"difference:{difference.pk}-back").count() == 2
        assert auditing.findings() == []

    def test_the_fee_is_compared_then_too(self):
        payment = make_payment()
        bring(row(payment, identifier="7-7", fee=99_999))
        collecting.settle(payment.pk, paid(payment))
        resolving.match_again()
        assert [each.kind for each in open_differences()] == [D.FEE]

    def test_a_surplus_counts_with_the_amount_that_came(self):
        payment = make_payment()
        collecting.settle(payment.pk, wrong(payment, 700))
        bring(row(payment, amount=700, identifier="7-7"))
        assert [each.kind for each in open_differences()] == [D.MISSING_HERE]
        ledger.record_surplus(payment, Money(700, "COP"))  # as staff do from the payment's page
        Payment.objects.filter(pk=payment.pk).update(status="surplus", settled_at=timezone.now())
        assert resolving.match_again() == 1
        assert open_differences() == []


def payout():
    seller = make_seller()
    make_destination(seller)
    make_available(seller)
    return pay_out(seller)


def refund():
    found = by_account()
    Refund.objects.filter(pk=found.pk).update(status="sending")
    returned.apply(found.pk, Outcome(state=State.PAID), reference=found.reference)
    found.refresh_from_db()
    return found


class TestMoneyThatLeft:
    @pytest.mark.parametrize("make", [payout, refund])
    def test_what_no_statement_shows_is_missing_there_until_one_does(self, make):
        left = make()
        moment, rail = left.ended_at.isoformat(), "wompi_payouts"
        bring(f"fee,F1,,100,0,COP,{moment}", company=rail)
        (difference,) = [each for each in open_differences() if each.kind == D.MISSING_THERE]
        assert (difference.payout or difference.refund) == left and difference.expected == -left.amount
        bring(f"payout,T1,{left.reference},{int(left.amount * 100)},0,COP,{moment}", company=rail)
        assert open_differences() == []
        bring(f"payout,T2,{left.reference},{int(left.amount * 100)},0,COP,{moment}", company=rail)
        assert [each.kind for each in open_differences()] == [D.DUPLICATE]

    def test_a_payout_that_came_back_had_left_before(self):
        left = payout()
        sending.came_back(left.pk, by=make_user("staff@example.com", is_staff=True))
        shown = f"payout,T1,{left.reference},{int(left.amount * 100)},0,COP,{left.ended_at.isoformat()}"
        bring(shown, company="wompi_payouts")
        assert StatementLine.objects.get().is_matched
        assert open_differences() == []

    def test_a_refund_by_the_company_that_collected_is_missing_there_too(self):
        given = refund()
        Refund.objects.filter(pk=given.pk).update(rail="")
        bring(row(given.payment))
        assert [each.refund for each in open_differences()] == [given]

    @pytest.mark.parametrize("make", [payout, refund])
    def test_while_we_doubt_it_the_rail_is_asked(self, make, django_capture_on_commit_callbacks):
        left = make()
        type(left).objects.filter(pk=left.pk).update(status="unknown", ended_at=None)
        shown = f"payout,T1,{left.reference},{int(left.amount * 100)},0,COP,2026-11-01T10:00:00"
        with django_capture_on_commit_callbacks() as queued:
            bring(shown, company="wompi_payouts")
        assert len(queued) == 1
        assert [each.kind for each in open_differences()] == [D.MISSING_HERE]
