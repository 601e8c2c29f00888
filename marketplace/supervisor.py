"""Keep a handful of processes running together: all of them, or none."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from marketplace.processes import born

PATIENCE = 30  # seconds a process may take to finish what it does
TOO_SOON = 5  # a process that dies this young has not really started …
TRIES = 3  # … and is given up after so many attempts
_PR_SET_PDEATHSIG = 1
_COLOURS = ("36", "33", "35", "32", "34")


class Supervised:
    """One of the processes, and how it has been doing."""

    def __init__(self, name: str, command: Sequence[str], colour: str) -> None:
        self.name, self.command, self.colour = name, list(command), colour
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.early_deaths = 0


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux a killed supervisor takes its processes along; elsewhere the next start clears them away."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def clear_leftovers(pid_file: Path) -> int:
    """End what a supervisor that was killed left running; returns how many. Never touches a stranger."""
    ended = 0
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    for line in lines:
        pid, _, birth = line.partition(" ")
        if not pid.isdigit() or not birth or born(int(pid)) != birth:
            continue
        ended += 1
        _end_group(int(pid), birth)
    pid_file.unlink(missing_ok=True)
    return ended


def _end_group(pid: int, birth: str) -> None:
    _signal_group(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while born(pid) == birth and time.monotonic() < end:
        time.sleep(0.1)
    _signal_group(pid, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


class Supervisor:
    """Starts commands, passes on what they say, starts one that dies again, and stops them all at the end."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, pid_file: Path) -> None:
        self.pid_file = pid_file
        self.crew = [
            Supervised(name, command, _COLOURS[number % len(_COLOURS)])
            for number, (name, command) in enumerate(commands.items())
        ]
        self.width = max(len(name) for name in commands)
        self.selector = selectors.DefaultSelector()
        self.stopping = False
        self.failed = False

    def run(self, each_second: Callable[[], Any] = lambda: None) -> int:
        """Blocks until a signal arrives or a process cannot be kept running; returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            for member in self.crew:
                self._start(member)
            while not self.stopping:
                self._pass_on_output(timeout=1)
                self._replace_the_dead()
                each_second()
        finally:
            self._stop_all()
        return 1 if self.failed else 0

    def restart(self, names: Sequence[str]) -> None:
        """Ask processes to end; they are started again as if they had died, without blame."""
        for member in self.crew:
            if member.name in names and member.process:
                member.started_at = 0
                _signal_group(member.process.pid, signal.SIGTERM)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self, member: Supervised) -> None:
        # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops in order.
        member.process = subprocess.Popen(
            member.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_die_with_parent(),  # safe: no threads live here
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        member.started_at = time.monotonic()
        self.selector.register(member.process.stdout, selectors.EVENT_READ, member)  # type: ignore[arg-type]
        self._write_pid_file()

    def _write_pid_file(self) -> None:
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        running = [member.process.pid for member in self.crew if member.process]
        self.pid_file.write_text("".join(f"{pid} {born(pid)}\n" for pid in running))

    def _pass_on_output(self, timeout: float) -> None:
        for key, _events in self.selector.select(timeout):
            text = os.read(key.fd, 65536)
            if not text:
                self.selector.unregister(key.fileobj)
            for line in text.decode(errors="replace").splitlines():
                self._say(key.data, line)

    def _say(self, member: Supervised, line: str) -> None:
        label = member.name.ljust(self.width)
        if sys.stdout.isatty():
            label = f"\033[{member.colour}m{label}\033[0m"
        print(f"{label} │ {line}", flush=True)

    def _replace_the_dead(self) -> None:
        for member in self.crew:
            if member.process is None or member.process.poll() is None or self.stopping:
                continue
            lived = time.monotonic() - member.started_at
            member.early_deaths = member.early_deaths + 1 if lived < TOO_SOON else 0
            self._say(member, f"ended with status {member.process.returncode}")
            if member.early_deaths >= TRIES:
                self.failed = self.stopping = True
                return
            self._forget(member)
            self._start(member)

    def _forget(self, member: Supervised) -> None:
        """Close its pipe, and end what it left behind: an orphaned web worker would share the port."""
        if member.process and member.process.stdout:
            _signal_group(member.process.pid, signal.SIGKILL)
            if member.process.stdout in {key.fileobj for key in self.selector.get_map().values()}:
                self.selector.unregister(member.process.stdout)
            member.process.stdout.close()

    def _stop_all(self) -> None:
        running = [member.process for member in self.crew if member.process]
        for process in running:
            _signal_group(process.pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while any(process.poll() is None for process in running) and time.monotonic() < end:
            self._pass_on_output(timeout=0.1)
        for process in running:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.pid_file.unlink(missing_ok=True)
