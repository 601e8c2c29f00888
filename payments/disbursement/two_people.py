"""Who may not be the one that decides: nobody lets money go, or calls it back, that is their own store's."""

from marketplace.accounts.models import User
from sellers.models import Member


class SamePerson(Exception):
    """Who asked for money, or is paid by it, does not decide about it."""


def refuse_the_paid(by: User, **store: object) -> None:
    """Raises SamePerson if `by` is a member of a store that fits, such as `seller=…`."""
    if Member.objects.filter(user=by, **store).exists():
        raise SamePerson
