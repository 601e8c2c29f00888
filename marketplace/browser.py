"""Find a Chromium for the browser tests, or get one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "chromium-headless-shell",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """The path of a browser that starts: the one named in CHROMIUM, an installed one, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    installed = [path for path in map(shutil.which, NAMES) if path]
    candidates = [named] if named else [*installed, str(_MAC), *map(str, _downloaded())]
    return next((path for path in candidates if _starts(path)), None)


def _downloaded() -> list[Path]:
    default = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    return [
        path
        for pattern in (
            "chromium*/*/headless_shell",
            "chromium*/*/chrome-headless-shell",
            "chromium*/*/chrome",
        )
        for path in sorted(folder.glob(pattern), reverse=True)
    ]


def _starts(path: str) -> bool:
    """A downloaded browser may lack the system's libraries; asking for its version finds out."""
    try:
        done = subprocess.run([path, "--version", *ARGUMENTS], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def get() -> str | None:
    """Find a browser; else download Playwright's; else, as root on Debian, install one with apt."""
    if found := find():
        return found
    if os.environ.get("CHROMIUM"):
        return None
    print("No Chromium found; downloading Playwright's …", flush=True)
    _attempt([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("That did not do; installing Debian's …", flush=True)
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
        _attempt([*apt, "update"])
        _attempt([*apt, "install", "--yes", "--no-install-recommends", "chromium"])
    return find()


def _attempt(command: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


if __name__ == "__main__":
    print(f"Browser for the tests: {get() or 'none'}")
