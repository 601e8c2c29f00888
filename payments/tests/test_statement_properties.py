"""Whatever happens in whatever order: a seller's statement is the ledger, and nothing of it is lost."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from payments.disbursement import payouts
from payments.earnings import balances, seller_statements
from payments.earnings.months import this_month
from payments.earnings.statement_files import month_lines
from payments.gateways.base import State
from payments.models import Refund
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.tests.factories import deliver, make_destination, make_sale
from payments.tests.refunds import give_back
from payments.tests.stories import correct, pay_out
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

STEPS = ("sell", "give_back", "deliver", "release", "pay_out", "fail", "correct")


class World:
    """Bento's store, and what may happen to it."""

    def __init__(self, market_code):
        self.seller = make_seller(market_code=market_code)
        make_destination(self.seller)
        self.corrected = Decimal(0)

    def sell(self, number):
        make_sale(self.seller, price=20_000 + number * 1_111, quantity=2)

    def give_back(self, number):
        if part := self._part(number):
            with suppress(NotRefundable, MoreThanPaid):
                give_back(part, {part.lines.get().pk: 1}, with_delivery=number % 2 == 0)

    def deliver(self, number):
        part = self._part(number)
        if part and part.status == "confirmed":
            deliver(part.order)

    def release(self, number):
        payouts.release_due(timezone.now() + payouts.hold(self.seller.market))

    def pay_out(self, number):
        pay_out(self.seller)

    def fail(self, number):
        pay_out(self.seller, State.FAILED)

    def correct(self, number):
        amount = (number - 2) * 1_500 or 700
        self.corrected += amount
        correct(self.seller, amount)

    def _part(self, number):
        parts = list(self.seller.orders.order_by("pk"))
        return parts[number % len(parts)] if parts else None

    def check(self):
        month = this_month(self.seller.market)
        figures, balance = seller_statements.summary(self.seller, month), balances.balance_of(self.seller)
        refunds = Refund.objects.filter(seller_order__seller=self.seller)
        earned = sum(part.earnings for part in self.seller.orders.all())
        given = sum(refund.seller_amount for refund in refunds)
        assert balance.earned == earned - given + self.corrected
        assert balance.earned == (
            balance.held + balance.available + balance.in_transit + balance.paid - balance.debts
        )
        assert min(balance.held, balance.available, balance.debts, balance.in_transit, balance.paid) >= 0
        assert figures.closing == balance.owed
        running = Decimal(0)
        for line in month_lines(self.seller, month):
            running += line.amount
            assert line.balance == running
        assert running == balance.owed
        coming = sum(release.amount for release in balances.releases(self.seller))
        assert 0 <= coming <= balance.held


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    market_code=st.sampled_from(["co", "mz"]),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4)), min_size=4, max_size=16),
)
def test_whatever_happens_the_statement_is_the_ledger(market_code, steps):
    with transaction.atomic():
        world = World(market_code)
        world.sell(0)
        for step, number in steps:
            getattr(world, step)(number)
        world.check()
        for step in ("deliver", "release", "pay_out", "give_back", "sell"):
            getattr(world, step)(0)
            world.check()
        transaction.set_rollback(True)
