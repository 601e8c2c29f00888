"""Until when an attempt can be paid, and how long the goods are kept for it."""

from datetime import datetime, timedelta

from marketplace.markets.base import PaymentMethod
from orders.models import Order
from payments.gateways.base import NextStep, Review, Voucher
from payments.models import Payment

# An attempt made in the last moment of an order still gets this long.
SHORTEST_ATTEMPT = timedelta(minutes=10)
# However often a shopper asks for another number to pay cash with, stock is not kept longer than this.
LONGEST_CASH = timedelta(days=7)
# An order that time gave up can go on at its old prices so long; money that comes even later goes back.
REVIVABLE = timedelta(days=30)


def pay_by(order: Order, chosen: PaymentMethod, now: datetime) -> datetime:
    """Until when this attempt can be paid: cash takes days, everything else ends with its order."""
    wished = now + timedelta(minutes=chosen.minutes_to_pay)
    latest = order.placed_at + LONGEST_CASH if chosen.grace_minutes else order.expires_at
    return max(min(wished, latest), now + SHORTEST_ATTEMPT)


def may_revive(order: Order, now: datetime) -> bool:
    """Whether prices that were agreed so long ago still hold."""
    return now - order.placed_at <= REVIVABLE


def keep_stock(order: Order, chosen: PaymentMethod, pay_by: datetime) -> None:
    """News of cash comes late, so its order keeps the stock a while longer than the number is good for."""
    until = pay_by + timedelta(minutes=chosen.grace_minutes)
    if chosen.grace_minutes and until > order.expires_at:
        Order.objects.filter(pk=order.pk).update(expires_at=until)


def time_of(step: NextStep) -> dict[str, datetime]:
    """The company decides how long its number can be paid at a counter, or how long it looks at a card."""
    return {"expires_at": step.expires_at} if isinstance(step, Voucher | Review) else {}


def comes_late(payment: Payment) -> bool:
    """A counter may report cash after its number has expired."""
    method = payment.market.payment_method(payment.method)
    return bool(method and method.grace_minutes)
