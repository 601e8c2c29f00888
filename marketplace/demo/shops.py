"""The stores of the demo: their words and pictures, hours, ways of delivery and where their money goes."""

from collections.abc import Iterable
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from marketplace import markets
from marketplace.demo import pictures
from marketplace.demo.catalogue import Words
from marketplace.demo.people import STAFF, TERMS_VERSION, Cast
from marketplace.markets.documents import nit_check_digit
from sellers import payout_destinations
from sellers.models import (
    DeliveryKind,
    DeliveryOption,
    Location,
    Member,
    MemberRole,
    OpeningHours,
    PayoutDestination,
    Seller,
    SellerEvent,
    SellerStatus,
)

SATURDAY, SUNDAY = 5, 6
KNOWN_FOR = timedelta(days=90)
FREE_LOCALLY_FROM = {"co": Decimal(120_000), "mz": Decimal(2500)}


def open_stores(words: Words, cast: Cast) -> dict[str, Seller]:
    """Every store of a market, open for a while, and the applications that wait for a decision."""
    rows = words.sellers + words.applicants
    stores = {row["slug"]: _store(words, row, cast) for row in rows}
    Seller.objects.bulk_create(stores.values())
    _staff(rows, stores, cast)
    opened = {row["slug"]: stores[row["slug"]] for row in words.sellers}
    Location.objects.bulk_create(
        Location(seller=store, name=store.city, city=store.city, is_default=True) for store in stores.values()
    )
    for row in words.sellers:
        _furnish(row, opened[row["slug"]], cast[row["owner"][0]])
    return opened


def _store(words: Words, row: dict[str, Any], cast: Cast) -> Seller:
    market, is_open = markets.get(words.market), row in words.sellers
    owner, now = cast[row["owner"][0]], timezone.now()
    company = next(document for document in market.identity_documents if document.for_companies)
    number = row["document"] + (str(nit_check_digit(row["document"])) if company.code == "NIT" else "")
    words_of_it = ("tagline", "description", "street", "number", "neighborhood", "city", "region")
    store = Seller(
        market_code=words.market,
        slug=row["slug"],
        business_name=row["name"],
        tags=row.get("tags", []),
        email=owner.email,
        phone=owner.phone,
        legal_name=f"{row['name']} {'S.A.S.' if words.market == 'co' else 'Lda.'}",
        document_type=company.code,
        document_number=number,
        charges_tax=row.get("charges_tax", True),
        terms_version=TERMS_VERSION,
        terms_accepted_at=now - timedelta(days=80 if is_open else 1),
        status=SellerStatus.APPROVED if is_open else SellerStatus.PENDING,
        approved_at=now - timedelta(days=79) if is_open else None,
        approved_by=cast[STAFF] if is_open and market.seller_approval == "review" else None,
        **{name: row[name] for name in words_of_it if name in row},
    )
    if is_open:
        store.logo = _hang(f"logo-{row['slug']}")
        store.banner = _hang(f"banner-{row['slug']}")
    return store


def _hang(name: str) -> str:
    """Put one of our pictures where the stores' own pictures lie."""
    path = f"stores/{name}.webp"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(pictures.original(name)))
    return path


def _staff(rows: Iterable[dict[str, Any]], stores: dict[str, Seller], cast: Cast) -> None:
    members, events = [], []
    for row in rows:
        store, owner = stores[row["slug"]], cast[row["owner"][0]]
        members.append(Member(seller=store, user=owner, role=MemberRole.OWNER))
        members += [
            Member(seller=store, user=cast[person[0]], role=MemberRole.STAFF)
            for person in row.get("members", [])
        ]
        events.append(SellerEvent(seller=store, kind="applied", by=owner))
        if store.status == SellerStatus.APPROVED:
            events.append(SellerEvent(seller=store, kind="approved", by=store.approved_by))
    Member.objects.bulk_create(members)
    SellerEvent.objects.bulk_create(events)


def _furnish(row: dict[str, Any], store: Seller, owner: Any) -> None:
    opens, closes, saturday_opens, saturday_closes = (time.fromisoformat(text) for text in row["hours"])
    OpeningHours.objects.bulk_create(
        OpeningHours(
            seller=store,
            weekday=day,
            opens=saturday_opens if day == SATURDAY else opens,
            closes=saturday_closes if day == SATURDAY else closes,
        )
        for day in range(SUNDAY)
    )
    options = [DeliveryOption(seller=store, kind=DeliveryKind.SHIPPING)]
    if row.get("pickup"):
        options.append(DeliveryOption(seller=store, kind=DeliveryKind.PICKUP, fee=0))
    if "local" in row:
        radius, fee = row["local"]
        options.append(
            DeliveryOption(
                seller=store,
                kind=DeliveryKind.LOCAL,
                radius_km=radius,
                fee=fee,
                free_from=FREE_LOCALLY_FROM[store.market_code],
            )
        )
    DeliveryOption.objects.bulk_create(options)
    rail = store.market.payout_rails[0]
    known = {
        "phone": owner.phone,
        "holder_name": owner.full_name,
        "bank_code": "1007",
        "account_type": "savings",
        "account_number": f"2045{store.pk:06d}21",
        "document_type": "CC",
        "document_number": f"10{store.pk:04d}3322",
    }
    account = {name: known[name] for name in rail.fields}
    destination = payout_destinations.replace(seller=store, rail=rail, account=account, by=owner)
    opened = destination.usable_from - KNOWN_FOR  # before the first order of the demo
    PayoutDestination.objects.filter(pk=destination.pk).update(usable_from=opened, created_at=opened)
