"""Set stock aside, give it back, sell it, receive it and count it.

Every function belongs inside the caller's transaction. Stock items are locked in id order, products (which
only say "in stock" on their card) after them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from catalog import versions
from catalog.models import MovementKind, StockItem, StockMovement, Variant
from sellers.models import Location


class OutOfStock(Exception):
    """Not enough is left; `available` says how much there is of each variant that falls short."""

    def __init__(self, available: Mapping[int, int]) -> None:
        self.available = dict(available)
        super().__init__(f"out of stock: {self.available}")


class NotReserved(Exception):
    """More was to be released or sold than is set aside: the caller's books are wrong."""


class BelowReserved(Exception):
    """A count cannot be lower than what buyers have already been promised."""

    def __init__(self, reserved: int) -> None:
        self.reserved = reserved
        super().__init__(f"{reserved} are reserved")


@dataclass(frozen=True, kw_only=True)
class Allocated:
    variant_id: int
    stock_item_id: int
    quantity: int


@transaction.atomic(savepoint=False)
def reserve(quantities: Mapping[int, int]) -> list[Allocated]:
    """Set stock aside for every variant, or raise OutOfStock, which ends the transaction it is called in.

    The rows are locked in id order, so two carts that share products queue up behind each other instead of
    deadlocking. A variant may be taken from several locations, the fullest first.
    """
    items = list(StockItem.objects.select_for_update().filter(variant_id__in=quantities).order_by("pk"))
    taken = _share_out(items, quantities)
    _change(
        "UPDATE catalog_stockitem s SET reserved = s.reserved + w.quantity FROM wanted w"
        " WHERE s.id = w.id AND s.on_hand - s.reserved >= w.quantity",
        {entry.stock_item_id: entry.quantity for entry in taken},
    )
    show_availability(quantities)
    return taken


def _share_out(items: list[StockItem], quantities: Mapping[int, int]) -> list[Allocated]:
    shelves: dict[int, list[StockItem]] = defaultdict(list)
    for item in items:
        shelves[item.variant_id].append(item)
    available = {variant: sum(item.available for item in shelves[variant]) for variant in quantities}
    short = {variant: left for variant, left in available.items() if left < quantities[variant]}
    if short:
        raise OutOfStock(short)
    taken = []
    for variant, wanted in quantities.items():
        for item in sorted(shelves[variant], key=lambda item: (-item.available, item.pk)):
            quantity = min(wanted, item.available)
            if quantity:
                taken.append(Allocated(variant_id=variant, stock_item_id=item.pk, quantity=quantity))
                wanted -= quantity
    return sorted(taken, key=lambda entry: entry.stock_item_id)


@transaction.atomic
def release(items: Mapping[int, int]) -> None:
    """Give back what was set aside, by stock item. Raises NotReserved."""
    _lock(items)
    _change(
        "UPDATE catalog_stockitem s SET reserved = s.reserved - w.quantity FROM wanted w"
        " WHERE s.id = w.id AND s.reserved >= w.quantity",
        items,
    )
    show_availability(_variants_of(items))


@transaction.atomic
def consume(items: Mapping[int, int], *, source: str) -> None:
    """What was set aside leaves the house. The same source counts once, however often it is reported."""
    _lock(items)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_stockmovement (stock_item_id, kind, quantity, source, at)"
            " SELECT w.id, %s, -w.quantity, %s, now()"
            " FROM unnest(%s::bigint[], %s::int[]) AS w(id, quantity) ORDER BY w.id"
            " ON CONFLICT (stock_item_id, source) WHERE NOT source = '' DO NOTHING"
            " RETURNING stock_item_id, -quantity",
            [MovementKind.SOLD, source, list(items), list(items.values())],
        )
        fresh = dict(cursor.fetchall())
    _change(
        "UPDATE catalog_stockitem s SET reserved = s.reserved - w.quantity, on_hand = s.on_hand - w.quantity"
        " FROM wanted w WHERE s.id = w.id AND s.reserved >= w.quantity",
        fresh,
    )
    _count_sales(fresh)


@transaction.atomic
def take_back(items: Mapping[int, int], *, source: str) -> None:
    """Goods come back and can be sold again."""
    _lock(items)
    for item_id, quantity in sorted(items.items()):
        StockItem.objects.filter(pk=item_id).update(on_hand=F("on_hand") + quantity)
    StockMovement.objects.bulk_create(
        StockMovement(stock_item_id=item_id, kind=MovementKind.RETURNED, quantity=quantity, source=source)
        for item_id, quantity in items.items()
    )
    show_availability(_variants_of(items))


