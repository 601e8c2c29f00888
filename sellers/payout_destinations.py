"""Where a store's money goes: encrypted, replaced and never edited, announced to all, disputed by a link."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.lifecycle import StaleState
from marketplace.markets.base import PayoutRail
from sellers import emails
from sellers.banks import BANKS
from sellers.models import PayoutDestination, Seller, SellerEvent

log = structlog.get_logger(__name__)

_SALT = "sellers.payout_destination"
LINK_LIVES = timedelta(days=30)


class LinkExpired(Exception):
    """Too old, or not of our making."""


@transaction.atomic
def replace(*, seller: Seller, rail: PayoutRail, account: Mapping[str, str], by: User) -> PayoutDestination:
    """From the next payout on, money goes here; the old account stays on record, inactive.

    A changed account waits, and no money leaves meanwhile: whoever finds out has the time to say so.
    The first account of a store has nobody to be stolen from.
    """
    Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
    now = timezone.now()
    old = seller.payout_destinations.filter(is_active=True).first()
    is_first = not seller.payout_destinations.exists()
    seller.payout_destinations.filter(is_active=True).update(is_active=False)
    destination = PayoutDestination.objects.create(
        seller=seller,
        rail=rail.code,
        holder_name=account["holder_name"],
        account=json.dumps(dict(account), ensure_ascii=False),
        masked=masked(rail, account),
        created_by=by,
        usable_from=now if is_first else now + timedelta(hours=settings.PAYOUT_WAIT_HOURS),
    )
    SellerEvent.objects.create(seller=seller, kind="payout_destination", by=by, reason=destination.masked)
    emails.send_destination_changed(destination, old, dispute_token(destination))
    return destination


def current(seller: Seller) -> PayoutDestination | None:
    return seller.payout_destinations.filter(is_active=True).first()


def masked(rail: PayoutRail, account: Mapping[str, str]) -> str:
    """What people may see: `Bancolombia ••••4567`."""
    number = account.get("account_number") or account.get("nib") or account.get("phone", "")
    place = BANKS.get(account.get("bank_code", "")) or account.get("bank_name") or str(rail.label)
    return f"{place[:30]} ••••{number[-4:]}"


def mark_refused(destination: PayoutDestination) -> None:
    """The bank or the operator says that it is wrong or closed: nothing is sent here again."""
    unmarked = PayoutDestination.objects.filter(pk=destination.pk, refused_at=None)
    unmarked.update(refused_at=timezone.now())
    destination.refresh_from_db(fields=["refused_at"])  # the mail that follows reads it here


def dispute_token(destination: PayoutDestination) -> str:
    """What the link "this was not me" carries; whoever reads the mail may use it, signed in or not."""
    return signing.dumps(str(destination.pk), salt=_SALT)


def disputable(token: str) -> PayoutDestination:
    """The account that a link is about. Raises LinkExpired."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=LINK_LIVES)
        return PayoutDestination.objects.select_related("seller").get(pk=key)
    except (signing.BadSignature, PayoutDestination.DoesNotExist):
        raise LinkExpired from None


@transaction.atomic
def dispute(*, destination: PayoutDestination, now: datetime | None = None) -> bool:
    """Somebody of the store did not make this change: no money leaves until staff have looked.

    A link counts once: after staff have decided, an old mail freezes nothing again.
    """
    now = now or timezone.now()
    seller = Seller.objects.select_for_update(no_key=True).get(pk=destination.seller_id)
    if not PayoutDestination.objects.filter(pk=destination.pk, disputed_at=None).update(disputed_at=now):
        return False
    Seller.objects.filter(pk=seller.pk, payouts_frozen_at=None).update(payouts_frozen_at=now)
    SellerEvent.objects.create(seller=seller, kind="payouts_frozen", reason=destination.masked)
    log.warning("payouts_frozen", seller=seller.pk)
    emails.send_destination_disputed(destination)
    return True


@transaction.atomic
def unfreeze(*, seller: Seller, by: User, reason: str) -> None:
    """Staff have spoken with the store: money may leave again. Raises StaleState when nothing is frozen."""
    frozen = Seller.objects.filter(pk=seller.pk, payouts_frozen_at__isnull=False)
    if not frozen.update(payouts_frozen_at=None):
        raise StaleState(f"Payouts of {seller!r} are not frozen")
    SellerEvent.objects.create(seller=seller, kind="payouts_unfrozen", by=by, reason=reason)
    emails.send_payouts_go_on(seller, reason)
