"""The part of the money machine at the checkout: one cart sent twice, in two tabs, after a lost answer."""

from django.db.models import Count
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from orders.models import CartLine, Order
from orders.tests.shopping import URL, form_of, pay_url
from payments.tests.money_going_out import kills


class CartsSentTwice:
    """A mixin; the machine has the goods, the browsers and the hand that kills."""

    @rule(kill=kills, place=st.integers(0, 2), quantity=st.integers(1, 2), ended=st.booleans())
    def submit_twice(self, kill, place, quantity, ended):
        shop, email = self.browser(), self.contact().email
        variant = self.goods[place].variants.get()
        shop.post(f"/cart/add/{variant.pk}/", {"quantity": quantity})
        if not CartLine.objects.filter(variant=variant).exists():
            return  # sold out
        method = self.first_method
        tabs = [form_of(shop, self.market_code, email=email, method=method) for _tab in range(2)]
        self.do(kill, lambda: shop.post(URL, tabs[0]))  # killed: the shopper sees no answer
        if ended:
            shop.cookies.pop("sessionid", None)
        first, again = shop.post(URL, tabs[0]), shop.post(URL, tabs[0])
        if order := Order.objects.filter(email=email).first():
            assert first["Location"] == again["Location"] == pay_url(order)
        shop.post(URL, tabs[1])

    @invariant()
    def one_cart_makes_at_most_one_order(self):
        self.asked("I-04")
        twice = Order.objects.filter(email__in=self.emails).values("email").annotate(count=Count("pk"))
        assert not twice.filter(count__gt=1).exists()
