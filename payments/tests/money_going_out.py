"""The half of the money machine in which money leaves: refunds, payouts, corrections."""

import uuid
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from orders import lifecycle
from orders.models import SellerOrder
from payments.books import adjusting
from payments.disbursement import approving, payouts, sending
from payments.gateways.base import Outcome, Reason, State
from payments.models import Payout, PayoutStatus, Refund, RefundRequest, RefundStatus
from payments.refunds import refunding, requesting, returned, returning
from payments.tests.factories import DESTINATIONS

kills = st.one_of(*[st.none()] * 4, st.integers(1, 45))
picks = st.integers(0, 7)
RAIL_ANSWERS = (State.PAID, State.PAID, State.PAID, State.FAILED, State.UNKNOWN, State.PENDING)


class MoneyGoingOut:
    """A mixin; the machine has the stores, the staff and the hand that kills."""

    # Giving back

    @rule(kill=kills, number=picks, share=st.integers(0, 3), delivery=st.booleans(), restock=st.booleans())
    def staff_refund(self, kill, number, share, delivery, restock):
        if (part := self.pick(SellerOrder, number)) is None:
            return
        lines = {line.pk: min(share, line.quantity) for line in part.lines.all()} if share else None
        self.do(kill, lambda: self._give_back(part, lines, with_delivery=delivery, restock=restock))

    @rule(kill=kills, number=picks, actor=st.sampled_from(["buyer", "seller", "staff"]))
    def call_off_part(self, kill, number, actor):
        if part := self.pick(SellerOrder, number):
            self.do(kill, lambda: requesting.call_off(seller_order=part, by=None, actor=actor, reason="no"))

    @rule(kill=kills, number=picks, quantity=st.integers(0, 2), delivery=st.booleans())
    def buyer_asks_back(self, kill, number, quantity, delivery):
        if (part := self.pick(SellerOrder, number)) is None:
            return
        lines = {line.pk: min(quantity, line.quantity) for line in part.lines.all()}
        asked = {"cause": "damaged", "words": "broken", "lines": lines, "with_delivery": delivery, "by": None}
        self.do(kill, lambda: requesting.ask(seller_order=part, now=self.now, **asked))

    @precondition(lambda self: RefundRequest.objects.exists())
    @rule(kill=kills, number=picks, who=st.sampled_from(["seller", "staff", "buyer"]), yes=st.booleans())
    def somebody_decides(self, kill, number, who, yes):
        request = self.pick(RefundRequest, number)
        steps = {
            "seller": lambda: requesting.answer(request, accept=yes, words="so", by=None),
            "staff": lambda: requesting.decide(request, approve=yes, words="so", by=self.staff[0]),
            "buyer": lambda: requesting.withdraw(request, by=None),
        }
        self.do(kill, steps[who])

    @precondition(lambda self: Refund.objects.exists())
    @rule(kill=kills, number=picks, answer=st.sampled_from(RAIL_ANSWERS), twice=st.booleans())
    def refund_goes(self, kill, number, answer, twice):
        refund = self.pick(Refund, number)
        if refund.status == RefundStatus.NEEDS_ACCOUNT:
            code, account = DESTINATIONS[self.market_code]
            rail = refund.market.payout_rail(code)
            self.do(kill, lambda: returning.give_account(refund=refund, rail=rail, account=account))
        claim = Refund.objects.filter(pk=refund.pk, status=RefundStatus.CREATED)
        claim.update(status=RefundStatus.SENDING, sent_at=self.now)
        refund.refresh_from_db()
        told = Outcome(state=answer, reason=Reason.ACCOUNT_PROBLEM if answer == State.FAILED else None)
        for _ in range(2 if twice else 1):
            self.do(kill, lambda: returned.apply(refund.pk, told, reference=refund.reference))

    @rule(kill=kills, number=picks, answer=st.sampled_from(RAIL_ANSWERS), twice=st.booleans())
    def money_comes_back(self, kill, number, answer, twice):
        """Staff give something back, the buyer names an account, and the rail answers."""
        part = self.pick(SellerOrder, number, order__status__in=("paid", "completed"))
        if part is None:
            return
        lines = {line.pk: 1 for line in part.lines.all() if line.left()}
        self.do(None, lambda: self._give_back(part, lines or None, with_delivery=not lines))
        if count := Refund.objects.count():
            self.refund_goes(kill=kill, number=count - 1, answer=answer, twice=twice)

    def _give_back(self, part, lines, *, with_delivery, restock=False):
        decided = {"reason": "", "by": self.staff[0], "actor": "staff", "restock": restock}
        refunding.refund_part(seller_order=part, lines=lines, with_delivery=with_delivery, **decided)

    # Paying out

    @rule(kill=kills, days=st.sampled_from([0, 30, 30]))
    def release(self, kill, days):
        self.do(kill, lambda: payouts.release_due(self.now + timedelta(days=days)))

    @rule(kill=kills, number=st.integers(0, 1))
    def pay_out(self, kill, number):
        self.do(kill, lambda: payouts.pay_available(self.sellers[number].pk))

    @rule(kill=kills, number=st.integers(0, 1), answer=st.sampled_from(RAIL_ANSWERS))
    def payday(self, kill, number, answer):
        """What is on its way arrives, its hold ends, and it is paid out."""
        for part in SellerOrder.objects.filter(seller=self.sellers[number], status="confirmed"):
            lifecycle.ship(part, by=None, now=self.now)
            lifecycle.deliver(part, by=None, actor="buyer", now=self.now)
        self.do(None, lambda: payouts.release_due(self.now + timedelta(days=30)))
        self.do(kill, lambda: payouts.pay_available(self.sellers[number].pk))
        if payout := Payout.objects.filter(seller=self.sellers[number], status="created").first():
            Payout.objects.filter(pk=payout.pk).update(status="sending", sent_at=self.now)
            self.do(kill, lambda: sending.apply(payout.pk, Outcome(state=answer)))

    @precondition(lambda self: Payout.objects.exists())
    @rule(kill=kills, number=picks, answer=st.sampled_from(RAIL_ANSWERS), twice=st.booleans())
    def payout_goes(self, kill, number, answer, twice):
        payout = self.pick(Payout, number)
        claim = Payout.objects.filter(pk=payout.pk, status=PayoutStatus.CREATED)
        claim.update(status=PayoutStatus.SENDING, sent_at=self.now)
        told = Outcome(state=answer, reason=Reason.ACCOUNT_PROBLEM if answer == State.FAILED else None)
        for _ in range(2 if twice else 1):
            self.do(kill, lambda: sending.apply(payout.pk, told))

    @precondition(lambda self: Payout.objects.exists())
    @rule(kill=kills, number=picks, yes=st.booleans())
    def staff_look_at_payout(self, kill, number, yes):
        payout, by = self.pick(Payout, number), self.staff[1]
        errors = (approving.NotPossible, approving.SamePerson)

        def decide():
            with suppress(*errors):
                if yes:
                    approving.approve(payout=payout, by=by)
                else:
                    approving.call_off(payout=payout, by=by, reason="looks odd")

        self.do(kill, decide)

    @rule(kill=kills, number=st.integers(0, 1), amount=st.integers(-4000, 4000).filter(bool))
    def staff_correct(self, kill, number, amount):
        seller, by = self.sellers[number], self.staff[0]
        self.do(
            kill,
            lambda: adjusting.adjust(
                seller=seller, amount=Decimal(amount), reason="x", key=uuid.uuid4(), by=by
            ),
        )
