"""The address book: one default per kind and country, always."""

from django.db import transaction
from django.db.models import QuerySet

from marketplace.accounts.models import Address, User


def _others(user: User, address: Address) -> QuerySet[Address]:
    return user.addresses.filter(market_code=address.market_code, kind=address.kind).exclude(pk=address.pk)


@transaction.atomic
def keep(*, user: User, address: Address) -> Address:
    """Store a new or changed address; the first of its kind becomes the default."""
    User.objects.select_for_update().get(pk=user.pk)
    others = _others(user, address)
    if address.is_default:
        others.filter(is_default=True).update(is_default=False)
    elif not others.filter(is_default=True).exists():
        address.is_default = True
    address.user = user
    address.save()
    return address


@transaction.atomic
def prefer(*, user: User, address: Address) -> None:
    """Use this address unless told otherwise."""
    User.objects.select_for_update().get(pk=user.pk)
    _others(user, address).filter(is_default=True).update(is_default=False)
    user.addresses.filter(pk=address.pk).update(is_default=True)


@transaction.atomic
def remove(*, user: User, address: Address) -> None:
    """Forget an address; orders keep their own copy. The newest of the others inherits the preference."""
    User.objects.select_for_update().get(pk=user.pk)
    others = _others(user, address)
    address.delete()
    if heir := (others.first() if address.is_default else None):
        others.filter(pk=heir.pk).update(is_default=True)
