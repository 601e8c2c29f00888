"""One order from cart to doorstep, told act by act."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F

from catalog.models import Product, Variant
from marketplace import markets
from marketplace.accounts.models import Address, User
from marketplace.demo import givebacks
from marketplace.demo.catalogue import Words
from marketplace.markets.base import PaymentMethod
from orders import carts, checkout, lifecycle
from orders.models import Cart, CartLine, Order, SellerOrder
from orders.quoting import quote
from payments import collecting, settling
from payments.gateways.base import Outcome, Reason, State
from payments.models import Payment, PaymentStatus
from sellers.models import DeliveryKind, Member, MemberRole, Seller

GUEST = 3
MOST = 3
UNPAID_FOR = timedelta(days=3)
CARRIERS = {
    "co": ("Servientrega", "Coordinadora", "Envía"),
    "mz": ("Correios de Moçambique", "Portador Diário", "Skynet"),
}
# So much, in the market's money, is too dear for a second piece.
DEAR = {"co": 150_000, "mz": 600}


class Story:
    """Knows who buys what where; each act is one of its methods."""

    order: Order | None = None

    def __init__(
        self,
        *,
        words: Words,
        number: int,
        who: int,
        shoppers: Sequence[User],
        stores: Sequence[Seller],
        goods: Mapping[int, list[Product]],
        chance: random.Random,
    ) -> None:
        self.market = markets.get(words.market)
        self.language = words.language
        self.number = number
        self.user = shoppers[who] if who != GUEST else None
        self.address = Address.objects.get(user=shoppers[who % len(shoppers)])
        self.stores, self.goods, self.chance = stores, goods, chance

    def act(self, name: str) -> Callable[[datetime], None]:
        return {
            "place": self._place,
            "prolong": self._prolong,
            "pay": self._pay,
            "fail": self._fail,
            "process": self._process,
            "ship": self._ship,
            "deliver": self._deliver,
            "cancel": self._cancel,
            "expire": self._expire,
            "refund": self._refund,
            "refund_one": self._refund_one,
            "call_off": self._call_off,
            "pay_again": self._pay_again,
            "send_back": self._send_back,
        }[name]

    def _place(self, now: datetime) -> None:
        cart = Cart.objects.create(market_code=self.market.code, expires_at=now + timedelta(days=1))
        for variant in self._choose():
            quantity = 1 if variant.price > DEAR[self.market.code] else self.chance.randint(1, MOST)
            CartLine.objects.create(cart=cart, variant=variant, quantity=quantity, seen_price=variant.price)
        lines = carts.contents(cart)
        city = self.market.city(self.address.region, self.address.city)
        told = {"market": self.market, "lines": lines, "day": now.date(), "city": city}
        deliveries = {
            parcel.seller.pk: self.chance.choice([way.kind for way in parcel.deliveries if way.is_offered])
            for parcel in quote(**told, wanted={}).parcels
        }
        quoted = quote(**told, wanted=deliveries)
        self.order = checkout.place_order(
            cart=cart,
            agreed_total=quoted.total,
            contact=self._contact(),
            address=self.address.snapshot(),
            deliveries=deliveries,
            method=self._method(),
            language=self.language,
            now=now,
            user=self.user,
        )
        cart.delete()

    def _choose(self) -> list[Variant]:
        """One to three things of every store, of what is there."""
        chosen = []
        for store in self.stores:
            there = Variant.objects.filter(
                product__in=self.goods[store.pk],
                price__gte=self.market.order_minimum,
                stock_items__on_hand__gte=F("stock_items__reserved") + MOST,
            )
            one_each = {variant.product_id: variant for variant in there.order_by("product__slug", "-pk")}
            wanted = min(self.chance.randint(1, 3), len(one_each))
            chosen += self.chance.sample(list(one_each.values()), wanted)
        return chosen

    def _contact(self) -> checkout.Contact:
        if self.user:
            email, name = self.user.email, self.user.full_name
        else:
            email, name = f"visita{self.number}@example.com", self.address.full_name
        return checkout.Contact(email=email, full_name=name, phone=self.address.phone)

    def _method(self) -> PaymentMethod:
        """By turns; never by card, and only by a wallet that lives on this telephone number."""
        number = self.market.phone.national(self.address.phone)
        methods = [
            method
            for method in self.market.payment_methods
            if method.code != "card"
            and (not method.phone_pattern or re.fullmatch(method.phone_pattern, number))
        ]
        return methods[self.number % len(methods)]

    def _begin(self, now: datetime) -> Payment:
        inputs = {"phone": self.address.phone, "bank": "1007", "user_type": "0"}
        inputs |= {"document_type": "CC", "document_number": "1032456789"}
        payment = collecting.begin(order=self._order(), method=self._method().code, inputs=inputs, now=now)
        Payment.objects.filter(pk=payment.pk).update(started_at=now)
        return payment

    def _pay(self, now: datetime) -> None:
        payment = self._begin(now)
        reference = f"DEMO{self.market.code.upper()}{payment.pk:06d}"
        answer = Outcome(state=State.PAID, money=payment.money, company_reference=reference)
        settling.settle(payment.pk, answer, now=now)

    def _fail(self, now: datetime) -> None:
        payment = self._begin(now)
        settling.settle(payment.pk, Outcome(state=State.FAILED, reason=Reason.INSUFFICIENT_FUNDS), now=now)

    def _prolong(self, now: datetime) -> None:
        """Keep it waiting for days, so that an unpaid order can be seen tomorrow as well."""
        Order.objects.filter(pk=self._order().pk).update(expires_at=now + UNPAID_FOR)

    def _process(self, now: datetime) -> None:
        for part in self._parts():
            lifecycle.process(part, by=_owner(part.seller))

    def _ship(self, now: datetime) -> None:
        for part in self._parts():
            lifecycle.ship(part, by=_owner(part.seller), tracking=self._tracking(part), now=now)

    def _tracking(self, part: SellerOrder) -> lifecycle.Tracking | None:
        """Only parcels have a number; what is brought or fetched has none."""
        if part.delivery_kind != DeliveryKind.SHIPPING:
            return None
        carrier = self.chance.choice(CARRIERS[self.market.code])
        return lifecycle.Tracking(carrier=carrier, number=f"{self.chance.randrange(10**9, 10**10)}")

    def _deliver(self, now: datetime) -> None:
        for part in self._parts():
            lifecycle.deliver(part, by=self.user, actor="buyer", now=now)

    def _cancel(self, now: datetime) -> None:
        lifecycle.cancel(self._order(), by=self.user, actor="buyer", now=now)

    def _expire(self, now: datetime) -> None:
        lifecycle.expire(self._order(), now)

    def _refund(self, now: datetime) -> None:
        for part in self._parts():
            givebacks.refund(part, units=None, now=now)

    def _refund_one(self, now: datetime) -> None:
        part = self._parts()[0]
        givebacks.refund(part, units={part.lines.order_by("pk")[0].pk: 1}, now=now)

    def _call_off(self, now: datetime) -> None:
        for part in self._parts():
            givebacks.call_off(part, by=self.user, now=now)

    def _pay_again(self, now: datetime) -> None:
        givebacks.pay_again(self._order().payments.get(status=PaymentStatus.SUCCEEDED), now=now)

    def _send_back(self, now: datetime) -> None:
        givebacks.send(self._order(), now=now)

    def _order(self) -> Order:
        if self.order is None:
            raise LookupError("the story has not begun")
        return Order.objects.get(pk=self.order.pk)

    def _parts(self) -> list[SellerOrder]:
        return list(self._order().seller_orders.select_related("order", "seller").order_by("pk"))


def _owner(seller: Seller) -> User:
    return Member.objects.select_related("user").get(seller=seller, role=MemberRole.OWNER).user
