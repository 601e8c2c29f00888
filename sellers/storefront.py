"""How a store presents itself and runs: words, pictures, hours, ways of delivering, when it is paid."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from sellers.models import DeliveryOption, OpeningHours, Seller, SellerEvent

PICTURES = ("logo", "banner")
Row = TypeVar("Row", OpeningHours, DeliveryOption)


def revise(*, seller: Seller, changes: dict[str, Any]) -> None:
    """Write only these columns; a picture of `False` is taken down."""
    columns = [name for name in changes if name not in PICTURES]
    for name in columns:
        setattr(seller, name, changes[name])
    for name in PICTURES:
        picture = changes.get(name)
        if isinstance(picture, ContentFile):
            # A new name for new content: caches may keep the old one for ever.
            getattr(seller, name).save(f"{seller.pk}-{name}-{uuid4().hex[:8]}.webp", picture, save=False)
            columns.append(name)
        elif picture is False:
            setattr(seller, name, "")
            columns.append(name)
    seller.save(update_fields=[*columns, "updated_at"])


@transaction.atomic
def set_hours(*, seller: Seller, hours: Iterable[OpeningHours]) -> None:
    """These hours and no others."""
    Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
    seller.hours.all().delete()
    OpeningHours.objects.bulk_create(_of(seller, hours))


@transaction.atomic
def set_delivery(*, seller: Seller, options: Iterable[DeliveryOption]) -> None:
    """Change what is offered; what is offered no longer goes, what stays keeps its row."""
    Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
    offered = _of(seller, options)
    seller.delivery_options.exclude(kind__in=[option.kind for option in offered]).delete()
    DeliveryOption.objects.bulk_create(
        offered,
        update_conflicts=True,
        unique_fields=["seller", "kind"],
        update_fields=["fee", "free_from", "radius_km", "note"],
    )


def _of(seller: Seller, rows: Iterable[Row]) -> list[Row]:
    owned = list(rows)
    for row in owned:
        row.seller = seller
    return owned


@transaction.atomic
def set_payout_schedule(*, seller: Seller, changes: dict[str, Any], by: User) -> None:
    """When the store is paid, and from which amount on."""
    Seller.objects.filter(pk=seller.pk).update(**changes, updated_at=timezone.now())
    said = " ".join(str(value) for value in changes.values())
    SellerEvent.objects.create(seller=seller, kind="payout_schedule", by=by, reason=said)
