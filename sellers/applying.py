"""From a person's application to a store, approved at once or after a look, as the market has it (CF-01)."""

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from marketplace.accounts.models import User
from marketplace.markets.base import Market
from sellers import emails, lifecycle
from sellers.models import (
    DeliveryKind,
    DeliveryOption,
    Location,
    Member,
    MemberRole,
    Seller,
    SellerEvent,
    SellerStatus,
)

TERMS_VERSION = "2026-11"
_WAITING = (SellerStatus.PENDING, SellerStatus.REJECTED)


class ApplicationPending(Exception):
    """One application at a time: an earlier one waits for a decision or for a correction."""


class NoFreeName(Exception):
    """Five times in a row somebody was faster; try again."""


@transaction.atomic
def apply(*, user: User, market: Market, fields: dict[str, Any]) -> Seller:
    """Open a store in the market's opening status, with its owner, a stock location and delivery.

    The person's row is locked first, so a double click makes one store.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if waiting_store(user, market):
        raise ApplicationPending
    seller = _create(market, fields)
    Member.objects.create(seller=seller, user=user, role=MemberRole.OWNER)
    Location.objects.create(seller=seller, name=seller.city, city=seller.city, is_default=True)
    DeliveryOption.objects.create(seller=seller, kind=DeliveryKind.SHIPPING)
    DeliveryOption.objects.create(seller=seller, kind=DeliveryKind.PICKUP, fee=0)
    SellerEvent.objects.create(seller=seller, kind="applied", by=user)
    if market.seller_approval == "automatic":
        lifecycle.approve(seller=seller, by=None)
    else:
        emails.send_status(seller, "applied")
    return seller


def waiting_store(user: User, market: Market) -> Seller | None:
    """The store of this person that is not through the door yet."""
    own = Seller.objects.filter(members__user=user, members__role=MemberRole.OWNER, market_code=market.code)
    return own.filter(status__in=_WAITING).first()


def _create(market: Market, fields: dict[str, Any]) -> Seller:
    """Under the first free name: `granja-el-sol`, `granja-el-sol-2`… Two of one name at once try again."""
    base = slugify(fields["business_name"])[:70].strip("-") or "store"
    for _attempt in range(5):
        with suppress(IntegrityError), transaction.atomic():
            return Seller.objects.create(
                market_code=market.code,
                slug=_free_slug(base),
                terms_version=TERMS_VERSION,
                terms_accepted_at=timezone.now(),
                **fields,
            )
    raise NoFreeName(base)


def _free_slug(base: str) -> str:
    taken = set(Seller.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in candidates if slug not in taken)
