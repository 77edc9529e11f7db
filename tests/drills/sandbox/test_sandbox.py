"""The sandbox: real points that are open, a worker that works, and no trace of either afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support import rehearsals
from support.company import ROOT, Company
from support.desk import NAME
from support.rehearsals import Stage

from catalog.errors import UsageError
from drills.sandbox.sandbox import POINTS, WORKERS, sandbox, sweep

START = """
import sys, time
from pathlib import Path
from support import rehearsals
from support.company import Company
from support.desk import NAME
from drills.sandbox.sandbox import sandbox
with sandbox(Path(sys.argv[2]), rehearsals.read(Company(Path(sys.argv[1]))), NAME) as (box, target):
    print(*[one.pid for one in (*box.points, *box.workers)], flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return rehearsals.company(tmp_path_factory.mktemp("sandbox") / "company")


def mentioning(folder: Path) -> list[str]:
    """The command lines of all processes that name the folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and process.name != str(os.getpid()):
            found.append(line)
    return found


def until_gone(folder: Path) -> None:
    ends = time.monotonic() + 30
    while found := mentioning(folder):
        assert time.monotonic() < ends, found
        time.sleep(0.02)


def test_it_is_there(stage: Stage) -> None:
    """Points that let the rehearsed version run, with its bundle; workers that work; a model that answers."""
    assert stage.box
    assert (len(stage.box.points), len(stage.box.workers)) == (POINTS, WORKERS)
    question = {"workflow": NAME, "action": "late-fee-question", "version": stage.plan.workflow.version}
    said = stage.target.decisions({**question, "caller": stage.target.application})
    assert [one["go"] for one in said.values() if one] == [True] * POINTS
    assert {one["seq"] for one in stage.target.held().values() if one} == {stage.target.published.seq or 2}
    assert not stage.target.real


def test_its_secrets_are_its_own(stage: Stage) -> None:
    """Each part has a token of its own, new each time, that nobody else may read or is shown (T18)."""
    assert stage.box
    assert len(set(stage.box.tokens.values())) == len(stage.box.tokens)
    assert (stage.box.folder / "tokens.json").stat().st_mode & 0o077 == 0
    for token in stage.box.tokens.values():
        assert token not in repr(stage.target)


def test_it_leaves_nothing(clone: Company, tmp_path: Path) -> None:
    """No process, and no file; as it began, so in a moment."""
    folder = tmp_path / "box"
    with sandbox(folder, rehearsals.read(clone), NAME):
        assert len(mentioning(folder)) > POINTS
    until_gone(folder)
    assert list(tmp_path.iterdir()) == []


def test_after_a_failure_it_leaves_nothing(clone: Company, tmp_path: Path) -> None:
    """Whatever happens in it."""
    folder = tmp_path / "box"
    with pytest.raises(ZeroDivisionError), sandbox(folder, rehearsals.read(clone), NAME):
        raise ZeroDivisionError
    until_gone(folder)
    assert not folder.exists()


def test_killed_it_leaves_no_process(clone: Company, tmp_path: Path) -> None:
    """Nobody was there any more to end them; what lies on the disk is swept later."""
    folder = tmp_path / "box"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, "-c", START, str(clone.folder), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        pids = parent.stdout.readline().split()
        assert len(pids) == POINTS + WORKERS
        os.kill(parent.pid, signal.SIGKILL)
    until_gone(folder)
    assert folder.exists()
    sweep(folder)
    sweep(folder)
    assert not folder.exists()


def test_it_needs_somebody_on_call(clone: Company, tmp_path: Path) -> None:
    """A stop that nobody may give cannot be rehearsed."""
    found = rehearsals.read(clone)
    found = replace(found, document={**found.document, "rotas": {"support": []}})
    with pytest.raises(UsageError, match="Nobody is on call"), sandbox(tmp_path / "box", found, NAME):
        pass
    until_gone(tmp_path)
    assert list(tmp_path.iterdir()) == []
