"""Commission rules of the demo, in force from the first order on, and the documents they led to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.models import Category
from orders.models import CommissionRule
from payments.earnings import commission_documents
from payments.earnings.months import month_of
from sellers.models import Seller

SINCE = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A rule by the slug of what it is for."""

    name: str
    category: str = ""
    rate: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)
    floor: Decimal | None = None
    cap: Decimal | None = None


WISHES: Mapping[str, tuple[Wish, ...]] = {
    "co": (
        Wish(name="Mercado: tarifa reducida", category="mercado", rate=Decimal("0.08")),
        Wish(name="Tecnología: con tope", category="tecnologia", rate=Decimal("0.10"), cap=Decimal(90_000)),
    ),
    "mz": (
        Wish(name="Legumes frescos: taxa reduzida", category="legumes", rate=Decimal("0.06")),
        Wish(name="Padaria: valor por unidade", category="padaria", flat=Decimal("6.50")),
        Wish(name="Cabazes: com máximo", category="cabazes", rate=Decimal("0.10"), cap=Decimal(150)),
    ),
}


def lay_down(market_code: str, shelves: Mapping[str, Category]) -> None:
    """Narrow rules first; what none of them is for pays the usual rate."""
    begin: date = (timezone.now() - SINCE).date()
    known = [wish for wish in WISHES.get(market_code, ()) if wish.category in shelves]
    CommissionRule.objects.bulk_create(
        CommissionRule(
            market_code=market_code,
            position=10 * place,
            name=wish.name,
            category=shelves[wish.category],
            rate=wish.rate,
            flat=wish.flat,
            floor=wish.floor,
            cap=wish.cap,
            starts_on=begin,
        )
        for place, wish in enumerate(known, start=1)
    )


def issue_documents(stores: Mapping[str, Seller]) -> None:
    """What the clock issued when the past months ended."""
    now = timezone.now()
    by_age = sorted(stores.values(), key=lambda store: store.pk)
    for ago in (2, 1):
        for store in by_age:
            month = month_of(now, store.market)
            for _ in range(ago):
                month = month.previous
            commission_documents.issue(seller_id=store.pk, month=month, now=now)
