"""Staff look at products and reviews: approve, reject with a reason, feature."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from catalog import cards
from catalog.models import (
    REVIEW_TRANSITIONS,
    Product,
    ProductEvent,
    ProductReview,
    Review,
    ReviewStatus,
)
from marketplace.accounts.models import User
from marketplace.lifecycle import IllegalTransition, StaleState


@transaction.atomic
def submit(*, product: Product, by: User) -> None:
    """Into the queue; where nothing is reviewed (CF-01) a product passes, unless staff refused it once."""
    if product.review == ProductReview.REJECTED:
        _decide(product, ProductReview.PENDING)
        ProductEvent.objects.create(product=product, kind="submitted", by=by)
    elif product.review == ProductReview.PENDING and not product.review_reason:
        if product.market.seller_approval == "automatic":
            _decide(product, ProductReview.APPROVED)


@transaction.atomic
def approve(*, product: Product, by: User) -> None:
    _decide(product, ProductReview.APPROVED, review_reason="")
    ProductEvent.objects.create(product=product, kind="approved", by=by)
    cards.refresh([product.pk])


@transaction.atomic
def reject(*, product: Product, by: User, reason: str) -> None:
    """Off the shelves at once; the seller reads the reason."""
    _decide(product, ProductReview.REJECTED, review_reason=reason, is_listed=False)
    ProductEvent.objects.create(product=product, kind="rejected", by=by, reason=reason)
    cards.refresh([product.pk])


@transaction.atomic
def feature(*, product: Product, by: User, featured: bool) -> None:
    """Show it on the home page, or no longer."""
    Product.objects.filter(pk=product.pk).update(is_featured=featured)
    ProductEvent.objects.create(product=product, kind="featured" if featured else "unfeatured", by=by)
    cards.refresh([product.pk])


@transaction.atomic
def judge_review(*, review: Review, status: ReviewStatus) -> None:
    """The stars of a product count approved reviews alone."""
    Review.objects.filter(pk=review.pk).update(status=status)
    cards.refresh([review.product_id])


def _decide(product: Product, to: ProductReview, **changes: Any) -> None:
    """One step on the review axis, exactly once: like lifecycle.advance, which moves the other axis."""
    if to not in REVIEW_TRANSITIONS[product.review]:
        raise IllegalTransition(f"{product!r}: {product.review} -> {to}")
    changes["review"] = to
    if not Product.objects.filter(pk=product.pk, review=product.review).update(**changes):
        raise StaleState(f"{product!r} is no longer {product.review}")
    for name, value in changes.items():
        setattr(product, name, value)
