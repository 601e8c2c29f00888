"""All processes run, or none; and none is left behind."""

import os
import signal
import subprocess
import sys
import time

from marketplace.supervisor import Supervisor, clear_leftovers

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(happened, seconds=20):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_process_that_dies_is_started_again_and_all_stop_at_the_end(tmp_path, capsys):
    supervisor = Supervisor({"one": SLEEP, "two": SLEEP}, pid_file=tmp_path / "pids")
    seen = []

    def each_second():
        pids = [member.process.pid for member in supervisor.crew]
        seen.append(pids)
        if len(seen) == 1:
            os.kill(pids[0], signal.SIGKILL)
        elif pids[0] != seen[0][0]:
            supervisor.stopping = True

    status = supervisor.run(each_second)

    assert status == 0
    assert seen[-1][1] == seen[0][1]
    assert not any(alive(pid) for pids in seen for pid in pids)
    assert not (tmp_path / "pids").exists()
    assert "one │ up" in capsys.readouterr().out


def test_a_process_that_cannot_stay_up_ends_the_whole(tmp_path, capsys):
    supervisor = Supervisor(
        {"good": SLEEP, "bad": [sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"]},
        pid_file=tmp_path / "pids",
    )

    status = supervisor.run()

    assert status == 1
    assert not alive(supervisor.crew[0].process.pid)
    assert "no such thing" in capsys.readouterr().out


def test_what_a_killed_supervisor_left_is_cleared_at_the_next_start(tmp_path):
    program = (
        "import sys; from pathlib import Path; from marketplace import supervisor as s;"
        "s._die_with_parent = lambda: None;"
        f"s.Supervisor({{'one': {SLEEP!r}}}, pid_file=Path(sys.argv[1])).run()"
    )
    pid_file = tmp_path / "pids"
    killed = subprocess.Popen([sys.executable, "-c", program, str(pid_file)], stdout=subprocess.DEVNULL)
    eventually(lambda: pid_file.exists() and pid_file.read_text().strip())
    child = int(pid_file.read_text().split()[0])
    killed.kill()
    killed.wait()
    assert alive(child)

    ended = clear_leftovers(pid_file)

    assert ended == 1
    eventually(lambda: not alive(child))
    assert not pid_file.exists()


def test_a_stranger_who_got_the_number_is_left_alone(tmp_path):
    stranger = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL)
    (tmp_path / "pids").write_text(f"{stranger.pid} another-birth\n")

    assert clear_leftovers(tmp_path / "pids") == 0

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
