"""What the system says about a process; on Linux from /proc, where slim machines lack `ps`."""

import subprocess
from pathlib import Path

_LINUX = Path("/proc/self/stat").exists()


def _ps(pid: int, column: str) -> str:
    done = subprocess.run(
        ["ps", "-o", f"{column}=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def born(pid: int) -> str:
    """When it began, in the system's words; empty when there is none. Numbers return, births do not."""
    if not _LINUX:
        return _ps(pid, "lstart")
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def command_line(pid: int) -> str:
    """Its words, separated by spaces; empty when it is gone or a zombie."""
    if not _LINUX:
        return _ps(pid, "args")
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
