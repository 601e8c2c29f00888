"""The part of the money machine where links, receipts and codes are used a second time (I-15)."""

from django.db.models import Count
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from orders.models import Order
from payments import collecting
from payments.models import CashCode, Payment, Refund, RefundStatus
from payments.tests.factories import DESTINATIONS, INPUTS
from payments.tests.money_going_out import kills, picks
from payments.vouchers import cash
from sellers import payout_destinations
from sellers.models import PayoutDestination, SellerEvent


class UsedOnce:
    """A mixin; it counts what it was allowed to do, and asks after every step what was done."""

    def count_uses(self):
        self.links_given = {}  # refund → how often its page has asked for an account
        self.frozen_by = {}  # store → how many links have stopped its payouts

    @precondition(lambda self: Refund.objects.filter(status=RefundStatus.NEEDS_ACCOUNT).exists())
    @rule(kill=kills, number=picks)
    def name_the_account_twice(self, kill, number):
        refund = self.pick(Refund, number, status=RefundStatus.NEEDS_ACCOUNT)
        rail, account = DESTINATIONS[self.market_code]
        address = reverse("payments:show_refund", args=[refund.secret]) + f"?way={rail}"
        phone = account.get("phone", "").removeprefix("+258")
        windows = [self.browser(), self.browser()]
        self.do(kill, lambda: windows[0].post(address, account | {"phone": phone}))
        windows[0].post(address, account | {"phone": phone})
        known = Refund.objects.values_list("reference", "masked", "status").get(pk=refund.pk)
        assert known[2] == RefundStatus.CREATED
        windows[1].post(address, account | {"phone": phone, "account_number": "99999999999"})
        assert Refund.objects.values_list("reference", "masked", "status").get(pk=refund.pk) == known

    @rule(kill=kills, number=st.integers(0, 1))
    def this_was_not_me(self, kill, number):
        """A changed account, its link twice, staff who have called, and the old link once more."""
        seller = self.sellers[number]
        rail, account = DESTINATIONS[self.market_code]
        chosen, owner = seller.market.payout_rail(rail), self.owners[seller.pk]
        self.do(
            kill,
            lambda: payout_destinations.replace(seller=seller, rail=chosen, account=account, by=owner),
        )
        destination = payout_destinations.current(seller)
        link = reverse("sellers:dispute_destination", args=[payout_destinations.dispute_token(destination)])
        reader = self.browser()
        reader.get(link)  # a scanner follows it, and nothing happens
        assert not self._is_frozen(seller)
        was_used = destination.disputed_at is not None
        for _click in range(2):
            reader.post(link)
        assert self._is_frozen(seller) is not was_used
        if not was_used:
            self.frozen_by[seller.pk] = self.frozen_by.get(seller.pk, 0) + 1
            payout_destinations.unfreeze(seller=seller, by=self.staff[0], reason="It was the owner.")
        reader.post(link)
        assert not self._is_frozen(seller)
        PayoutDestination.objects.filter(pk=destination.pk).update(usable_from=self.now)  # a day later

    def _is_frozen(self, seller):
        return type(seller).objects.filter(pk=seller.pk, payouts_frozen_at__isnull=False).exists()

    @precondition(lambda self: self.market_code == "co")
    @rule(kill=kills, number=picks, receipt=st.integers(1, 3), other=st.integers(1, 3))
    def pay_cash(self, kill, number, receipt, other):
        """The counter reports twice, perhaps with the receipt of somebody else."""
        self.do(None, lambda: self._issue_code(number))
        if (code := self.pick(CashCode, number)) is None:
            return
        facts = {"code": code.code, "amount": code.amount, "paid_at": self.now}
        for paper in (receipt, receipt, other):
            self.do(kill, lambda paper=paper: cash.report(**facts, receipt_number=f"R-{paper}"))

    def _issue_code(self, number):
        order = self.pick(Order, number, status="pending")
        if order is None:
            return
        payment = collecting.begin(order=order, method="efecty", inputs=INPUTS["efecty"])
        Payment.objects.filter(pk=payment.pk).update(gateway="efecty")
        collecting.start(payment.pk)  # codes of our own: nobody outside is called

    @invariant()
    def nothing_was_used_too_often(self):
        self.asked("I-15")
        for refund in Refund.objects.prefetch_related("events"):
            kinds = [event.kind for event in refund.events.all()]
            assert kinds.count("created") <= kinds.count("needs_account"), refund
        frozen = SellerEvent.objects.filter(kind="payouts_frozen").values_list("seller").annotate(Count("pk"))
        assert dict(frozen) == self.frozen_by
        taken = CashCode.objects.filter(status__in=cash.PAID)
        receipts = list(taken.values_list("receipt_number", flat=True))
        assert len(receipts) == len(set(receipts))
        paid = taken.filter(payment__status__in=("succeeded", "surplus")).count()
        assert paid == taken.count()
        granted = Refund.objects.exclude(request=None).values("request").annotate(count=Count("pk"))
        assert not granted.filter(count__gt=1).exists()
