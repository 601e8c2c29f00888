"""Point the settings at the servers they are given, or at embedded ones while somebody needs them."""

import atexit
import fcntl
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TextIO

import environ

from marketplace.embedded import Embedded

ROOT = Path(__file__).resolve().parent.parent


def ensure(*, testing: bool = False) -> None:
    """Set ENVIRONMENT, DATABASE_URL and REDIS_URL where they are missing, starting what they then name.

    Embedded servers stop when the last process that asked for them ends, however it ends; they are never
    started in production.
    """
    environ.Env.read_env(os.environ.setdefault("ENV_FILE", os.devnull if testing else str(ROOT / ".env")))
    os.environ.setdefault("ENVIRONMENT", "development")
    if testing:
        os.environ["TESTING"] = "1"
    place = base(testing=testing)
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not missing or os.environ["ENVIRONMENT"] != "development":
        return
    servers = Embedded(place, durable=not testing)
    with servers.locked():
        users = _enter(servers)
        if "DATABASE_URL" in missing:
            servers.start_postgres()
            os.environ["DATABASE_URL"] = servers.database_url
        if "REDIS_URL" in missing:
            servers.start_valkey()
            os.environ["REDIS_URL"] = servers.redis_url
    atexit.register(_leave, servers, users, os.getpid())
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # pytest knows how to end a session on Ctrl-C, with its summary.
        signal.signal(signal.SIGTERM, signal.default_int_handler if testing else _end_in_order)


def _end_in_order(number: int, frame: FrameType | None) -> None:
    """A plain SIGTERM would end the process without the parting word to the servers."""
    sys.exit(128 + number)


def base(*, testing: bool) -> Path:
    """Where everything lies that is made while running; tests keep to a place of their own."""
    given = os.environ.get("MARKET_VAR")
    if testing:
        place = Path(given) / "test" if given else ROOT / "var" / "test"
        os.environ["MARKET_VAR"] = str(place)
        return place
    return Path(given) if given else ROOT / "var" / "run"


def _enter(servers: Embedded) -> TextIO:
    """A shared lock says "in use"; the kernel drops it with the process, even after kill -9."""
    users = open(servers.home / "users", "w")  # noqa: SIM115  held until the process ends
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _leave(servers: Embedded, users: TextIO, owner: int) -> None:
    if os.getpid() != owner:  # a forked child leaves the servers to its parent
        return
    with servers.locked():
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        servers.stop()
