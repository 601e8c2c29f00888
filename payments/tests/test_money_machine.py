"""Whatever happens in whatever order, with workers killed between any statements: every invariant holds."""

import os
import uuid
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog import stock
from catalog.tests.factories import make_product
from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import IllegalTransition, StaleState
from orders import lifecycle
from orders.checkout import AlreadyPlaced, EmptyCart, MethodRefused, NotOrderable, PriceChanged
from orders.models import Order, SellerOrder
from orders.tests.factories import make_cart, place
from payments import (
    adjusting,
    approving,
    auditing,
    collecting,
    payouts,
    polling,
    refunding,
    requesting,
    returned,
    returning,
    screening,
    sending,
    settling,
)
from payments.gateways.base import Outcome, Reason, State
from payments.models import LedgerEntry, Payment, Payout, PayoutStatus, Refund, RefundRequest, RefundStatus
from payments.tests.factories import DESTINATIONS, INPUTS, make_destination, wrong
from sellers.tests.factories import make_seller

# How many stories, and how long each: the nightly run asks for more (docs/operations.md).
STORIES = int(os.environ.get("MONEY_STORIES", "25"))
STEPS = int(os.environ.get("MONEY_STEPS", "22"))
EXPECTED = (
    stock.OutOfStock,
    AlreadyPlaced,
    EmptyCart,
    MethodRefused,
    NotOrderable,
    PriceChanged,
    IllegalTransition,
    StaleState,
    lifecycle.BuyerMustConfirm,
    collecting.NotPayable,
    collecting.MethodNotAllowed,
    collecting.AttemptUnderWay,
    collecting.TooManyAttempts,
    collecting.NotCancellable,
    screening.Suspicious,
    refunding.NotRefundable,
    refunding.MoreThanPaid,
    requesting.NotAskable,
    requesting.NothingChosen,
    requesting.AlreadyAsked,
    requesting.WordsMissing,
    returning.AccountNotWanted,
)
FAR_FROM_THERE = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS")
kills = st.one_of(st.none(), st.none(), st.integers(1, 45))
picks = st.integers(0, 7)
checks = Counter()


class Killed(BaseException):
    """kill -9: no handler of ours may catch it."""


@contextmanager
def killed_after(statements):
    """The worker dies before its n-th statement; None: it lives."""
    left = statements

    def count(execute, sql, params, many, context):
        nonlocal left
        if left is not None and not sql.startswith(FAR_FROM_THERE):
            left -= 1
            if left <= 0:
                raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


def outcome_for(kind, payment):
    return {
        "paid": lambda: Outcome(state=State.PAID, money=payment.money, company_reference="C1"),
        "silent about the amount": lambda: Outcome(state=State.PAID),
        "wrong": lambda: wrong(payment),
        "failed": lambda: Outcome(state=State.FAILED, reason=Reason.REFUSED_BY_BANK),
        "pending": lambda: Outcome(state=State.PENDING),
        "unknown": lambda: Outcome(state=State.UNKNOWN),
        "not found": lambda: Outcome(state=State.NOT_FOUND),
    }[kind]()


ANSWERS = ("paid", "paid", "silent about the amount", "wrong", "failed", "pending", "unknown", "not found")
RAIL_ANSWERS = (State.PAID, State.PAID, State.FAILED, State.UNKNOWN, State.PENDING)


