"""What shoppers of the demo say about products, and what they wish for."""

import random
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Avg, Count
from django.utils import timezone

from catalog import cards
from catalog.models import Product, Review, ReviewStatus, Wish
from marketplace.accounts.models import User
from marketplace.demo.catalogue import Words
from sellers.models import Seller

STARS = {5: "five", 4: "four", 3: "three", 2: "two"}
WEIGHTS = (62, 27, 8, 3)
WISHES = 9


def write(words: Words, products: Sequence[Product], shoppers: Sequence[User]) -> int:
    """Reviews for two products of three, some answered, and a wish list for everybody."""
    chance = random.Random(f"opinions-{words.market}")  # noqa: S311
    now = timezone.now()
    reviews = []
    for product in products:
        authors = chance.sample(words.reviews["authors"], chance.choice((0, 0, 1, 2, 3, 4, 6)))
        for author in authors:
            rating = chance.choices(list(STARS), WEIGHTS)[0]
            title, body = chance.choice(words.reviews[STARS[rating]])
            answer = words.reviews["answers"][0 if rating >= 4 else 1] if chance.random() < 0.25 else ""
            written = Review(
                product=product,
                user=None,
                author_name=author,
                rating=rating,
                title=title,
                body=body,
                language=words.language,
                status=ReviewStatus.APPROVED,
                answer=answer,
                created_at=now - timedelta(hours=chance.randint(5, 60 * 24)),
            )
            reviews.append(written)
    Review.objects.bulk_create(reviews)
    Wish.objects.bulk_create(
        Wish(user=shopper, product=product)
        for shopper in shoppers
        for product in chance.sample(products, min(WISHES, len(products)))
    )
    cards.refresh([product.pk for product in products])
    _rate_stores(words.market)
    return len(reviews)


def _rate_stores(market_code: str) -> None:
    approved = Review.objects.filter(product__market_code=market_code, status=ReviewStatus.APPROVED)
    rows = approved.values("product__seller").annotate(average=Avg("rating"), count=Count("pk"))
    for row in rows.order_by():
        Seller.objects.filter(pk=row["product__seller"]).update(
            rating_average=round(row["average"], 2), rating_count=row["count"]
        )
