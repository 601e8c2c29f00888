"""Reasons that we give ourselves: they are kept in English and read in the reader's language."""

from django.utils.translation import gettext, gettext_noop

NOT_GOING_ON = gettext_noop("We could not go on with this order.")
_OURS = frozenset({NOT_GOING_ON})


def in_words(text: str) -> str:
    """Ours translated; what people wrote stays as they wrote it."""
    return gettext(text) if text in _OURS else text
