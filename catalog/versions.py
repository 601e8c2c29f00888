"""One token per shelf (market, category, store), turned by every write: cached pages need no deleting."""

import hashlib
import secrets
from collections.abc import Collection, Iterable

import structlog
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
# Long enough to outlive everything that was cached under it.
TOKEN_AGE = 7 * 24 * 3600


def market_shelf(market_code: str) -> str:
    return f"shelf:market:{market_code}"


def category_shelf(category_id: int) -> str:
    return f"shelf:category:{category_id}"


def seller_shelf(seller_id: int) -> str:
    return f"shelf:seller:{seller_id}"


def read(shelves: Collection[str]) -> str:
    """What the shelves say together, in one round trip; without Redis always something new."""
    wanted = sorted(set(shelves))
    try:
        known = cache.get_many(wanted)
        fresh = {shelf: secrets.token_hex(6) for shelf in wanted if shelf not in known}
        if fresh:
            cache.set_many(fresh, TOKEN_AGE)
    except RedisError:
        log.warning("cache_unavailable", shelves=len(wanted))
        return secrets.token_hex(6)
    together = "".join((known | fresh)[shelf] for shelf in wanted)
    return hashlib.sha256(together.encode()).hexdigest()[:16]


def bump(shelves: Iterable[str]) -> None:
    """Turn the tokens now, and after the commit: a reader in between may have cached what was before."""
    wanted = sorted(set(shelves))
    if not wanted:
        return
    _turn(wanted)
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: _turn(wanted))


def of_product(market_code: str, category_id: int, seller_id: int) -> set[str]:
    """Every shelf a product stands on; a main category reads the tokens of all its branches."""
    return {market_shelf(market_code), category_shelf(category_id), seller_shelf(seller_id)}


def _turn(shelves: list[str]) -> None:
    try:
        cache.set_many({shelf: secrets.token_hex(6) for shelf in shelves}, TOKEN_AGE)
    except RedisError:
        log.warning("cache_unavailable", shelves=len(shelves))
