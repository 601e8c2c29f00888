"""The part of the money machine where strangers try the addresses of what the story has made (I-12)."""

from django.db import connection
from django.urls import reverse
from hypothesis.stateful import invariant

from orders.models import Order, SellerOrder
from payments.models import Payment, Payout, Refund, RefundRequest
from sellers import payout_destinations
from sellers.models import PayoutDestination

# Everything that anybody could change by a form of the pages tried here.
TRACES = """SELECT
    (SELECT count(*) FROM orders_orderevent), (SELECT count(*) FROM payments_paymentevent),
    (SELECT count(*) FROM payments_refundevent), (SELECT count(*) FROM payments_payoutevent),
    (SELECT count(*) FROM sellers_sellerevent), (SELECT count(*) FROM payments_payment),
    (SELECT count(*) FROM payments_refundrequest), (SELECT count(*) FROM mailing_outgoingmessage),
    (SELECT count(*) FROM payments_ledgerentry), (SELECT count(*) FROM payments_payout),
    (SELECT md5(string_agg(status || seller_notes, ',' ORDER BY id)) FROM orders_sellerorder),
    (SELECT md5(string_agg(status || words || seller_words, ',' ORDER BY id)) FROM payments_refundrequest),
    (SELECT coalesce(sum(quantity), 0) FROM orders_cartline)"""
TYPED = {
    "reason": "x",
    "words": "x",
    "seller_notes": "x",
    "answer": "accept",
    "cause": "other",
    "method": "pse",
}


