#!/usr/bin/env python3
"""The commands of the project; nothing but Python is needed beforehand.

python3 dev.py run                the two markets, with everything they need (PORT=… moves them)
python3 dev.py test [arguments]   the whole test suite; arguments go to pytest
python3 dev.py check              style, types, architecture, migrations, deployment settings
python3 dev.py manage …           any Django command
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = Path(os.environ.get("DEV_VENV") or HERE / ".venv")
PYTHON = VENV / "bin" / "python"
INSTALLER = HERE / "requirements-installer.txt"


def requirement_files(command):
    files = [HERE / "requirements.txt"]
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        files.append(HERE / "requirements-embedded.txt")
    if command in ("test", "check"):
        files.append(HERE / "requirements-dev.txt")
    return files


def prepare_environment(files):
    """Make the virtual environment hold exactly these pins; a fingerprint makes the second time instant."""
    content = b"".join(path.read_bytes() for path in files)
    fingerprint = hashlib.sha256(content + sys.version.encode()).hexdigest()
    stamp = VENV / (".installed-" + "-".join(path.stem for path in files))
    with one_at_a_time():
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        started = time.monotonic()
        print("Preparing the Python environment …", flush=True)
        if not works([PYTHON, "-m", "pip", "--version"]):
            make_venv()
        install(files)
        stamp.write_text(fingerprint)
        print("Python environment ready after %.0f s" % (time.monotonic() - started), flush=True)


@contextlib.contextmanager
def one_at_a_time():
    """`run` and `test` may be started at once on a fresh clone."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with open(str(VENV) + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv():
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if done.returncode:
        sys.exit("A virtual environment could not be made. On Debian: apt install python3-venv")


def install(files):
    """With uv, which is several times faster; with pip where uv cannot be had."""
    arguments = ["--quiet", "--require-hashes"]
    for path in files:
        arguments += ["-r", str(path)]
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", VIRTUAL_ENV=str(VENV))
    pip = [str(PYTHON), "-m", "pip", "install"]
    has_uv = works([VENV / "bin" / "uv", "--version"]) or works(
        [*pip, "--quiet", "--require-hashes", "-r", str(INSTALLER)], environment
    )
    if has_uv and works([VENV / "bin" / "uv", "pip", "install", *arguments], environment):
        return
    print("Installing with pip …", flush=True)
    done = subprocess.run([*pip, *arguments], env=environment)
    if done.returncode:
        sys.exit("The requirements could not be installed (see above).")


def works(command, environment=None):
    try:
        done = subprocess.run([str(part) for part in command], env=environment, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def command_line(command, arguments):
    python = str(PYTHON)
    if command == "run":
        return [python, "-m", "marketplace.running"]
    if command == "check":
        return [python, "-m", "marketplace.checking"]
    if command == "manage":
        return [python, str(HERE / "manage.py"), *arguments]
    subprocess.run([python, "-m", "marketplace.browser"], check=False)
    parallel = [] if any(part.startswith(("-n", "--numprocesses")) for part in arguments) else ["-n", "auto"]
    return [python, "-m", "pytest", *parallel, *arguments]


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in ("run", "test", "check", "manage"):
        sys.exit(__doc__)
    if sys.version_info < (3, 11):  # noqa: UP036  whoever starts us may be older than what we need
        sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    os.chdir(str(HERE))
    prepare_environment(requirement_files(command))
    line = command_line(command, sys.argv[2:])
    os.execv(line[0], line)  # noqa: S606  signals reach the command itself


if __name__ == "__main__":
    main()
