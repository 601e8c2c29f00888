"""Two stores and everything that may happen to their money, as a state machine that Hypothesis drives."""

import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from catalog import stock
from catalog.tests.factories import make_product
from marketplace.accounts.tests.factories import make_user
from orders import lifecycle
from orders.checkout import NotOrderable
from orders.models import Order, OrderEvent, SellerOrder
from orders.tests.factories import make_cart, place
from payments import collecting, polling, settling
from payments.books import auditing
from payments.gateways.base import Outcome, Reason, State
from payments.models import LedgerEntry, Payment, Payout
from payments.tests.factories import INPUTS, make_destination, wrong
from payments.tests.money_carts import CartsSentTwice
from payments.tests.money_going_out import MoneyGoingOut, kills, picks
from payments.tests.money_letters import Letters
from payments.tests.money_once import UsedOnce
from payments.tests.money_people import People, checks
from payments.tests.money_strangers import Strangers
from payments.tests.money_typing import Typing
from sellers.tests.factories import make_member, make_seller


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


class MoneyMachine(
    MoneyGoingOut, CartsSentTwice, Typing, Letters, UsedOnce, Strangers, People, RuleBasedStateMachine
):
    """Two stores of one country, a few goods, and everything that buyers, sellers, staff and companies do."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = timezone.now()

    def teardown(self):
        try:
            self.everything_leaves()
        finally:
            self._count_and_forget()

    def _count_and_forget(self):
        booked = LedgerEntry.objects.values_list("kind", "movement").distinct()
        checks.update(kind for kind, _movement in booked)
        checks.update(OrderEvent.objects.filter(kind="revived").values_list("kind", flat=True))
        checks.update(f"payout {status}" for status in Payout.objects.values_list("status", flat=True))
        checks["stories"] += 1
        if checks["stories"] % 20 == 0:  # somebody waits for a long run: pytest -s shows how far it is
            print(dict(checks), flush=True)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(
        market=st.sampled_from(["co", "mz"]),
        price=st.integers(6_001, 9_000),
        luck=st.integers(0, 2**32),
        past=st.sampled_from(["nothing else", "late money", "money given back"]),
    )
    def open_shop(self, market, price, luck, past):
        self.market_code = market
        self.begin_story(luck)
        self.take_pens()
        self.count_uses()
        self.open_letter_box()
        self.sellers = [make_seller(market_code=market) for _ in range(2)]
        for seller in self.sellers:
            make_destination(seller)
        self.owners = {seller.pk: seller.members.get().user for seller in self.sellers}
        prices = (price, price // 3, 5557)
        self.goods = [
            make_product(seller=self.sellers[place % 2], price=each, on_hand=8)
            for place, each in enumerate(prices)
        ]
        self.first_method = make_cart(self.goods[0]).market.payment_methods[0].code
        self._gather_people()
        for goods in (self.goods, self.goods[:1], self.goods[1:]):
            place(make_cart(*goods), contact=self.contact(), user=self.ana)
        for order in Order.objects.order_by("pk")[:2]:
            self._sell(order)
        self.order_of_davi = place(make_cart(self.goods[0]), user=self.davi, contact=self.contact())
        self.invite_strangers()
        if past == "late money":
            self.pay_late(kill=None, goods_are_gone=False)
        elif past == "money given back":
            self.money_comes_back(kill=None, number=0, answer=State.PAID, twice=False)

    def _gather_people(self):
        self.ana, self.davi, self.rival_staff = (
            make_user(password=None, market_code=self.market_code) for _ in range(3)
        )
        rival = make_seller(market_code=self.market_code)
        self.rival_owner = rival.members.get().user
        make_member(rival, self.rival_staff)
        self.staff = [make_user(f"staff{uuid.uuid4().hex[:8]}@example.com", is_staff=True) for _ in range(2)]

    def _sell(self, order):
        method = order.market.payment_methods[0].code
        payment = collecting.begin(order=order, method=method, inputs=INPUTS[method])
        Payment.objects.filter(pk=payment.pk).update(started_at=self.now, status="pending")
        settling.settle(payment.pk, outcome_for("paid", payment))

    # Buying

    @rule(
        kill=kills,
        chosen=st.sets(st.integers(0, 2), min_size=1),
        quantity=st.integers(1, 3),
        language=st.integers(0, 1),
    )
    def order(self, kill, chosen, quantity, language):
        cart = make_cart(*[self.goods[place] for place in sorted(chosen)], quantity=quantity)
        told = {"contact": self.contact(), "language": cart.market.languages[language]}
        self.do(kill, lambda: place(cart, **told))
        self.do(None, lambda: place(cart, **told))  # the same cart again makes no second order

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

    @rule(kill=kills, first=st.sampled_from(["failed", "cancelled"]))
    def pay_twice(self, kill, first):
        """The attempt that was given up is paid after all, when another has paid the order."""
        try:
            order = place(make_cart(self.goods[2]), contact=self.contact())
        except (stock.OutOfStock, NotOrderable):
            return
        site = f"http://{order.market_code}.localhost:8000"
        method = order.market.payment_methods[0].code
        given_up = collecting.begin(order=order, method=method, inputs=INPUTS[method], site=site)
        Payment.objects.filter(pk=given_up.pk).update(started_at=self.now, status=first)
        self._sell(order)
        self.do(kill, lambda: settling.settle(given_up.pk, outcome_for("paid", given_up)))

    @rule(kill=kills, goods_are_gone=st.booleans())
    def pay_late(self, kill, goods_are_gone):
        """The money comes when the clock has given the order up, and perhaps others have the goods."""
        product = make_product(seller=self.sellers[0], price=7_001, on_hand=1)
        order = place(make_cart(product))
        method = order.market.payment_methods[0].code
        given_up = collecting.begin(order=order, method=method, inputs=INPUTS[method])
        Payment.objects.filter(pk=given_up.pk).update(started_at=self.now, status="failed")
        polling.expire_overdue(self.now + timedelta(days=9))
        if goods_are_gone:
            place(make_cart(product))
        self.do(kill, lambda: settling.settle(given_up.pk, outcome_for("paid", given_up)))

    # Delivering

    @rule(kill=kills, number=picks, step=st.sampled_from(["process", "ship", "deliver", "all", "all", "all"]))
    def seller_works(self, kill, number, step):
        if (part := self.pick(SellerOrder, number)) is None:
            return
        if step in ("process", "all"):
            self.do(kill, lambda: lifecycle.process(part, by=None))
        if step in ("ship", "all"):
            self.do(kill, lambda: lifecycle.ship(part, by=None, now=self.now))
        if step in ("deliver", "all"):
            self.do(kill, lambda: lifecycle.deliver(part, by=None, actor="buyer", now=self.now))

    @invariant()
    def everything_adds_up(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        checks["steps"] += 1
        checks.update(rule.id for rule in auditing.rules())
        assert auditing.findings() == []
