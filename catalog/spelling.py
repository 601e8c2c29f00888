"""Did you mean: the words of a market's products, and the nearest ones to what was typed."""

from __future__ import annotations

import unicodedata

import structlog
from celery import shared_task
from django.core.cache import cache
from django.db import connection
from rapidfuzz import fuzz, process
from redis.exceptions import RedisError

from marketplace.markets import MARKETS

log = structlog.get_logger(__name__)
VOCABULARY_AGE = 24 * 3600
MAX_WORDS = 30_000
# Below this likeness a suggestion puzzles more than it helps; short words must be nearly right.
LIKENESS, SHORT_LIKENESS, SHORT = 74, 80, 4

Vocabulary = dict[str, tuple[str, int]]  # without accents → (as written, number of products)


def plain(word: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def correct(words: str, market_code: str) -> str:
    """What was probably meant, or an empty string when every word is known or nothing is near."""
    vocabulary = _vocabulary(market_code)
    corrected = [_nearest(word, vocabulary) for word in words.split()[:8]]
    meant = " ".join(corrected)
    return meant if plain(meant) != plain(words) else ""


def _nearest(word: str, vocabulary: Vocabulary) -> str:
    typed = plain(word)
    if typed in vocabulary or len(typed) < 3 or not typed.isalpha():
        return word
    lengths = range(len(typed) - 2, len(typed) + 4)
    near = process.extract(
        typed,
        [known for known in vocabulary if len(known) in lengths],
        scorer=fuzz.ratio,
        score_cutoff=SHORT_LIKENESS if len(typed) <= SHORT else LIKENESS,
        limit=5,
    )
    if not near:
        return word
    best = max(near, key=lambda match: (round(match[1] / 5), vocabulary[match[0]][1]))
    return vocabulary[best[0]][0]


def _vocabulary(market_code: str) -> Vocabulary:
    key = f"vocabulary:{market_code}"
    try:
        known: Vocabulary | None = cache.get(key)
    except RedisError:
        log.warning("cache_unavailable", key=key)
        return _collect(market_code)
    if known is None:
        known = _collect(market_code)
        cache.set(key, known, VOCABULARY_AGE)
    return known


def _collect(market_code: str) -> Vocabulary:
    """The words of names and tags of what is on sale; ts_stat counts in how many products each stands."""
    # ts_stat takes a statement as text and no parameters: only a code from our own list gets into it.
    texts = (
        "SELECT to_tsvector('pg_catalog.simple', lower(name || ' ' || array_to_string(tags, ' ')))"  # noqa: S608
        f" FROM catalog_product WHERE is_listed AND market_code = '{MARKETS[market_code].code}'"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ndoc FROM ts_stat(%s) WHERE length(word) > 2 AND word !~ '[0-9]'"
            " ORDER BY ndoc DESC, word LIMIT %s",
            [texts, MAX_WORDS],
        )
        rows = cursor.fetchall()
    found: Vocabulary = {}
    for word, number in rows:
        found.setdefault(plain(word), (word, number))
    return found


@shared_task
def refresh_vocabularies() -> None:
    """New products bring new words."""
    for market_code in MARKETS:
        cache.set(f"vocabulary:{market_code}", _collect(market_code), VOCABULARY_AGE)
