"""Whatever statements show, in whatever order, and whatever staff do about it: books and company agree."""

from contextlib import suppress
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.accounts.tests.factories import make_user
from payments import collecting
from payments.books import auditing
from payments.models import Account, Difference, DifferenceKind, Payment, StatementLine, WriteOff
from payments.reconciliation import differences, resolving, writing_off
from payments.tests.factories import make_payment, paid
from payments.tests.test_reconciling import bring, row, sold
from payments.tests.test_reconciling_twice import held, line

pytestmark = pytest.mark.django_db

D = DifferenceKind
STEPS = ("sell", "begin", "settle", "show", "show", "show_less", "surprise", "note", "post", "post",
         "write_off", "write_off", "agree", "turn_down")  # fmt: skip


class Desk:
    """A few payments, what their company says of them, and two people who look at it."""

    def __init__(self):
        self.numbers = count(1)
        self.eva, self.rui = make_user("eva@example.com"), make_user("rui@example.com")

    def sell(self, pick):
        sold()

    def begin(self, pick):
        make_payment()

    def settle(self, pick):
        if payment := self._one(Payment.objects.filter(status="pending"), pick):
            collecting.settle(payment.pk, paid(payment))

    def show(self, pick, *, less=0):
        if payment := self._one(Payment.objects.all(), pick):
            number = next(self.numbers)
            bring(row(payment, amount=payment.amount - less, fee=pick, identifier=f"{number}-{number}"))

    def show_less(self, pick):
        self.show(pick, less=700)

    def surprise(self, pick):
        words = ("chargeback", "deposit", "retefuente", "fee", "settlement")
        bring(line(words[pick % 5], f"X{next(self.numbers) // 2}", -900 + 500 * pick, fee=pick))

    def note(self, pick):
        self.post(pick, post=False)

    def post(self, pick, *, post=True):
        if found := self._one(Difference.objects.filter(closed_at=None), pick):
            with suppress(differences.NothingToPost):
                differences.close(found.pk, note="Looked into", post=post, by=self.eva)

    def write_off(self, pick):
        reasons = ("tax_withheld", "chargeback", "fee", "unexplained")
        if found := self._one(Difference.objects.exclude(posted=""), pick):
            with suppress(writing_off.NotPossible):
                writing_off.write_off(difference_id=found.pk, reason=reasons[pick % 4], note="x", by=self.eva)

    def agree(self, pick):
        if waiting := self._one(WriteOff.objects.all(), pick):
            with suppress(writing_off.NotPossible):
                writing_off.approve(proposal=waiting, by=self.rui)

    def turn_down(self, pick):
        if waiting := self._one(WriteOff.objects.all(), pick):
            with suppress(writing_off.NotPossible):
                writing_off.decline(proposal=waiting, by=self.eva, words="not yet")

    def _one(self, rows, pick):
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    def check(self):
        """What the company says it holds is what our books say, and what is still to explain."""
        resolving.match_again()
        said = sum(each.amount - each.fee for each in StatementLine.objects.all())
        open_ones = [each for each in Difference.objects.select_related("line") if not each.posted]
        to_explain = sum(differences.owed(each) for each in open_ones if not self._is_explained(each))
        assert held() + to_explain - self._not_looked_for() == said
        suspense = [each for each in Difference.objects.all() if each.is_in_suspense]
        assert held(account=Account.SUSPENSE) == -sum(writing_off.posted(each) for each in suspense)

    def _is_explained(self, difference):
        if difference.line is None:
            return StatementLine.objects.filter(payment=difference.payment).exists()
        return difference.line.is_matched or (
            difference.kind == D.MISSING_HERE and difference.line.differences.filter(kind=D.AMOUNT).exists()
        )

    def _not_looked_for(self):
        """Sold since the last statement: it could not lack these."""
        lacked = Difference.objects.filter(kind=D.MISSING_THERE).values("payment")
        shown = StatementLine.objects.exclude(payment=None).values("payment")
        rest = Payment.objects.filter(status="succeeded").exclude(pk__in=lacked).exclude(pk__in=shown)
        return sum((each.amount for each in rest), Decimal(0))


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4)), min_size=10, max_size=16))
def test_books_and_company_agree_but_for_what_is_still_to_explain(steps):
    with transaction.atomic():
        desk = Desk()
        for step, pick in (("sell", 0), ("begin", 0), ("surprise", 0), *steps):
            getattr(desk, step)(pick)
            desk.check()
        assert auditing.findings() == []
        transaction.set_rollback(True)
