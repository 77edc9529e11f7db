"""start.py: an environment that is made once, whole, by one process at a time, and made anew when it no longer fits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checkout import copy, offline_pip

import start

ROOT = Path(start.__file__).parent


class FakeSteps:
    """Stands in for venv and pip: does on disk what start.py looks at, and remembers the commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.done: list[str] = []
        self.commands: list[list[str]] = []
        self.before: Callable[[str], None] = lambda _: None

    def __call__(self, command: list[str], root: Path, lock: int, failure: str, **more: str) -> None:
        name = "venv" if "venv" in command else "clone" if "--editable" in command else command[-1]
        self.before(name)
        if name == "venv":
            (root / ".venv" / "bin").mkdir()
            (root / ".venv" / "bin" / "python").touch()
            (root / ".venv" / "pyvenv.cfg").touch()
        self.done.append(name)
        self.commands.append(command)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a space in its name and the files that shape the environment."""
    root = tmp_path / "a clone"
    for name in start.SHAPES_ENVIRONMENT:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    return root


@pytest.fixture
def steps(clone: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSteps:
    fake = FakeSteps(clone)
    monkeypatch.setattr(start, "_step", fake)
    return fake


def test_the_first_run_installs_by_hash_and_then_the_clone(clone: Path, steps: FakeSteps) -> None:
    """A fresh clone gets an environment, the gate's locked packages, then itself; the second run does nothing."""
    start.prepare(clone, "run")
    start.prepare(clone, "run")
    assert steps.done == ["venv", "requirements/run.txt", "clone"]


def test_the_tests_add_to_what_the_gate_installed(clone: Path, steps: FakeSteps) -> None:
    """After the gate's set-up, the tests only add their own packages, and the gate finds its own still there."""
    start.prepare(clone, "run")
    start.prepare(clone, "dev")
    start.prepare(clone, "run")
    assert steps.done == ["venv", "requirements/run.txt", "clone", "requirements/dev.txt"]


def test_the_tests_may_run_first(clone: Path, steps: FakeSteps) -> None:
    """The tests' set-up of a fresh clone installs their packages and the clone."""
    start.prepare(clone, "dev")
    assert steps.done == ["venv", "requirements/dev.txt", "clone"]


@pytest.mark.parametrize("name", start.SHAPES_ENVIRONMENT)
def test_a_changed_lock_makes_the_environment_anew(name: str, clone: Path, steps: FakeSteps) -> None:
    """When a file that shapes the environment changes, the next run starts from an empty one."""
    start.prepare(clone, "run")
    (clone / ".venv" / "left-over").touch()
    (clone / name).write_text("changed", encoding="utf-8")
    start.prepare(clone, "run")
    assert steps.done == ["venv", "requirements/run.txt", "clone"] * 2
    assert not (clone / ".venv" / "left-over").exists()


