"""What we write to the people of a store."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from marketplace import mail
from marketplace.accounts.models import User
from sellers.models import MemberRole, PayoutDestination, Seller


def people_of(seller: Seller, *roles: MemberRole) -> Iterator[tuple[User, str]]:
    """Whom we write to about a store, its owners unless told otherwise, and in which language each reads."""
    members = seller.members.filter(role__in=roles or (MemberRole.OWNER,), user__is_active=True)
    for member in members.select_related("user"):
        yield member.user, member.user.language or seller.market.language


def _write_owners(seller: Seller, template: str, **context: Any) -> None:
    for person, language in people_of(seller):
        _write(seller, template, person.email, language, person=person, **context)


def _write(seller: Seller, template: str, to: str, language: str, **context: Any) -> None:
    mail.send(
        template=f"sellers/{template}",
        to=to,
        language=language,
        market=seller.market,
        context={"seller": seller, **context},
    )


def send_status(seller: Seller, kind: str) -> None:
    """Approved, rejected, suspended…: one template each, `emails/sellers/<kind>`."""
    _write_owners(seller, {"reinstated": "approved", "resubmitted": "applied"}.get(kind, kind))


def send_destination_changed(
    destination: PayoutDestination, old: PayoutDestination | None, token: str
) -> None:
    """Always to all owners and to the store's own address: a changed account is how thieves begin."""
    seller = destination.seller
    words = {
        "destination": destination,
        "old": old,
        "dispute_path": reverse("sellers:dispute_destination", args=[token]),
    }
    _write_owners(seller, "payout_destination", **words)
    owners = seller.members.filter(role=MemberRole.OWNER, user__email__iexact=seller.email)
    if not owners.exists():
        _write(seller, "payout_destination", seller.email, seller.market.language, person=None, **words)


def send_destination_disputed(destination: PayoutDestination) -> None:
    """To our own people: somebody must call this store before any money leaves."""
    seller = destination.seller
    path = reverse("admin:sellers_seller_change", args=[seller.pk])
    market = seller.market
    words = {"destination": destination, "path": path}
    _write(seller, "payouts_frozen", market.support_email, market.language, **words)


def send_payouts_go_on(seller: Seller, reason: str) -> None:
    _write_owners(seller, "payouts_go_on", reason=reason)
