"""Find products by words: as typed, else as probably meant; never a dead end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from catalog import listing, spelling
from catalog.listing import Question, Slice


@dataclass(frozen=True, kw_only=True)
class Found:
    """`meant` is set when what was typed found nothing and another spelling did."""

    page: Slice
    question: Question
    meant: str = ""


def find(question: Question, *, page: int, exact: bool = False) -> Found:
    """`exact` is the visitor's "no, I meant what I typed"."""
    found = listing.fetch(question, page=page)
    if found.survey.total or exact or question.filters.active:
        return Found(page=found, question=question)
    meant = spelling.correct(question.words, question.market.code) if question.words else ""
    if meant:
        corrected = replace(question, words=meant)
        found_then = listing.fetch(corrected, page=page)
        if found_then.survey.total:
            return Found(page=found_then, question=corrected, meant=meant)
    return Found(page=found, question=question)
