"""The part of the money machine where people mistype, come too late or lose their session (I-13)."""

from django.contrib.sessions.models import Session
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from marketplace.accounts.tests.factories import PASSWORD, make_user
from orders.checkout_page import DRAFT_KEY
from orders.models import Cart, CartLine, Order, SellerOrder
from orders.tests.shopping import URL, form_of
from payments.models import LIVE, Refund, RefundRequest, RefundStatus
from payments.tests.factories import DESTINATIONS
from payments.tests.money_going_out import kills, picks

WRONG = {
    "no e-mail": ({"email": ""}, 422),
    "another price": ({"agreed_total": "1"}, 409),
    "no such method": ({"method": "cheque"}, 422),
}


KEPT_IN = {"words": RefundRequest, "seller_notes": SellerOrder}
MISTAKES = (
    "pay_with_a_wrong_number",
    "ask_back_too_much",
    "name_a_wrong_account",
    "enter_a_wrong_account",
    "ship_with_a_wrong_link",
    "take_notes",
)


class Typing:
    """A mixin; it remembers what was typed, and asks after every step whether it is still there."""

    def take_pens(self):
        self.drafts = {}  # session → the texts of a checkout that is not finished
        self.written = {}  # (row, column) → what was sent and kept
        self.put_aside = {}  # cart → quantity of each variant in it
        self.sheets = self.passwords = 0

    def something(self, what):
        """Words that nobody else has typed."""
        self.sheets += 1
        return f"{what} {self.sheets} ¿ñã<&"

    def shows(self, answer, status, *typed):
        self.asked("I-13")
        page = answer.content.decode()
        assert answer.status_code == status, answer.status_code
        lost = [text for text in typed if text not in page.replace("&lt;", "<").replace("&amp;", "&")]
        assert not lost, f"{answer.request['PATH_INFO']} has lost {lost}"

    @rule(place=st.integers(0, 2), trouble=st.sampled_from([*WRONG, "signed out", "old form"]))
    def checkout_goes_wrong(self, place, trouble):
        user = make_user(password=None, market_code=self.market_code) if trouble == "signed out" else None
        shop = self.browser(user)
        if not self._put_into_cart(shop, place):
            return
        typed = street, notes = self.something("Calle"), self.something("Please ring")
        form = form_of(shop, self.market_code, street=street, notes=notes, method=self.first_method)
        if trouble == "old form":
            shop.handler.enforce_csrf_checks = True
            origin = {"origin": f"http://{self.market_code}.localhost"}
            self.shows(shop.post(URL, form | {"csrfmiddlewaretoken": "x" * 64}, headers=origin), 403, *typed)
            return
        if trouble == "signed out":
            shop.session.delete()
            shop.cookies.pop("sessionid")
            assert shop.post(URL, form)["Location"].startswith("/accounts/login/")
            shop.force_login(user)
        else:
            changes, status = WRONG[trouble]
            self.shows(shop.post(URL, form | changes), status, *typed)
        self.shows(shop.get(URL), 200, *typed)
        self.drafts[shop.session.session_key] = typed

    def _put_into_cart(self, shop, place):
        """False when it is sold out."""
        variant = self.goods[place].variants.get()
        known = set(Cart.objects.values_list("pk", flat=True))
        if shop.post(f"/cart/add/{variant.pk}/", {"quantity": 1}).status_code != 302:
            return False
        (cart,) = Cart.objects.exclude(pk__in=known)
        self.put_aside[cart.pk] = {variant.pk: 1}
        return True

    @rule(number=picks, what=st.sampled_from(MISTAKES))
    def somebody_writes(self, number, what):
        getattr(self, what)(number)

    def pay_with_a_wrong_number(self, number):
        orders = Order.objects.filter(status="pending", expires_at__gt=self.now).exclude(
            payments__status__in=LIVE
        )
        order = orders.order_by("pk")[number:].first() or orders.first()
        method = {"mz": "mpesa", "co": "nequi"}[self.market_code]
        if order is None:
            return
        shop = self.browser()
        shop.get(order.get_absolute_url())
        address = reverse("payments:choose", args=[order.number])
        typed = self.something("84 12")[:25]
        answer = shop.post(address, {"method": method, f"{method}-phone": typed, f"{method}-accept": "on"})
        if f"{method}-phone" in answer.content.decode():  # else it cannot pay this order at all
            self.shows(answer, 422, typed)

    def ask_back_too_much(self, number):
        quantity = self.dice.choice(("99", "-1", "two"))
        part = self.pick(SellerOrder, number)
        if part is None:
            return
        shop, words = self.browser(), self.something("broken")
        shop.get(part.order.get_absolute_url())
        form = {f"line-{line.pk}": quantity for line in part.lines.all() if line.left()}
        answer = shop.post(
            reverse("payments:ask_refund", args=[part.pk]), form | {"cause": "other", "words": words}
        )
        if answer.status_code != 302:  # it may have gone back already, or have been asked for
            self.shows(answer, 422, words, *[f'value="{quantity}"' for _once in form][:1])

    @rule(kill=kills, number=picks)
    def ask_back_in_words(self, kill, number):
        """A request that succeeds keeps what was written, and so does the order beside it."""
        part = self.pick(SellerOrder, number)
        if part is None:
            return
        shop, words = self.browser(), self.something("broken")
        shop.get(part.order.get_absolute_url())
        form = {f"line-{line.pk}": "1" for line in part.lines.all()} | {"cause": "other", "words": words}
        address = reverse("payments:ask_refund", args=[part.pk])
        self.do(kill, lambda: shop.post(address, form))
        if request := RefundRequest.objects.filter(words=words).first():
            self.written[request.pk, "words"] = words

    def name_a_wrong_account(self, number):
        refund = self.pick(Refund, number, status=RefundStatus.NEEDS_ACCOUNT)
        if refund is None:
            return
        form, typed = self._wrong_account()
        address = reverse("payments:show_refund", args=[refund.secret])
        self.shows(self.browser().post(f"{address}?way={form['rail']}", form), 422, *typed)

    def enter_a_wrong_account(self, number):
        """The password is no longer fresh: it is asked for, and then the form comes back as it was sent."""
        owner = self.owners[self.sellers[number % 2].pk]
        if self.passwords > 5:
            return  # more within a minute look like guessing
        self.passwords += 1
        form, typed = self._wrong_account()
        portal = self.browser(owner)
        answer = portal.post(reverse("sellers:edit_payout_destination"), form)
        assert answer["Location"].startswith("/accounts/reauthenticate/")
        self.shows(portal.post(answer["Location"], {"password": PASSWORD}), 422, *typed)

    def _wrong_account(self):
        rail, account = DESTINATIONS[self.market_code]
        holder = self.something("Bento")
        wrong = {"co": "12-3", "mz": "82 000 12"}[self.market_code]
        form = account | {"rail": rail, "holder_name": holder, "phone": wrong, "account_number": wrong}
        return form, (holder, f'value="{wrong}"')

    def ship_with_a_wrong_link(self, number):
        part = self.pick(SellerOrder, number, status__in=("confirmed", "processing"))
        if part is None:
            return
        portal, carrier = self.browser(self.owners[part.seller_id]), self.something("Carrier")
        form = {"carrier": carrier, "tracking_number": "T-1", "tracking_url": "no address at all"}
        self.shows(portal.post(reverse("orders_seller:ship", args=[part.pk]), form), 422, carrier)

    def take_notes(self, number):
        part = self.pick(SellerOrder, number)
        if part is None:
            return
        portal, words = self.browser(self.owners[part.seller_id]), self.something("Shelf")
        portal.post(reverse("orders_seller:edit_notes", args=[part.pk]), {"seller_notes": words})
        self.written[part.pk, "seller_notes"] = words

    @invariant()
    def what_was_typed_is_still_there(self):
        self.asked("I-13")
        for key, typed in self.drafts.items():
            kept = Session.objects.get(pk=key).get_decoded()[DRAFT_KEY][self.market_code]
            assert (kept["street"], kept["notes"]) == typed
        for (key, column), text in self.written.items():
            rows = KEPT_IN[column].objects.filter(pk=key)
            assert rows.values_list(column, flat=True).get() == text
        lines = CartLine.objects.filter(cart__in=self.put_aside)
        found = {pk: {} for pk in self.put_aside}
        for cart, variant, quantity in lines.values_list("cart", "variant", "quantity"):
            found[cart][variant] = quantity
        assert found == self.put_aside
