"""A store's month with everything that can happen to its money, for tests of what people read of it."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from orders.models import SellerOrder
from orders.tests.test_commissions import make_rule
from payments.books import adjusting
from payments.disbursement import payouts, sending
from payments.gateways.base import Outcome, State
from payments.models import Payout, PayoutStatus, Refund
from payments.tests.factories import make_available, make_destination, make_sale
from payments.tests.refunds import give_back, part_of
from sellers.models import Seller
from sellers.tests.factories import make_seller

REASON = "Carrier damaged the parcel; we share the loss"


@dataclass
class Story:
    seller: Seller
    owner: User
    waiting: SellerOrder  # sold and paid for
    partly: SellerOrder  # one of two given back before it was sent
    settled: SellerOrder  # paid out, then one of two given back
    refund_before: Refund
    refund_after: Refund
    payout: Payout


def correct(seller: Seller, amount: Decimal | int, reason: str = REASON) -> None:
    adjusting.adjust(seller=seller, amount=Decimal(amount), reason=reason, key=uuid.uuid4(), by=make_user())


def pay_out(seller: Seller, outcome: State = State.PAID) -> Payout | None:
    """What is available reaches the seller's account, or comes back from there."""
    payout = payouts.pay_available(seller.pk)
    if payout:
        Payout.objects.filter(pk=payout.pk).update(status=PayoutStatus.SENDING, sent_at=timezone.now())
        sending.apply(payout.pk, Outcome(state=outcome))
        payout.refresh_from_db()
    return payout


def tell(market_code: str = "co") -> Story:
    price = {"co": 40_000, "mz": 4_000}[market_code]
    seller = make_seller(market_code=market_code, business_name="Café Macuácua & Ñandú")
    make_destination(seller)
    make_rule("Comércio justo ñ", market_code=market_code, rate="0.08", flat="100", seller=seller)
    settled = make_available(seller, price=price, quantity=2)
    payout = pay_out(seller)
    assert payout
    line = settled.lines.get()
    after = give_back(settled, {line.pk: 1}, reason="One jar was broken")
    partly = part_of(make_sale(seller, price=price, quantity=2))
    before = give_back(partly, {partly.lines.get().pk: 1}, reason="Sold out")
    correct(seller, 5_000)
    return Story(
        seller=seller,
        owner=seller.members.get().user,
        waiting=part_of(make_sale(seller, price=price)),
        partly=partly,
        settled=settled,
        refund_before=before,
        refund_after=after,
        payout=payout,
    )
