"""What only a company knows: entries to choose from, and texts to accept."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One entry of a list only the company knows, such as a bank."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A text of the company that the buyer must accept before paying."""

    kind: str
    url: str
