"""The command line as a whole: every way a command can end has its own exit code, and never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.company import ROOT
from support.desk import FALLBACK, PROMPT, Desk

from catalog.errors import CountersignError, EngineError, GitError, Interrupted, PolicyError, UsageError
from countersign.errors import exit_code_of
from countersign.main import cli

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command: str) -> None:
    """`--help` of every command says what it does and shows one that can be typed."""
    text = CliRunner().invoke(cli, [command, "--help"], prog_name="countersign").output
    assert re.search(rf"Examples?:\n +countersign {command}", text), text


def test_help_and_version(desk: Desk) -> None:
    """The group's own help and version are no judgement, and succeed."""
    assert desk.run("--help").exit_code == 0
    assert desk.run("-h").output == desk.run("--help").output
    assert "countersign, version" in desk.run("--version").output


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("gate", "--nonsense"),
        ("gate", "--engine", "x"),
        ("explain",),
        ("completion", "tcsh"),
        ("gate", "x"),
    ],
)
def test_what_cannot_be_parsed_is_bad_usage(desk: Desk, args: tuple[str, ...]) -> None:
    """An unknown command, option or value ends with 2, on standard error, in click's words."""
    said = desk.run(*args)
    assert said.exit_code == 2
    assert "Error: " in said.output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2), (GitError("x"), 3), (PolicyError("x"), 3), (EngineError("x"), 3),
        (CountersignError("x"), 3), (Interrupted("x"), 130), (KeyboardInterrupt(), 130), (click.Abort(), 130),
        (click.UsageError("x"), 2),
        (ZeroDivisionError(), 3), (RecursionError(), 3), (MemoryError(), 3), (OSError(28, "No space left"), 3),
        (SystemExit(4), 4), (SystemExit(None), 0), (SystemExit("words"), 3),
    ],
)  # fmt: skip
def test_every_end_has_its_exit_code(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is raised, the exit code is the designed one and no traceback is printed."""

    def run() -> None:
        raise error

    assert exit_code_of(run) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert shown.out == ""


def test_a_defect_never_looks_like_a_verdict(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error inside the gate ends with 3, names its place, and says that nothing was judged."""
    import checks.gate

    def broken(*_: object) -> None:
        raise KeyError("\x1b[2J secret text of the change")

    monkeypatch.setattr(checks.gate, "_judge_change", broken)
    said = desk.run("gate")
    assert said.exit_code == 3
    assert re.search(r"a defect in Countersign: KeyError in \w+\.py:\d+", said.output)
    assert "Nothing was judged" in said.output
    assert "secret" not in said.output
    assert "Traceback" not in said.output


def test_a_defect_leaves_no_green_report(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of an earlier run is not left standing for a run that broke."""
    import checks.gate

    report = desk.folder.parent / "gate.xml"
    assert desk.run("gate", "--report", f"junit={report}").exit_code == 0

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checks.gate, "_judge_change", broken)
    assert desk.run("gate", "--report", f"junit={report}").exit_code == 3
    assert "<error" in report.read_text()


def test_a_traceback_can_be_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who repairs the gate can see all of it."""
    monkeypatch.setenv("COUNTERSIGN_TRACEBACK", "1")

    def run() -> None:
        raise ZeroDivisionError

    assert exit_code_of(run) == 3
    assert "Traceback" in capfd.readouterr().err


def test_a_reader_that_left_is_no_verdict(desk: Desk) -> None:
    """When whoever reads the output is gone, the exit code is none of a judgement's, and nothing is said."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "countersign", "gate"], cwd=desk.folder, stdout=write, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_full_disk_is_no_verdict(desk: Desk) -> None:
    """When the output cannot be written, the exit code is none of a judgement's."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "countersign", "gate"], cwd=desk.folder, stdout=full, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def test_ctrl_c_ends_with_130_and_leaves_nothing(desk: Desk) -> None:
    """An interrupted gate says so, leaves no engine behind and nothing in the clone or the temporary folder."""
    rule = "policies/gate/note/one-page.rego"
    many = "numbers.range(1, 4000)"
    desk.write(rule, desk.path(rule).read_text() + (
        "\nfindings contains {\"workflow\": null, \"field\": \"people\", \"message\": \"x\"} if {\n"
        f"\tcount([1 | some a in {many}; some b in {many}; some c in {many}; a + b == c * 7000]) == 1\n}}\n"
    ))  # fmt: skip
    desk.land("A slow rule")
    desk.git("push", "--quiet", "origin", "change:main")
    desk.git("fetch", "--quiet")
    desk.replace(PROMPT, "at most 120", "at most 90")
    before = desk.trace()
    running = subprocess.Popen(
        [sys.executable, "-m", "countersign", "gate"], cwd=desk.folder, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(desk.folder.parent / "tmp")},
    )  # fmt: skip
    _wait_for_child(running.pid)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130, err
    assert b"Traceback" not in err
    assert b"Interrupted" in err
    assert out == b""
    assert desk.trace() == before
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def _wait_for_child(pid: int) -> None:
    """Until the process has used a second: it is then in the engine, waiting for an answer that never comes."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for child in children.read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[11]) > os.sysconf("SC_CLK_TCK"):
                return
        time.sleep(0.05)
    pytest.fail("the gate never reached its engine")


def test_words_are_completed(desk: Desk) -> None:
    """The completion script's own question is answered: `countersign ga` is completed to gate."""
    asked = {"_COUNTERSIGN_COMPLETE": "bash_complete", "COMP_WORDS": "countersign ga", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "countersign"], cwd=desk.folder, capture_output=True, text=True, check=False,
        env={**os.environ, **asked, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "plain,gate\n")


def test_the_module_runs_like_the_command(desk: Desk) -> None:
    """`python -m countersign` ends with the gate's own exit code."""
    desk.path(FALLBACK).unlink()
    assert desk.countersign("gate").exit_code == 1


def test_output_is_utf_8_whatever_the_locale(desk: Desk) -> None:
    """A name in another script is printed, not a codec error, also where the locale knows ASCII only."""
    desk.write("notes-\u00fc\u4e2d.md", "x\n")
    done = subprocess.run(
        [sys.executable, "-m", "countersign", "gate"], cwd=desk.folder, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
             "PYTHONIOENCODING": "ascii:strict"},
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert b"Traceback" not in done.stderr
