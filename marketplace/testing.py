"""A pytest plugin: servers, one migrated template database, and a Redis of its own for every worker."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
import pytest
from django.core.cache import cache

from marketplace import services

ROOT = services.ROOT
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def _redis_of_worker(url: str, number: int) -> str:
    """Every worker takes two of Redis' databases: cache and broker."""
    scheme, _, rest = url.partition("://")
    bare = rest.partition("?")[0]
    if scheme == "unix":
        return f"unix://{bare}?db={2 * number}"
    return f"{scheme}://{urlsplit(url).netloc}/{2 * number}"


def _fingerprint() -> str:
    """Changes when a migration or the Django below it does."""
    found = hashlib.sha256(django.__version__.encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("*/*/migrations/*.py")):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    found.update((ROOT / "requirements.txt").read_bytes())
    return found.hexdigest()[:12]


def _build_template() -> str:
    """A migrated database to clone: 0.2 seconds a worker instead of all migrations. Kept between runs."""
    name = f"template_{_fingerprint()}"
    url = os.environ["DATABASE_URL"]
    Path(os.environ["MARKET_VAR"]).mkdir(parents=True, exist_ok=True)
    with (
        open(Path(os.environ["MARKET_VAR"]) / "template.lock", "w") as lock,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'"
        ).fetchall()
        names = {row[0] for row in rows} - {"template0", "template1"}
        if name in names:
            return name
        for old in names:
            connection.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}_new"')
        parts = urlsplit(url)
        environment = os.environ | {"DATABASE_URL": parts._replace(path=f"/{name}_new").geturl()}
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(command, env=environment, check=True)
        connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


# Imported by `-p` before Django reads its settings; xdist's workers inherit what the controller set.
if not WORKER:
    services.ensure(testing=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
    os.environ["TEST_DATABASE_TEMPLATE"] = _build_template()
    os.environ["TEST_REDIS_URL"] = os.environ["REDIS_URL"]
os.environ["REDIS_URL"] = _redis_of_worker(os.environ["TEST_REDIS_URL"], int(WORKER.removeprefix("gw") or 0))


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()
