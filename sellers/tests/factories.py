"""Stores for tests."""

from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import PHONES, make_user
from sellers.models import Location, Member, MemberRole, Seller, SellerStatus

PLACES = {"co": {"city": "Bogotá", "region": "11"}, "mz": {"city": "Maputo", "region": "MPM"}}
_numbers = count(1)


def make_seller(*, owner: User | None = None, market_code: str = "co", **fields: Any) -> Seller:
    """An approved store with an owner and a place to keep goods."""
    number = next(_numbers)
    name = fields.pop("business_name", f"Store {number}")
    now = timezone.now()
    defaults = {
        "slug": slugify(f"{name}-{number}"),
        "email": f"store{number}@example.com",
        "phone": PHONES[market_code],
        "street": "Main street",
        "legal_name": f"{name} Ltd",
        "document_type": "NIT" if market_code == "co" else "NUIT",
        "document_number": "900123456",
        "terms_version": "1",
        "terms_accepted_at": now,
        "status": SellerStatus.APPROVED,
        "approved_at": now,
    }
    seller = Seller.objects.create(
        market_code=market_code, business_name=name, **PLACES[market_code] | defaults | fields
    )
    Member.objects.create(
        seller=seller, user=owner or make_user(market_code=market_code), role=MemberRole.OWNER
    )
    Location.objects.create(seller=seller, name="Principal", is_default=True)
    return seller
