"""What we write to the people of a store."""

from typing import Any

from marketplace import mail
from sellers.models import MemberRole, PayoutDestination, Seller


def _write_owners(seller: Seller, template: str, **context: Any) -> None:
    for member in seller.members.filter(role=MemberRole.OWNER).select_related("user"):
        mail.send(
            template=f"sellers/{template}",
            to=member.user.email,
            language=member.user.language or seller.market.language,
            market=seller.market,
            context={"seller": seller, "person": member.user, **context},
        )


def send_status(seller: Seller, kind: str) -> None:
    """Approved, rejected, suspended…: one template each, `emails/sellers/<kind>`."""
    _write_owners(seller, {"reinstated": "approved", "resubmitted": "applied"}.get(kind, kind))


def send_destination_changed(destination: PayoutDestination) -> None:
    """Always to all owners: a changed account is how thieves begin."""
    _write_owners(destination.seller, "payout_destination", destination=destination)
