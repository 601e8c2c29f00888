"""Orders of the demo in every status, made by the same functions that serve real shoppers."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.utils import timezone

from catalog.models import Product, Variant
from marketplace.accounts.models import User
from marketplace.demo.catalogue import Words
from marketplace.demo.stories import Story
from marketplace.mailing.models import OutgoingMessage
from orders import carts
from orders.models import CartLine
from payments.disbursement import payouts, sending
from payments.models import Payout, PayoutStatus
from payments.rails.base import Outcome, State
from sellers.models import Seller

Report = Callable[[str, int, int], None]

# What happens in a story, with the days since its beginning.
PLANS: dict[str, tuple[tuple[float, str], ...]] = {
    "pending": ((0, "place"), (0.0005, "prolong")),
    "confirmed": ((0, "place"), (0.01, "pay")),
    "retried": ((0, "place"), (0.003, "fail"), (0.01, "pay")),
    "processing": ((0, "place"), (0.01, "pay"), (0.2, "process")),
    "shipped": ((0, "place"), (0.01, "pay"), (0.2, "process"), (0.9, "ship")),
    "delivered": ((0, "place"), (0.01, "pay"), (0.3, "process"), (1.1, "ship"), (3.2, "deliver")),
    "refunded": ((0, "place"), (0.01, "pay"), (0.9, "ship"), (3, "deliver"), (5, "refund"), (6, "send_back")),
    "partly_refunded": ((0, "place"), (0.01, "pay"), (0.9, "ship"), (3, "deliver"), (4, "refund_one")),
    "called_off": ((0, "place"), (0.01, "pay"), (0.05, "call_off"), (0.4, "send_back")),
    "paid_twice": ((0, "place"), (0.01, "pay"), (0.02, "pay_again")),
    "cancelled": ((0, "place"), (0.01, "cancel")),
    "expired": ((0, "place"), (0.1, "expire")),
}
# Days ago, plan, whose (0–2 shoppers, 3 a guest), from which store or stores (0 is the market's main one).
STORIES: tuple[tuple[float, str, int, tuple[int, ...]], ...] = (
    (58, "delivered", 0, (0,)),
    (51, "delivered", 1, (0, 2)),
    (44, "delivered", 2, (1,)),
    (37, "delivered", 0, (0, 3, 5)),
    (33, "expired", 1, (4,)),
    (30, "delivered", 3, (0,)),
    (26, "delivered", 1, (3,)),
    (22, "delivered", 2, (0, 4)),
    (19, "cancelled", 0, (0,)),
    (16, "delivered", 0, (1, 6)),
    (13, "delivered", 3, (5,)),
    (11, "delivered", 1, (0,)),
    (8, "delivered", 0, (0, 2)),
    (6, "delivered", 2, (7,)),
    (4.5, "delivered", 0, (0, 1)),
    (3.5, "shipped", 1, (0,)),
    (2.5, "shipped", 0, (0, 3)),
    (2, "shipped", 2, (4,)),
    (1.5, "processing", 3, (0,)),
    (1.2, "processing", 0, (2,)),
    (0.9, "retried", 1, (0, 5)),
    (0.6, "confirmed", 0, (0,)),
    (0.4, "confirmed", 2, (0, 8)),
    (0.3, "expired", 3, (0,)),
    (0.25, "cancelled", 1, (6,)),
    (0.1, "confirmed", 3, (0,)),
    (0.003, "pending", 0, (0,)),
    (0.002, "pending", 1, (1,)),
    (24, "refunded", 0, (2,)),
    (15, "refunded", 3, (1,)),
    (10, "partly_refunded", 1, (0,)),
    (7, "partly_refunded", 0, (3,)),
    (5, "called_off", 2, (4,)),
    (1.1, "called_off", 0, (0, 1)),
    (0.8, "paid_twice", 0, (2,)),
)
PAID_OUT_AGO = timedelta(days=9)
QUEUED_AGO = timedelta(minutes=2)
SOME = 5


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything inside happens at that moment, in every row that notes the time."""
    with patch.object(timezone, "now", return_value=moment):
        yield


def play(
    words: Words,
    *,
    products: Sequence[Product],
    stores: Mapping[str, Seller],
    shoppers: Sequence[User],
    report: Report,
) -> int:
    """Play all stories in the order of time, pay the sellers in between; returns how many orders there are."""
    chance = random.Random(f"trade-{words.market}")
    now = timezone.now()
    goods = _goods(products)
    slugs = [slug for slug in stores if goods.get(stores[slug].pk)]
    acts: list[tuple[datetime, int, Callable[[datetime], None]]] = []
    stories = []
    for number, (days, plan, who, places) in enumerate(STORIES):
        chosen = list(dict.fromkeys(stores[slugs[place % len(slugs)]] for place in places))
        story = Story(
            words=words, number=number, who=who, shoppers=shoppers, stores=chosen, goods=goods, chance=chance
        )
        stories.append(story)
        begin = now - timedelta(days=days)
        acts += [(begin + timedelta(days=after), number, story.act(name)) for after, name in PLANS[plan]]
    main, second = stores[slugs[0]], stores[slugs[3 % len(slugs)]]
    acts.append((now - PAID_OUT_AGO, len(STORIES), lambda moment: _pay(main, moment)))
    acts.append((now - QUEUED_AGO, len(STORIES), lambda moment: _queue(second, moment)))
    acts.sort(key=lambda act: act[:2])
    for done, (moment, _, act) in enumerate(acts, start=1):
        with at(moment):
            act(moment)
        report(f"orders {words.market}", done, len(acts))
    return sum(story.order is not None for story in stories)


def _goods(products: Sequence[Product]) -> dict[int, list[Product]]:
    """What every store can sell, cheap and dear."""
    found: dict[int, list[Product]] = {}
    for product in products:
        found.setdefault(product.seller_id, []).append(product)
    return found


def _pay(seller: Seller, now: datetime) -> None:
    """The hold of older orders has ended; the money has arrived."""
    payouts.release_due(now)
    payout = payouts.pay_available(seller.pk)
    if payout is None:
        return
    Payout.objects.filter(pk=payout.pk).update(status=PayoutStatus.SENDING, sent_at=now)
    payout.record("sending")
    answer = Outcome(state=State.PAID, money=payout.money, company_reference=f"DEMO{payout.pk:06d}")
    sending.apply(payout.pk, answer)


def _queue(seller: Seller, now: datetime) -> None:
    """A payout that waits to be sent; the worker takes it up when it runs."""
    payouts.release_due(now)
    payouts.pay_available(seller.pk)


def leave_a_cart(shopper: User, products: Sequence[Product]) -> None:
    """Two things somebody means to buy soon."""
    cart = carts.open_for(shopper, products[0].market)
    featured = [product for product in products if product.is_featured]
    there = Variant.objects.filter(product__in=featured, stock_items__on_hand__gt=SOME)
    one_each = {variant.product_id: variant for variant in there.order_by("product__slug", "-pk")}
    for variant in list(one_each.values())[:2]:
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, seen_price=variant.price)


def forget_queue(connection: BaseDatabaseWrapper) -> None:
    """These mails have long been read, and nobody calls a company for orders of last month."""
    OutgoingMessage.objects.filter(sent_at=None).update(sent_at=F("created_at"), attempts=1)
    connection.run_on_commit.clear()
