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
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from support.company import ROOT
from support.desk import FALLBACK, PROMPT, Desk

from catalog.errors import CountersignError, EngineError, GitError, Interrupted, PolicyError, UsageError
from checks.reports import FORMATS, parse_options
from countersign.errors import exit_code_of
from countersign.main import cli, run
from countersign.words import completions

COMMANDS = sorted(cli.commands)
WORKFLOWS = ["billing-replies", "help-centre-edits", "meeting-notes", "refund-decisions", "ticket-triage"]


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


@pytest.mark.parametrize("command", ["note billing-replies", "version billing-replies", "log billing-replies", "init"])
def test_what_does_not_judge_says_nothing_of_judging(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside a clone there is no note to print; that nothing was judged is no news."""
    monkeypatch.chdir(tmp_path)
    assert run(command.split()) == 3
    shown = capsys.readouterr().err
    assert shown.startswith("error: No git repository holds")
    assert "nothing was judged" not in shown
    assert run(["gate"]) == 3
    assert "nothing was judged, and that is not a pass" in capsys.readouterr().err


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


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("args", [("gate",), ("gate", "--all")])
def test_an_end_from_outside_leaves_nothing(desk: Desk, ending: signal.Signals, args: tuple[str, ...]) -> None:
    """T12: a gate ended by Ctrl-C or by a CI runner says so, and leaves no process and no file behind."""
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
    running = _started(desk, *args)
    _wait_for_child(running.pid)
    # A terminal tells all processes, a runner the first.
    (os.killpg if ending is signal.SIGINT else os.kill)(running.pid, ending)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130, err
    assert b"Traceback" not in err
    assert b"Interrupted" in err
    assert out == b""
    assert desk.trace() == before
    _wait_for_the_end(running.pid)


def _started(desk: Desk, *args: str) -> subprocess.Popen[bytes]:
    """The command in a session of its own; `--all` in parts so small that they are shared among workers."""
    program = "from checks import standing; standing._PART = 2; from countersign.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *args], cwd=desk.folder, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(desk.folder.parent / "tmp")},
    )  # fmt: skip


def _wait_for_child(pid: int) -> None:
    """Until a process below it has used a second: it is then in the engine, waiting for an answer that never comes."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if any(_seconds(child) > 1 for child in _below(pid)):
            return
        time.sleep(0.05)
    pytest.fail("the gate never reached its engine")


def _below(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*children, *(one for child in children for one in _below(child))]


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def _wait_for_the_end(group: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail("a process was left behind")


def test_words_are_completed(desk: Desk) -> None:
    """The completion script's own question is answered: `countersign ga` is completed to gate."""
    asked = {"_COUNTERSIGN_COMPLETE": "bash_complete", "COMP_WORDS": "countersign ga", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "countersign"], cwd=desk.folder, capture_output=True, text=True, check=False,
        env={**os.environ, **asked, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "plain,gate\n")


@pytest.mark.parametrize(
    ("args", "begun", "words"),
    [
        (["explain"], "rollback.s", ["rollback.sandbox-only", "rollback.stale"]),
        (["note"], "re", ["refund-decisions"]),
        (["version"], "", WORKFLOWS),
        (["gate", "--report"], "j", ["json=reports/gate.json", "junit=reports/gate.junit"]),
        (["gate", "--target"], "", ["change", "main", "origin/main", "records"]),
        (["gate", "--base"], "ma", ["main"]),
        (["gate", "--head"], "ch", ["change"]),
    ],
)
def test_what_the_clone_has_is_completed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, args: list[str], begun: str, words: list[str]
) -> None:
    """Rules, workflows, branches and report formats are completed from what the clone has."""
    monkeypatch.chdir(desk.folder)
    found = ShellComplete(cli, {}, "countersign", "_COUNTERSIGN_COMPLETE").get_completions(args, begun)
    assert [item.value for item in found] == words


def test_a_completed_report_can_be_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is completed for a report is an option that the gate takes."""
    monkeypatch.chdir(desk.folder)
    found = ShellComplete(cli, {}, "countersign", "_COUNTERSIGN_COMPLETE").get_completions(["gate", "--report"], "")
    assert sorted(form for form, _ in parse_options([item.value for item in found])) == sorted(FORMATS)


def test_completing_loads_no_engine(desk: Desk) -> None:
    """A shell waits for each key: no engine and no schema is loaded to complete a word."""
    program = (
        "import sys; from countersign.words import completions; assert completions('rule', 'note');"
        "print(sorted({'regorus', 'jsonschema_rs', 'yaml', 'catalog.engines'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=desk.folder, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("kind", ["branch", "report", "rule", "workflow"])
def test_what_cannot_be_read_completes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Outside a clone nothing is completed, and nothing is said: a shell has no place for an error."""
    monkeypatch.chdir(tmp_path)
    assert completions(kind, "") == []


@pytest.mark.parametrize(
    "args", [("explain", "nope"), ("note", "nope"), ("version", "nope"), ("gate", "--report", "html=x")]
)
def test_a_misuse_says_nothing_of_judging(desk: Desk, args: tuple[str, ...]) -> None:
    """What was only asked for wrongly is an error with a next step, exit code 2, and no word about a judgement."""
    said = desk.run(*args)
    assert said.exit_code == 2
    assert said.output.startswith("error: There is no ")
    assert "\n  -> " in said.output
    assert "judge" not in said.output


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
