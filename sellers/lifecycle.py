"""Every way a store can change status."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from marketplace.accounts.models import User
from marketplace.lifecycle import advance
from sellers import emails
from sellers.models import TRANSITIONS, Seller, SellerEvent, SellerStatus


class ReasonMissing(Exception):
    """Who is refused must be told why."""


@transaction.atomic
def _step(seller: Seller, to: str, *, kind: str, by: User | None, reason: str = "", **changes: Any) -> None:
    """One step with its event; apps above that show products are told in the same transaction."""
    advance(seller, to, transitions=TRANSITIONS, status_reason=reason, updated_at=timezone.now(), **changes)
    SellerEvent.objects.create(seller=seller, kind=kind, by=by, reason=reason)
    for path in settings.SELLER_STATUS_HOOKS:
        import_string(path)(seller.pk)
    emails.send_status(seller, kind)


def approve(*, seller: Seller, by: User | None) -> None:
    """Open the store: a first approval, or the end of a suspension. `by=None` is the market's rule."""
    kind = "reinstated" if seller.status == SellerStatus.SUSPENDED else "approved"
    changes: dict[str, Any] = {}
    if seller.approved_at is None:
        changes = {"approved_at": timezone.now(), "approved_by": by}
    _step(seller, SellerStatus.APPROVED, kind=kind, by=by, **changes)


def reject(*, seller: Seller, by: User, reason: str) -> None:
    _step(seller, SellerStatus.REJECTED, kind="rejected", by=by, reason=_said(reason))


def suspend(*, seller: Seller, by: User, reason: str) -> None:
    """Close the store; orders that are paid are still to be sent."""
    _step(seller, SellerStatus.SUSPENDED, kind="suspended", by=by, reason=_said(reason))


def resubmit(*, seller: Seller, by: User) -> None:
    """Ask for another look after mending what was wrong."""
    _step(seller, SellerStatus.PENDING, kind="resubmitted", by=by)


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
