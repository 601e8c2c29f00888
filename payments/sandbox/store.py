"""What the pretend companies remember: small documents in one SQLite file."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    due REAL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS document_due ON document (kind, due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS call (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL
);
"""
_KEPT_CALLS = 5000


class Store:
    """Every method is one step that others see whole; `together` makes several one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._depth = 0
        # Counts how often everything was forgotten: calls from before then are not noted.
        self.generation = 0

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._lock:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            end = "ROLLBACK"
            try:
                yield
                end = "COMMIT"
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute(end)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def put(self, kind: str, key: str, document: Document, *, due: float | None = None) -> Document:
        """Write a document; `due` is when the clock should look at it."""
        self._rows(
            "INSERT INTO document (kind, id, due, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET due = excluded.due, body = excluded.body",
            kind,
            key,
            due,
            json.dumps(document),
        )
        return document

    def get(self, kind: str, key: str) -> Document | None:
        rows = self._rows("SELECT body FROM document WHERE kind = ? AND id = ?", kind, key)
        return json.loads(rows[0][0]) if rows else None

    def find(self, kind: str, **equal: object) -> list[Document]:
        """Documents whose fields have these values, newest first."""
        clauses = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in equal)
        sql = f"SELECT body FROM document WHERE kind = ?{clauses} ORDER BY number DESC LIMIT 500"  # noqa: S608
        return [json.loads(body) for (body,) in self._rows(sql, kind, *equal.values())]

    def due(self, kind: str, now: float) -> list[Document]:
        """Documents whose time has come, in the order of their times."""
        sql = "SELECT body FROM document WHERE kind = ? AND due <= ? ORDER BY due, number LIMIT 100"
        return [json.loads(body) for (body,) in self._rows(sql, kind, now)]

    def remove(self, kind: str, key: str) -> None:
        self._rows("DELETE FROM document WHERE kind = ? AND id = ?", kind, key)

    def forget_everything(self) -> None:
        with self.together():
            self.generation += 1
            self._rows("DELETE FROM document")
            self._rows("DELETE FROM call")

    def note_call(self, method: str, path: str, status: int, generation: int) -> None:
        with self.together():
            if generation != self.generation:
                return
            self._rows(
                "INSERT INTO call (at, method, path, status) VALUES (?, ?, ?, ?)",
                time.time(),
                method,
                path,
                status,
            )
            self._rows("DELETE FROM call WHERE number <= (SELECT max(number) FROM call) - ?", _KEPT_CALLS)

    def calls(self, limit: int = 1000) -> list[Document]:
        """What was asked of us, newest first."""
        sql = "SELECT at, method, path, status FROM call ORDER BY number DESC LIMIT ?"
        names = ("at", "method", "path", "status")
        return [dict(zip(names, row, strict=True)) for row in self._rows(sql, limit)]
