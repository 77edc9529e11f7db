"""Processes of a sandbox: gone when they are closed, and when whoever started them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.company import ROOT

from catalog.errors import UsageError
from drills.sandbox.processes import Guarded

SLEEP = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"]
DEAF = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('begun', flush=True); time.sleep(60)",
]  # fmt: skip


def is_there(pid: int) -> bool:
    """Whether it runs: one that has ended and was not yet fetched does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def until(holds: bool, pid: int) -> None:
    ends = time.monotonic() + 30
    while is_there(pid) is not holds:
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Guarded]:
    found = Guarded("sleeper", SLEEP, {}, tmp_path / "log")
    yield found
    found.close()


def test_what_it_says_is_in_its_log(one: Guarded) -> None:
    """And it runs until it is closed."""
    ends = time.monotonic() + 30
    while "begun" not in one.log.read_text():
        assert time.monotonic() < ends
        time.sleep(0.01)
    assert one.runs
    one.close()
    assert not is_there(one.pid)


def test_one_that_ignores_the_end_is_ended(tmp_path: Path) -> None:
    """Nothing outlives a sandbox."""
    found = Guarded("deaf", DEAF, {}, tmp_path / "log")
    until(True, found.pid)
    found.close()
    until(False, found.pid)


def test_one_that_hangs_is_there(one: Guarded) -> None:
    """And ends all the same."""
    one.hang()
    assert one.runs
    one.close()
    until(False, one.pid)


def test_a_killed_one_is_gone(one: Guarded) -> None:
    """And killing it once more is no error."""
    one.kill()
    until(False, one.pid)
    one.kill()
    one.close()
    one.close()


def test_it_goes_with_whoever_started_it(tmp_path: Path) -> None:
    """Also when that one is killed, and can do nothing more about it."""
    code = (
        "import sys, time; from pathlib import Path; from drills.sandbox.processes import Guarded\n"
        "found = Guarded('deaf', sys.argv[2:], {}, Path(sys.argv[1])); print(found.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log"), *DEAF]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        until(True, pid)
        os.kill(parent.pid, signal.SIGKILL)
    until(False, pid)


def test_it_does_not_hear_ctrl_c(one: Guarded) -> None:
    """Which is meant for whoever rehearses, and undoes first."""
    assert os.getpgid(one.pid) != os.getpgid(0)


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises((UsageError, OSError)):
        Guarded("sleeper", SLEEP, {}, tmp_path / "nowhere" / "log")
