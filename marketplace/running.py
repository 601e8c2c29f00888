"""`dev.py run`: servers, database, demo data, and the four processes of the site under one supervisor."""

import os
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import FrameType

from marketplace import services
from marketplace.supervisor import Supervisor, clear_leftovers
from marketplace.watching import Watcher

PORT = int(os.environ.get("PORT") or 8000)
HOST = os.environ.get("HOST") or "127.0.0.1"
VAR = services.base(testing=False)


def commands() -> dict[str, list[str]]:
    """What runs; each could as well run on a machine of its own."""
    python, manage = sys.executable, str(services.ROOT / "manage.py")
    as_root = "ignore:You're running the worker with superuser privileges"  # fine on a developer's machine
    celery = [python, "-W", as_root, "-m", "celery", "--quiet", "--app", "marketplace"]
    quiet = ["--loglevel", "warning"]
    return {
        "web": [
            python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(PORT),
            "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "error",
            "--workers-kill-timeout", "5", "marketplace.wsgi:application",
        ],
        # Threads stop at once and share the connection pool; prefork may take half a minute to stop.
        "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--without-gossip",
                   "--without-mingle", *quiet],
        "clock": [*celery, "beat", "--schedule", str(VAR / "clock"), "--pidfile", "", *quiet],
        "sandbox": [python, manage, "sandbox"],
    }  # fmt: skip


def refuse_taken_ports() -> None:
    for port in (PORT, PORT + 1):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((HOST, port))
            except OSError:
                sys.exit(f"Port {port} is taken. Choose another pair: PORT={PORT + 10} python3 dev.py run")


class Announcement:
    """Says where the site is, once it is there."""

    def __init__(self) -> None:
        self.made = False
        self.started = time.monotonic()

    def when_ready(self) -> None:
        if not self.made and self._ready():
            self.made = True
            print(self.text(), flush=True)

    def _ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1" if HOST == "0.0.0.0" else HOST, PORT, timeout=5)  # noqa: S104
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def text(self) -> str:
        logins = services.ROOT / "marketplace" / "demo" / "LOGINS.txt"
        return "\n".join(
            [
                "",
                f"  Ready after {time.monotonic() - self.started:.0f} s.",
                f"  Both markets, with a country selector   http://localhost:{PORT}",
                f"  MeStore (Colombia)                      http://co.localhost:{PORT}",
                f"  Txova (Mozambique)                      http://mz.localhost:{PORT}",
                f"  Back office                             http://localhost:{PORT}/admin/",
                f"  Mails and text messages                 http://localhost:{PORT}/outbox/",
                f"  Pretend payment companies               http://localhost:{PORT + 1}",
                "",
                logins.read_text() if logins.exists() else "",
                "  Ctrl-C stops everything.",
                "",
            ]
        )


def _stop_early(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_early)
    os.environ.setdefault("PORT", str(PORT))
    pid_file = VAR / "pids"
    if ended := clear_leftovers(pid_file):
        print(f"Ended {ended} processes that an earlier run left behind.", flush=True)
    refuse_taken_ports()
    announcement = Announcement()
    print("Starting the database servers …", flush=True)
    services.ensure()
    print("Preparing the database …", flush=True)
    quiet = {"LOG_LEVEL": "WARNING"} | os.environ  # loading the demo is progress enough
    subprocess.run([sys.executable, "-m", "marketplace.preparing"], check=True, env=quiet)
    supervisor = Supervisor(commands(), pid_file=pid_file)
    watcher = Watcher([services.ROOT / name for name in Watcher.FOLDERS])

    def each_second() -> None:
        announcement.when_ready()
        if watcher.changed():
            print("Code changed: starting web and worker again.", flush=True)
            supervisor.restart(["web", "worker"])

    return supervisor.run(each_second)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
