"""Where a store's money goes: encrypted, replaced and never edited, announced to every owner."""

import json
from collections.abc import Mapping

from django.db import transaction

from marketplace.accounts.models import User
from marketplace.markets.base import PayoutRail
from sellers import emails
from sellers.banks import BANKS
from sellers.models import PayoutDestination, Seller, SellerEvent


@transaction.atomic
def replace(*, seller: Seller, rail: PayoutRail, account: Mapping[str, str], by: User) -> PayoutDestination:
    """From the next payout on, money goes here; the old account stays on record, inactive."""
    Seller.objects.select_for_update().get(pk=seller.pk)
    seller.payout_destinations.filter(is_active=True).update(is_active=False)
    destination = PayoutDestination.objects.create(
        seller=seller,
        rail=rail.code,
        holder_name=account["holder_name"],
        account=json.dumps(dict(account), ensure_ascii=False),
        masked=masked(rail, account),
        created_by=by,
    )
    SellerEvent.objects.create(seller=seller, kind="payout_destination", by=by, reason=destination.masked)
    emails.send_destination_changed(destination)
    return destination


def masked(rail: PayoutRail, account: Mapping[str, str]) -> str:
    """What people may see: `Bancolombia ••••4567`."""
    number = account.get("account_number") or account.get("phone", "")
    place = BANKS.get(account.get("bank_code", ""), str(rail.label))
    return f"{place} ••••{number[-4:]}"