class Strangers:
    """A mixin; the machine has the stores, a buyer with an account and the dice."""

    def invite_strangers(self):
        """Each signed in to something of their own: what is tried is not theirs."""
        staff, owner = self.rival_staff, self.rival_owner
        self.strangers = {
            "nobody": self.browser(),
            "another buyer": self.browser(self.davi),
            "another seller": self.browser(owner),
            "staff of another store": self.browser(staff),
            "the buyer in the other market": self.browser(self.ana, market_code=self.other_market),
            "the seller in the other market": self.browser(
                self.owners[self.sellers[0].pk], market_code=self.other_market
            ),
        }

    @invariant()
    def strangers_find_nothing(self):
        self.asked("I-12")
        find = self.dice.choice((self._of_an_order, self._of_a_sale, self._of_a_store, self._by_a_link))
        name, arguments, method = find()
        if not name:
            return
        who, client = self.dice.choice(list(self.strangers.items()))
        if name in BY_LINK:  # the link itself lets in: so only elsewhere is it a stranger's
            client = self.strangers["the buyer in the other market"]
        before = _traces()
        address = reverse(name, args=arguments)
        answer = client.post(address, TYPED) if method == "post" else client.get(address)
        is_shut_out = answer.status_code == 404
        if name.partition(":")[0].endswith("_seller"):
            is_at_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            is_shut_out |= is_at_sign_in if who == "nobody" else False
            # Staff see no money of anybody's, whether it exists or not.
            is_shut_out |= answer.status_code == 403 and who == "staff of another store"
        assert is_shut_out, f"{who}: {method} {address}: {answer.status_code}"
        assert _traces() == before, f"{who}: {method} {address} has changed something"

    @invariant()
    def everybody_finds_what_is_theirs(self):
        """Otherwise pages that are shut to all would pass for well guarded."""
        if self.dice.random() > 0.15 or not (part := self.dice_pick(SellerOrder)):
            return
        self.asked("I-12")
        buyer, seller = self.browser(), self.browser(self.owners[part.seller_id])
        assert buyer.get(part.order.get_absolute_url()).status_code == 302
        assert buyer.get(reverse("orders:show_order", args=[part.order.number])).status_code == 200
        assert seller.get(reverse("orders_seller:show_order", args=[part.pk])).status_code == 200
        if payout := Payout.objects.filter(seller=part.seller).first():
            address = reverse("payments_seller:show_payout", args=[payout.reference])
            assert seller.get(address).status_code == 200
        mine = self.strangers["another buyer"].get(reverse("orders:list_orders")).content.decode()
        shown = [number for number in Order.objects.values_list("number", flat=True) if number in mine]
        assert shown == [self.order_of_davi.number]

    @invariant()
    def ids_of_others_in_forms_change_nothing(self):
        """Somebody with an order or store of their own names what belongs to others beside it."""
        part = self.dice_pick(SellerOrder)
        if part is None or part.order_id == self.order_of_davi.pk:
            return
        self.asked("I-12")
        davi, rival = self.strangers["another buyer"], self.strangers["another seller"]
        own = self.order_of_davi.number
        payment = part.order.payments.first()
        tries = {
            "part": lambda: davi.post(reverse("orders:confirm_delivery", args=[own, part.pk])),
            "payment": lambda: davi.post(
                reverse("payments:give_up", args=[own, payment.reference if payment else "P1"])
            ),
            "store": lambda: rival.post(reverse("sellers:switch_store"), {"seller": part.seller_id}),
            "slips": lambda: rival.get(reverse("orders_seller:packing_slips"), {"order": part.pk}),
        }
        before = _traces()
        what = self.dice.choice(list(tries))
        answer = tries[what]()
        assert answer.status_code == (302 if what == "slips" else 404), what
        assert _traces() == before, what

    def dice_pick(self, model, **having):
        return self.pick(model, self.dice.randrange(1000), **having)

    def _of_an_order(self):
        order = self.dice_pick(Order)
        payment = self.dice_pick(Payment, order=order) if order else None
        request = self.dice_pick(RefundRequest, seller_order__order=order) if order else None
        part = order.seller_orders.first() if order else None
        if order is None or order.user_id == self.davi.pk:
            return "", [], ""
        names = [
            ("orders:show_order", [order.number], "get"),
            ("orders:show_receipt", [order.number], "get"),
            ("orders:cancel_order", [order.number], "post"),
            ("orders:buy_again", [order.number], "post"),
            ("orders:confirm_delivery", [order.number, part.pk], "post"),
            ("payments:choose", [order.number], self.dice.choice(("get", "post"))),
            ("payments:ask_refund", [part.pk], self.dice.choice(("get", "post"))),
            ("payments:call_off", [part.pk], self.dice.choice(("get", "post"))),
        ]
        if payment:
            both = [order.number, payment.reference]
            names += [(f"payments:{page}", both, "get") for page in ("wait", "result", "come_back", "slip")]
            names.append(("payments:give_up", both, "post"))
        if request:
            names.append(("payments:show_request", [request.number], "get"))
            names.append(("payments:withdraw_request", [request.number], "post"))
        return self.dice.choice(names)

    def _of_a_sale(self):
        part = self.dice_pick(SellerOrder, seller__in=self.sellers)
        if part is None:
            return "", [], ""
        names = [(f"orders_seller:{page}", "get") for page in ("show_order", "packing_slip")]
        names += [(f"orders_seller:{step}", "post") for step in ("confirm", "ship", "deliver", "edit_notes")]
        names += [("payments_seller:cannot_deliver", self.dice.choice(("get", "post")))]
        name, method = self.dice.choice(names)
        return name, [part.pk], method

    def _of_a_store(self):
        payout = self.dice_pick(Payout)
        request = self.dice_pick(RefundRequest, seller_order__seller__in=self.sellers)
        names = [("payments_seller:show_payout", [payout.reference], "get")] if payout else []
        if request:
            names.append(("payments_seller:show_request", [request.number], "get"))
            names.append(("payments_seller:answer_request", [request.number], "post"))
        return self.dice.choice(names) if names else ("", [], "")

    def _by_a_link(self):
        order, refund = self.dice_pick(Order), self.dice_pick(Refund)
        destination = self.dice_pick(PayoutDestination)
        token = payout_destinations.dispute_token(destination)
        names = [("sellers:dispute_destination", [token], self.dice.choice(("get", "post")))]
        if order:
            names.append(("orders:show_guest_order", [order.secret], "get"))
        if refund:
            names.append(("payments:show_refund", [refund.secret], self.dice.choice(("get", "post"))))
        return self.dice.choice(names)


BY_LINK = ("sellers:dispute_destination", "orders:show_guest_order", "payments:show_refund")


def _traces():
    with connection.cursor() as cursor:
        cursor.execute(TRACES)
        return cursor.fetchone()
