"""Notice that source files changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path


class Watcher:
    """Compares modification times; a second late is early enough for a person."""

    FOLDERS = ("marketplace", "sellers", "catalog", "orders", "payments", "support", "templates")
    SUFFIXES = (".py", ".html", ".txt", ".mo")

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders
        self.seen = self._newest()

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            for path in folder.rglob("*"):
                if path.suffix in self.SUFFIXES and "tests" not in path.parts:
                    yield path

    def _newest(self) -> float:
        return max((path.stat().st_mtime for path in self._files()), default=0)

    def changed(self) -> bool:
        """True once after each change."""
        newest = self._newest()
        if newest == self.seen:
            return False
        self.seen = newest
        return True