@pytest.mark.parametrize("step", ["venv", "requirements/run.txt", "clone"])
def test_an_interrupted_set_up_is_redone(step: str, clone: Path, steps: FakeSteps) -> None:
    """Whichever step is interrupted, the next run begins again and leaves no trace of the first."""

    def stop(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    steps.before = stop
    with pytest.raises(KeyboardInterrupt):
        start.prepare(clone, "run")
    steps.before = lambda _: None
    steps.done.clear()
    start.prepare(clone, "run")
    assert steps.done == ["venv", "requirements/run.txt", "clone"]
    assert list(clone.glob(".venv.old*")) == []


def test_an_interrupted_removal_is_finished(clone: Path, steps: FakeSteps) -> None:
    """What an interrupted removal left behind is removed by the next set-up."""
    (clone / ".venv.old-1" / "lib").mkdir(parents=True)
    start.prepare(clone, "run")
    assert list(clone.glob(".venv.old*")) == []


def test_a_damaged_stamp_is_no_stamp(clone: Path, steps: FakeSteps) -> None:
    """A stamp that is not what start.py writes means that nothing is installed."""
    start.prepare(clone, "run")
    for damage in ("", "[]", '{"key": 1}', "{"):
        start._stamp(clone).write_text(damage, encoding="utf-8")
        assert start.installed_levels(clone, start.environment_key(clone)) == []


def test_a_vanished_python_is_noticed(clone: Path, steps: FakeSteps) -> None:
    """An environment whose Python is gone, as after an upgrade of the system, is made anew."""
    start.prepare(clone, "run")
    (clone / ".venv" / "bin" / "python").unlink()
    start.prepare(clone, "run")
    assert steps.done.count("venv") == 2


def test_a_moved_clone_is_set_up_again(clone: Path, steps: FakeSteps) -> None:
    """Scripts in an environment name its place, so a clone that was moved gets a new one."""
    start.prepare(clone, "run")
    moved = clone.rename(clone.with_name("moved"))
    start.prepare(moved, "run")
    assert steps.done.count("venv") == 2


def test_somebody_elses_environment_is_left_alone(clone: Path, steps: FakeSteps) -> None:
    """A .venv that start.py did not make is refused with a sentence, and not touched."""
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pyvenv.cfg").write_text("mine", encoding="utf-8")
    with pytest.raises(start.CannotStart, match=r"was not made by start\.py\. Move it away"):
        start.prepare(clone, "run")
    assert [path.name for path in (clone / ".venv").iterdir()] == ["pyvenv.cfg"]
    assert steps.done == []


def test_two_at_once_take_turns(clone: Path, steps: FakeSteps) -> None:
    """A second run started during a set-up says that it waits, waits, and then finds all of it done."""
    inside, go_on = threading.Event(), threading.Event()

    def pause(name: str) -> None:
        if name == "venv":
            inside.set()
            assert go_on.wait(30)

    class Said:
        def write(self, text: str) -> int:
            if "waiting for it" in text:
                go_on.set()
            return len(text)

        def flush(self) -> None: ...

    steps.before = pause
    first = threading.Thread(target=start.prepare, args=(clone, "run"))
    first.start()
    assert inside.wait(30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", Said())
        start.prepare(clone, "run")
    first.join(30)
    assert steps.done == ["venv", "requirements/run.txt", "clone"]


def test_the_environment_is_first_on_path_and_nothing_leads_elsewhere(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions see .venv first, pip keeps the user's index and proxy, and settings that point elsewhere are dropped."""
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_INDEX_URL", "PIP_PROXY"):
        monkeypatch.setenv(name, "set")
    seen = start.environment(clone)
    assert seen["PATH"].startswith(f"{clone}/.venv/bin:")
    assert {"PIP_INDEX_URL", "PIP_PROXY"} <= seen.keys()
    assert seen.keys() & {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET"} == set()


def test_a_failing_step_prints_what_it_said(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When pip fails, its own words are printed, then one sentence with the next step."""
    with start.only_one(clone / ".venv.lock") as lock, pytest.raises(start.CannotStart, match="next step"):
        start._step([sys.executable, "-c", "print('no route'); raise SystemExit(1)"], clone, lock, "next step")
    assert "no route" in capsys.readouterr().err


def test_pip_installs_the_lock_as_it_is(clone: Path, steps: FakeSteps) -> None:
    """Packages come by hash, nothing is resolved anew, and no index is named: the user's configuration of pip holds."""
    start.prepare(clone, "dev")
    _, packages, itself = steps.commands
    assert {"--require-hashes", "--no-deps"} <= set(packages)
    assert "--no-deps" in itself
    assert not any("index" in word or "://" in word for word in (*packages, *itself))


@pytest.mark.interop
def test_a_fresh_clone_is_really_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a copy whose path has a space, real venv and pip install by hash; the second run skips it all."""
    for name, value in offline_pip().items():
        monkeypatch.setenv(name, value)
    clone = copy(tmp_path / "a fresh clone")
    command = [sys.executable, str(clone / "start.py"), "gate", "--help"]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=False, timeout=280) for _ in range(2)
    )
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    assert "Setting up .venv" in first.stderr
    assert "Setting up .venv" not in second.stderr
    assert json.loads(start._stamp(clone).read_text(encoding="utf-8"))["levels"] == ["run"]
    assert "usage" in first.stdout.lower()
