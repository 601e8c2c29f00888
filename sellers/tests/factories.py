"""Stores for tests."""

import json
from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import PHONES, make_user
from sellers.models import (
    Location,
    Member,
    MemberRole,
    PayoutDestination,
    Seller,
    SellerStatus,
)

_numbers = count(1)
PLACES = {
    "co": {
        "city": "Bogotá", "region": "11", "street": "Calle 72",
        "document_type": "NIT", "document_number": "8301402996",
    },
    "mz": {
        "city": "Maputo", "region": "MPM", "street": "Avenida 24 de Julho",
        "document_type": "NUIT", "document_number": "400123456",
    },
}  # fmt: skip


def make_seller(*, market_code: str = "co", owner: User | None = None, **fields: Any) -> Seller:
    """An open store with an owner and a stock location; the market's shipping holds."""
    number = next(_numbers)
    name = fields.pop("business_name", f"Store {number}")
    status = fields.get("status", SellerStatus.APPROVED)
    defaults = {
        "slug": slugify(f"{name}-{number}"),
        "email": f"store{number}@example.com",
        "phone": PHONES[market_code],
        "legal_name": "Bento Macuácua",
        "terms_version": "2026-11",
        "terms_accepted_at": timezone.now(),
        "status": status,
        "approved_at": timezone.now() if status in (SellerStatus.APPROVED, SellerStatus.SUSPENDED) else None,
    }
    columns = PLACES[market_code] | defaults | fields
    seller = Seller.objects.create(market_code=market_code, business_name=name, **columns)
    make_member(
        seller, owner or make_user(market_code=market_code, first_name="Bento"), role=MemberRole.OWNER
    )
    Location.objects.create(seller=seller, name="Principal", city=seller.city, is_default=True)
    return seller


def make_member(seller: Seller, user: User, *, role: str = MemberRole.STAFF) -> Member:
    return Member.objects.create(seller=seller, user=user, role=role)


def make_payout_destination(seller: Seller, **fields: Any) -> PayoutDestination:
    """An M-Pesa number in Mozambique, a bank account in Colombia."""
    accounts = {
        "co": {
            "bank_code": "1007", "account_type": "savings", "account_number": "43423123",
            "holder_name": "Bento", "document_type": "CC", "document_number": "1000000000",
        },
        "mz": {"phone": "+258841234567", "holder_name": "Bento"},
    }  # fmt: skip
    defaults = {
        "rail": seller.market.payout_rails[0].code,
        "holder_name": "Bento",
        "account": json.dumps(accounts[seller.market_code]),
        "masked": "••••4567",
    }
    return PayoutDestination.objects.create(seller=seller, **defaults | fields)
