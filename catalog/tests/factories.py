"""Categories, products and stock for tests."""

from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from catalog import cards, stock
from catalog.models import (
    Category,
    Photo,
    Product,
    ProductReview,
    ProductStatus,
    Review,
    ReviewStatus,
    Variant,
)
from marketplace import markets
from sellers.models import Seller
from sellers.tests.factories import make_seller

__all__ = ["make_category", "make_photo", "make_product", "make_review", "make_seller", "make_variant"]

_numbers = count(1)


def make_category(name: str = "", *, parent: Category | None = None, **fields: Any) -> Category:
    number = next(_numbers)
    name = name or f"Category {number}"
    defaults = {
        "market_code": parent.market_code if parent else "co",
        "level": parent.level + 1 if parent else 0,
        "slug": slugify(f"{name}-{number}"),
        "name_en": name,
    }
    return Category.objects.create(parent=parent, **defaults | fields)


def make_product(
    *,
    seller: Seller | None = None,
    category: Category | None = None,
    price: Decimal | str | int = "50000",
    compare_price: Decimal | str | int | None = None,
    on_hand: int = 10,
    listed: bool = True,
    **fields: Any,
) -> Product:
    """A product with one variant and stock at its seller's default place; `listed=False` leaves a draft."""
    number = next(_numbers)
    if seller is None:
        seller = make_seller(
            market_code=fields.get("market_code") or (category.market_code if category else "co")
        )
    market = markets.get(seller.market_code)
    name = fields.pop("name", f"Product {number}")
    defaults = {
        "market_code": market.code,
        "category": category or make_category(market_code=market.code),
        "slug": slugify(f"{name[:80]}-{number}"),
        "language": market.search_language,
        "tax_class": market.default_tax_class,
        "status": ProductStatus.ACTIVE if listed else ProductStatus.DRAFT,
        "review": ProductReview.APPROVED if listed else ProductReview.PENDING,
    }
    product = Product.objects.create(seller=seller, name=name, **defaults | fields)
    make_variant(product, price=price, compare_price=compare_price, on_hand=on_hand)
    return product


def make_variant(
    product: Product, *, price: Decimal | str | int = "50000", on_hand: int = 10, **fields: Any
) -> Variant:
    """One more thing to put in a cart; the product's card is brought up to date."""
    if fields.get("compare_price") is not None:
        fields["compare_price"] = Decimal(fields["compare_price"])
    defaults = {"sku": f"SKU-{next(_numbers)}", "seller": product.seller}
    variant = Variant.objects.create(product=product, price=Decimal(price), **defaults | fields)
    if on_hand:
        stock.receive(variant, on_hand)
    cards.refresh([product.pk])
    product.refresh_from_db()
    return variant


def make_photo(product: Product, **fields: Any) -> Photo:
    """A picture as a worker leaves it, without its files."""
    number = next(_numbers)
    defaults = {
        "digest": f"{number:064x}",
        "original": f"originals/{number:064x}",
        "base": f"photos/{number:02x}/{number:030x}",
        "width": 1200,
        "height": 900,
        "alt": "A picture",
        "ready_at": timezone.now(),
    }
    photo = Photo.objects.create(product=product, **defaults | fields)
    cards.refresh([product.pk])
    return photo


def make_review(product: Product, *, rating: int = 5, **fields: Any) -> Review:
    defaults = {
        "author_name": "Ana",
        "language": product.language,
        "body": "Muy bueno.",
        "status": ReviewStatus.APPROVED,
        "created_at": timezone.now(),
    }
    review = Review.objects.create(product=product, rating=rating, **defaults | fields)
    cards.refresh([product.pk])
    return review
