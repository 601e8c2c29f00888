"""What is for sale."""

from catalog.models.category import Category
from catalog.models.opinions import Review, ReviewStatus, Wish
from catalog.models.product import (
    REVIEW_TRANSITIONS,
    TRANSITIONS,
    Photo,
    Product,
    ProductEvent,
    ProductReview,
    ProductStatus,
    Variant,
)
from catalog.models.stock import MovementKind, StockItem, StockMovement

__all__ = [
    "REVIEW_TRANSITIONS",
    "TRANSITIONS",
    "Category",
    "MovementKind",
    "Photo",
    "Product",
    "ProductEvent",
    "ProductReview",
    "ProductStatus",
    "Review",
    "ReviewStatus",
    "StockItem",
    "StockMovement",
    "Variant",
    "Wish",
]