class MoneyMachine(RuleBasedStateMachine):
    """Two stores of one country, a few goods, and everything that buyers, sellers, staff and companies do."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = timezone.now()

    def teardown(self):
        booked = LedgerEntry.objects.values_list("kind", "movement").distinct()
        checks.update(kind for kind, _movement in booked)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(market=st.sampled_from(["co", "mz"]), price=st.integers(6_001, 9_000))
    def open_shop(self, market, price):
        self.market_code = market
        self.sellers = [make_seller(market_code=market) for _ in range(2)]
        for seller in self.sellers:
            make_destination(seller)
        prices = (price, price // 3, 5557)
        self.goods = [
            make_product(seller=self.sellers[place % 2], price=each, on_hand=5)
            for place, each in enumerate(prices)
        ]
        for goods in (self.goods, self.goods[:1]):
            place(make_cart(*goods, quantity=2))
        self.staff = [make_user(f"staff{uuid.uuid4().hex[:8]}@example.com", is_staff=True) for _ in range(2)]

    def do(self, kill, action):
        """One thing happens, perhaps only half of it."""
        with suppress(Killed, *EXPECTED), killed_after(kill):
            action()

    def pick(self, model, number):
        rows = model.objects.order_by("pk")
        count = rows.count()
        return rows[number % count] if count else None

    # Buying

    @rule(kill=kills, chosen=st.sets(st.integers(0, 2), min_size=1), quantity=st.integers(1, 3))
    def order(self, kill, chosen, quantity):
        cart = make_cart(*[self.goods[place] for place in sorted(chosen)], quantity=quantity)
        self.do(kill, lambda: place(cart))
        if kill is None:
            self.do(None, lambda: place(cart))  # the same cart again makes no second order

    @rule(kill=kills, number=picks, method=picks, start=st.booleans())
    def begin(self, kill, number, method, start):
        if (order := self.pick(Order, number)) is None:
            return
        codes = [code for code in INPUTS if order.market.payment_method(code)]
        code = codes[method % len(codes)]
        site = f"http://{order.market_code}.localhost:8000"

        def attempt():
            payment = collecting.begin(order=order, method=code, inputs=INPUTS[code], site=site)
            if start:
                Payment.objects.filter(pk=payment.pk).update(started_at=self.now, status="pending")

        self.do(kill, attempt)

    @precondition(lambda self: Payment.objects.exists())
    @rule(kill=kills, number=picks, kind=st.sampled_from(ANSWERS), late=st.booleans(), twice=st.booleans())
    def company_answers(self, kill, number, kind, late, twice):
        payment = self.pick(Payment, number)
        if payment.started_at is None:
            return
        now = self.now + (timedelta(days=2) if late else timedelta(0))
        for _ in range(2 if twice else 1):
            self.do(kill, lambda: settling.settle(payment.pk, outcome_for(kind, payment), now=now))

    @precondition(lambda self: Payment.objects.exists())
    @rule(kill=kills, number=picks, hours=st.sampled_from([0, 30]))
    def company_is_silent(self, kill, number, hours):
        payment = self.pick(Payment, number)
        self.do(kill, lambda: settling.unanswered(payment.pk, now=self.now + timedelta(hours=hours)))

    @rule(kill=kills, number=picks)
    def call_off_attempt(self, kill, number):
        if payment := self.pick(Payment, number):
            self.do(kill, lambda: collecting.cancel(payment=payment, now=self.now + timedelta(minutes=5)))

    @rule(kill=kills, number=picks)
    def call_off_order(self, kill, number):
        if order := self.pick(Order, number):
            self.do(kill, lambda: lifecycle.cancel(order, by=None, actor="buyer"))

    @rule(kill=kills, days=st.sampled_from([0, 1, 9]))
    def time_passes(self, kill, days):
        self.do(kill, lambda: polling.expire_overdue(self.now + timedelta(days=days)))

    # Delivering

    @rule(kill=kills, number=picks, step=st.sampled_from(["process", "ship", "deliver", "all"]))
    def seller_works(self, kill, number, step):
        if (part := self.pick(SellerOrder, number)) is None:
            return
        if step in ("process", "all"):
            self.do(kill, lambda: lifecycle.process(part, by=None))
        if step in ("ship", "all"):
            self.do(kill, lambda: lifecycle.ship(part, by=None, now=self.now))
        if step in ("deliver", "all"):
            self.do(kill, lambda: lifecycle.deliver(part, by=None, actor="buyer", now=self.now))

    # Giving back

    @rule(kill=kills, number=picks, share=st.integers(0, 3), delivery=st.booleans(), restock=st.booleans())
    def staff_refund(self, kill, number, share, delivery, restock):
        if (part := self.pick(SellerOrder, number)) is None:
            return
        lines = {line.pk: min(share, line.quantity) for line in part.lines.all()} if share else None
        self.do(
            kill,
            lambda: refunding.refund_part(
                seller_order=part,
                lines=lines,
                with_delivery=delivery,
                reason="",
                by=self.staff[0],
                actor="staff",
                restock=restock,
            ),
        )

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

    # Paying out

    @rule(kill=kills, days=st.sampled_from([0, 30]))
    def release(self, kill, days):
        self.do(kill, lambda: payouts.release_due(self.now + timedelta(days=days)))

    @rule(kill=kills, number=st.integers(0, 1))
    def pay_out(self, kill, number):
        self.do(kill, lambda: payouts.pay_available(self.sellers[number].pk))

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

    @invariant()
    def everything_adds_up(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        checks["steps"] += 1
        assert auditing.findings() == []


@pytest.mark.django_db
def test_every_invariant_holds_after_every_step():
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="MONEY_STORIES" not in os.environ,
            database=None,
            phases=[Phase.generate],  # the steps that led there are printed; shrinking them takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{checks['steps']} steps, {checks['steps'] * (len(auditing.RULES) + 1)} invariant checks")
    print(dict(checks))
    assert checks["steps"] >= STORIES
    untold = {"sale", "surplus", "release", "refund", "refund_paid", "payout", "payout_paid"} - set(checks)
    assert not untold, "the stories never came to this"