@transaction.atomic
def receive(
    variant: Variant, quantity: int, *, location: Location | None = None, source: str = ""
) -> StockItem:
    """New goods arrive at a location of the seller; the default one unless told."""
    item = _item(variant, location)
    item.on_hand += quantity
    item.save(update_fields=["on_hand"])
    StockMovement.objects.create(
        stock_item=item, kind=MovementKind.RECEIVED, quantity=quantity, source=source
    )
    show_availability([variant.pk])
    return item


@transaction.atomic
def adjust(
    variant: Variant, on_hand: int, *, location: Location | None = None, source: str = ""
) -> StockItem:
    """Somebody counted: this many lie there. Raises BelowReserved."""
    item = _item(variant, location)
    if on_hand < item.reserved:
        raise BelowReserved(item.reserved)
    if difference := on_hand - item.on_hand:
        item.on_hand = on_hand
        item.save(update_fields=["on_hand"])
        StockMovement.objects.create(
            stock_item=item, kind=MovementKind.ADJUSTED, quantity=difference, source=source
        )
        show_availability([variant.pk])
    return item


def default_location(seller_id: int) -> Location:
    """Where a seller keeps goods unless told otherwise; made on first use."""
    location, _ = Location.objects.get_or_create(
        seller_id=seller_id, is_default=True, defaults={"name": "Principal"}
    )
    return location


def _item(variant: Variant, location: Location | None) -> StockItem:
    place = location or default_location(variant.seller_id)
    StockItem.objects.bulk_create([StockItem(variant=variant, location=place)], ignore_conflicts=True)
    return StockItem.objects.select_for_update().get(variant=variant, location=place)


def _lock(items: Iterable[int]) -> None:
    list(StockItem.objects.select_for_update().filter(pk__in=items).order_by("pk").values_list("pk"))


def _change(statement: str, quantities: Mapping[int, int]) -> None:
    """Run an UPDATE over (id, quantity) pairs; a row whose condition fails undoes everything."""
    if not quantities:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH wanted AS (SELECT * FROM unnest(%s::bigint[], %s::int[]) AS w(id, quantity)) "  # noqa: S608
            + statement,
            [list(quantities), list(quantities.values())],
        )
        if cursor.rowcount != len(quantities):
            raise NotReserved(dict(quantities))


def _variants_of(items: Iterable[int]) -> set[int]:
    return set(StockItem.objects.filter(pk__in=items).values_list("variant_id", flat=True))


def _count_sales(sold: Mapping[int, int]) -> None:
    """Best sellers are told by what left the house."""
    if not sold:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH sold AS ("
            "  SELECT v.product_id AS id, sum(w.quantity) AS quantity"
            "  FROM unnest(%s::bigint[], %s::int[]) AS w(id, quantity)"
            "  JOIN catalog_stockitem s ON s.id = w.id JOIN catalog_variant v ON v.id = s.variant_id"
            "  GROUP BY v.product_id"
            "), locked AS ("
            "  SELECT p.id FROM catalog_product p JOIN sold USING (id) ORDER BY p.id FOR UPDATE OF p)"
            " UPDATE catalog_product p SET sales_count = p.sales_count + sold.quantity"
            " FROM sold JOIN locked USING (id) WHERE p.id = sold.id",
            [list(sold), list(sold.values())],
        )


def show_availability(variant_ids: Iterable[int]) -> None:
    """Let the products' cards say "sold out" or take it back; most calls find nothing to change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH now_in AS ("
            "  SELECT p.id, EXISTS ("
            "    SELECT 1 FROM catalog_variant v JOIN catalog_stockitem s ON s.variant_id = v.id"
            "    WHERE v.product_id = p.id AND v.is_active AND s.on_hand > s.reserved) AS in_stock"
            "  FROM catalog_product p"
            "  WHERE p.id IN (SELECT product_id FROM catalog_variant WHERE id = ANY(%s))"
            "), changed AS ("
            "  SELECT p.id, now_in.in_stock FROM catalog_product p JOIN now_in USING (id)"
            "  WHERE p.in_stock <> now_in.in_stock ORDER BY p.id FOR UPDATE OF p"
            ") UPDATE catalog_product p SET in_stock = changed.in_stock, version = p.version + 1"
            " FROM changed WHERE p.id = changed.id"
            " RETURNING p.market_code, p.category_id, p.seller_id",
            [list(variant_ids)],
        )
        shelves = [shelf for row in cursor.fetchall() for shelf in versions.of_product(*row)]
    versions.bump(shelves)
