"""What shoppers of the demo say about products, and what they wish for."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Sum
from django.utils import timezone

from catalog import cards
from catalog.models import Product, Review, ReviewStatus, Wish
from marketplace.accounts.models import User
from marketplace.demo.catalogue import Words
from orders.models import OrderLine, SellerOrderStatus
from sellers.models import Seller

STARS = {5: "five", 4: "four", 3: "three", 2: "two"}
WEIGHTS = (62, 27, 8, 3)
HOW_MANY = (0, 0, 1, 2, 3, 4, 6)
WISHES = 9
BOUGHT_SHARE = 0.7
ANSWERED_SHARE = 0.25


def write(words: Words, products: Sequence[Product], shoppers: Sequence[User]) -> int:
    """Reviews for most products, some answered, and a wish list for everybody; how many reviews."""
    chance = random.Random(f"opinions-{words.market}")
    now = timezone.now()
    reviews = [*_of_visitors(words, products, chance, now), *_of_buyers(words, shoppers, chance)]
    Review.objects.bulk_create(reviews)
    Wish.objects.bulk_create(
        Wish(user=shopper, product=product)
        for shopper in shoppers
        for product in chance.sample(products, min(WISHES, len(products)))
    )
    cards.refresh([product.pk for product in products])
    _rate_stores(words.market)
    return len(reviews)


def _of_visitors(
    words: Words, products: Iterable[Product], chance: random.Random, now: datetime
) -> Iterator[Review]:
    for product in products:
        for author in chance.sample(words.reviews["authors"], chance.choice(HOW_MANY)):
            written_at = now - timedelta(hours=chance.randint(5, 60 * 24))
            yield _review(words, chance, product=product, author_name=author, created_at=written_at)


def _of_buyers(words: Words, shoppers: Iterable[User], chance: random.Random) -> Iterator[Review]:
    """Opinions with a proof of purchase, a day after the parcel came; one a person and product."""
    lines = OrderLine.objects.filter(
        seller_order__market_code=words.market,
        seller_order__status=SellerOrderStatus.DELIVERED,
        seller_order__order__user__in=list(shoppers),
    ).select_related("variant__product", "seller_order__order__user")
    seen = set()
    for line in lines.order_by("pk"):
        user, product = line.seller_order.order.user, line.variant.product
        if (user.pk, product.pk) in seen or chance.random() > BOUGHT_SHARE:
            continue
        seen.add((user.pk, product.pk))
        yield _review(
            words,
            chance,
            product=product,
            user=user,
            order_line_id=line.pk,
            author_name=f"{user.first_name} {user.last_name[:1]}.",
            created_at=line.seller_order.delivered_at + timedelta(hours=20),
        )


def _review(words: Words, chance: random.Random, **fields: Any) -> Review:
    rating = chance.choices(list(STARS), WEIGHTS)[0]
    title, body = chance.choice(words.reviews[STARS[rating]])
    is_answered = chance.random() < ANSWERED_SHARE
    return Review(
        rating=rating,
        title=title,
        body=body,
        language=words.language,
        status=ReviewStatus.APPROVED,
        answer=words.reviews["answers"][0 if rating >= 4 else 1] if is_answered else "",
        **fields,
    )


def _rate_stores(market_code: str) -> None:
    """What a store's page says about all its products together."""
    approved = Review.objects.filter(product__market_code=market_code, status=ReviewStatus.APPROVED)
    rated = approved.order_by().values("product__seller").annotate(average=Avg("rating"), count=Count("pk"))
    sold = dict(
        Product.objects.filter(market_code=market_code)
        .order_by()
        .values_list("seller")
        .annotate(Sum("sales_count"))
    )
    for row in rated:
        Seller.objects.filter(pk=row["product__seller"]).update(
            rating_average=round(row["average"], 2),
            rating_count=row["count"],
            sales_count=sold[row["product__seller"]],
        )
