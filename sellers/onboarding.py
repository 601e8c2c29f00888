"""What a store still has to do, and the tiles of its first page."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sellers.models import OpeningHours, PayoutDestination, Seller


@dataclass(frozen=True)
class Step:
    label: Promise | str
    url: str
    is_done: bool


def steps(seller: Seller) -> list[Step]:
    """The checklist, in one query."""
    done = (
        Seller.objects.filter(pk=seller.pk)
        .annotate(
            has_hours=Exists(OpeningHours.objects.filter(seller=OuterRef("pk"))),
            # By the relation's name: the app of products stands above this one.
            has_product=Exists(Seller.objects.filter(pk=OuterRef("pk"), products__isnull=False)),
            has_destination=Exists(PayoutDestination.objects.filter(seller=OuterRef("pk"), is_active=True)),
        )
        .values("has_hours", "has_destination", "has_product")
        .get()
    )
    return [
        Step(_("Hand in your application"), reverse("sellers:edit_store"), True),
        Step(_("Add a logo"), reverse("sellers:edit_store"), bool(seller.logo)),
        Step(_("Set your opening hours"), reverse("sellers:edit_hours"), done["has_hours"]),
        Step(
            _("Say where your money goes"),
            reverse("sellers:edit_payout_destination"),
            done["has_destination"],
        ),
        Step(_("Add your first product"), _products_page(), done["has_product"]),
    ]


def _products_page() -> str:
    """The product editor, where it is installed."""
    with suppress(NoReverseMatch):
        return reverse("catalog_seller:create_product")
    return reverse("sellers:dashboard")


# Each tile belongs to the app above that knows the figure: its page, its fragment, and a word until it comes.
_TILES = (
    ("orders_seller:list_orders", "orders_seller:tile", _("Orders to send")),
    ("payments_seller:list_requests", "payments_seller:request_tile", _("Refund requests")),
    ("catalog_seller:list_products", "catalog_seller:tile", _("Products")),
    ("payments_seller:show_balance", "payments_seller:tile", _("Balance")),
)


@dataclass(frozen=True)
class Tile:
    page: str
    fragment: str
    label: Promise | str


def tiles() -> Iterator[Tile]:
    for page, fragment, label in _TILES:
        with suppress(NoReverseMatch):
            yield Tile(reverse(page), reverse(fragment), label)
