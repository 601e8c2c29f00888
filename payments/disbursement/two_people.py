"""Who may not be the one that decides: nobody lets money go, or calls it back, that comes to themselves."""

from marketplace.accounts.models import User
from orders.models import Order
from sellers.models import Member


class SamePerson(Exception):
    """Who asked for money, or is paid by it, does not decide about it."""


def refuse_the_paid(by: User, **store: object) -> None:
    """Raises SamePerson if `by` is a member of a store that fits, such as `seller=…`."""
    if Member.objects.filter(user=by, **store).exists():
        raise SamePerson


def refuse_the_buyer(by: User, order: Order) -> None:
    """Raises SamePerson for whoever gets the order's money back, signed in or as a guest."""
    if order.user_id == by.pk or order.email.lower() == by.email.lower():
        raise SamePerson
