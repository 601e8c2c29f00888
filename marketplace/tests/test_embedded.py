"""The private database servers: they start from anything and lose nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace import embedded, services


@pytest.fixture
def servers():
    # Not pytest's tmp_path: as root, the account that runs PostgreSQL may not enter that.
    base = Path(tempfile.mkdtemp(prefix="market-test-"))
    base.chmod(0o755)
    running = embedded.Embedded(base)
    yield running
    running.stop()
    shutil.rmtree(base, ignore_errors=True)
    assert not running.sockets.exists()


def start(servers):
    with servers.locked():
        servers.start_postgres()
        servers.start_valkey()


def ask(servers, sql):
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        return connection.execute(sql).fetchone()


def test_both_servers_are_killed_and_have_lost_nothing(servers):
    start(servers)
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis.from_url(servers.redis_url) as store:
        store.set("kept", "42")
        store.execute_command("WAITAOF", 1, 0, 5000)
        os.kill(store.info("server")["process_id"], signal.SIGKILL)
    os.kill(int((servers.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    start(servers)

    assert ask(servers, "SELECT answer FROM kept") == (42,)
    with redis.Redis.from_url(servers.redis_url) as store:
        assert store.get("kept") == b"42"


def test_an_interrupted_initialisation_is_begun_anew(servers):
    half_made = servers.data.with_suffix(".new")
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("1")

    start(servers)

    assert ask(servers, "SHOW server_encoding") == ("UTF8",)


def test_servers_whose_sockets_were_cleaned_away_are_reached_again(servers):
    start(servers)
    ask_before = ask(servers, "SELECT 1")
    shutil.rmtree(servers.sockets)

    start(servers)

    assert ask(servers, "SELECT 1") == ask_before
    with redis.Redis.from_url(servers.redis_url) as store:
        assert store.ping()


def test_letters_with_accents_fold_whatever_the_machine_speaks(servers, monkeypatch):
    monkeypatch.setenv("LANG", "C")
    start(servers)

    assert ask(servers, "SELECT lower('ÁÇÚCAR')") == ("áçúcar",)


def test_no_network_port_is_opened(servers):
    start(servers)

    assert ask(servers, "SHOW listen_addresses") == ("",)
    with redis.Redis.from_url(servers.redis_url) as store:
        assert store.config_get("port") == {"port": "0"}


def test_a_strangers_directory_is_never_adopted(servers, tmp_path):
    shutil.rmtree(servers.sockets, ignore_errors=True)
    servers.sockets.symlink_to(tmp_path)

    with pytest.raises(embedded.ServerFailed):
        servers.start_valkey()

    servers.sockets.unlink()


PROGRAM = """
    import os
    from marketplace import services
    services.ensure()
    print(os.environ["DATABASE_URL"], flush=True)
    input()
"""


def holder(base):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        env=kept | {"MARKET_VAR": str(base), "ENV_FILE": os.devnull},
        cwd=services.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_servers_stay_until_the_last_who_asked_for_them_has_gone(servers):
    first, second = holder(servers.base), holder(servers.base)
    assert first.stdout.readline() == second.stdout.readline()

    first.kill()
    first.communicate()
    assert ask(servers, "SELECT 1") == (1,)

    second.terminate()
    second.communicate()
    with pytest.raises(psycopg.OperationalError):
        ask(servers, "SELECT 1")


def test_servers_that_are_named_are_used_and_none_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/market")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("MARKET_VAR", str(tmp_path))

    services.ensure()

    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/market"
    assert list(tmp_path.iterdir()) == []


def test_production_starts_no_servers_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("MARKET_VAR", str(tmp_path))

    services.ensure()

    assert "DATABASE_URL" not in os.environ
