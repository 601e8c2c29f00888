"""Wish lists: what a person marked with a heart."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.http import HttpRequest

from catalog.models import Product, Wish
from marketplace.accounts.models import User


def toggle(user: User, product: Product) -> bool:
    """Add it, or take it off; true when it is on the list afterwards."""
    removed, _ = Wish.objects.filter(user=user, product=product).delete()
    if not removed:
        Wish.objects.bulk_create([Wish(user=user, product=product)], ignore_conflicts=True)
    return not removed


def among(request: HttpRequest, product_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these products the visitor wishes; nothing is asked for strangers."""
    if not product_ids or not request.user.is_authenticated:
        return set()
    own = Wish.objects.filter(user=request.user, product_id__in=product_ids)
    return set(own.values_list("product_id", flat=True))
