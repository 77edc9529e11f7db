"""`countersign drill run` and `recover`, as a person types them: what is told, what is left, how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import kept_runs, rehearsals, yaml_text
from support.company import ROOT, Said
from support.desk import DRILL, FALLBACK, NAME, PROMPT, Desk
from support.terminal import watch

from drills.keeping import workplace
from drills.outcomes import Phase

Json = Any

RUNS = Path("reports/drills")
ESCAPE = "\x1b"
COLOURED = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])(?:;\d+)*m")


@pytest.fixture
def desk(on_main: Callable[[], Desk]) -> Desk:
    """On main, with one short story to rehearse; the folder of reports is ignored, as everywhere."""
    desk = on_main()
    desk.write(DRILL, yaml_text.dump(rehearsals.document("late-fee-answer")))
    desk.write(".gitignore", "/reports/\n")
    desk.land()
    return desk


def results(desk: Desk) -> list[Json]:
    """What all runs came to."""
    return [json.loads(path.read_text()) for path in sorted(desk.folder.glob("reports/drills/*/result.json"))]


def unfolded(said: Said) -> str:
    """What was printed, with each error's part on one line."""
    return re.sub(r"\n +(?!why: |-> )(?=\S)", " ", said.output)


def refused(said: Said, exit_code: int = 2) -> list[str]:
    """What, why and what next, of a command that could not be done; and nothing else was printed."""
    lines = unfolded(said).splitlines()
    assert said.exit_code == exit_code, said.output
    assert re.match(r"error: \S", lines[0]), said.output
    assert re.match(r"  why: \S", lines[1]), said.output
    assert re.match(r"  -> \S", lines[2]), said.output
    assert len(lines) == 3, said.output
    return lines


# One that passes.


def test_a_drill_in_a_log(desk: Desk) -> None:
    """Plain lines, one for each phase in order, then the outcome; it is this clone's own evidence, and can be shown."""
    said = desk.countersign("drill", "run", NAME)
    assert said.exit_code == 0, said.output
    assert ESCAPE not in said.output
    head, version, *phases, last = said.output.splitlines()
    [result] = results(desk)
    assert (head, version) == (f"{NAME} on sandbox  ({result['run']})", f"  {result['version']}")
    assert [line.split()[0] for line in phases[1:-1]] == list(Phase)
    assert all(line.split()[1] == "passed" for line in phases[1:-1])
    assert re.fullmatch(rf"{NAME}: passed in \d+\.\d s", last)
    assert desk.git("status", "--porcelain") == ""
    assert "passed on sandbox" in desk.countersign("log", NAME).output


def test_a_drill_at_a_terminal(desk: Desk) -> None:
    """Each phase is shown while it lasts, against its budget; what has ended stays, and colours say how."""
    exit_code, shown = watch(desk, "drill", "run", NAME, "--no-record")
    assert exit_code == 0, shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for phase in Phase:
        assert re.search(rf"^  {phase} +passed  \d", plain.replace("\r", "\n"), re.MULTILINE), plain
    assert "of 45 s" in plain  # the budget of `drain`, which lasts
    assert ESCAPE in shown
    assert re.search(rf"{NAME}: passed in ", plain)
    assert "passed on sandbox" not in desk.countersign("log", NAME).output


def test_no_colour_is_no_colour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NO_COLOR is set, nothing of a drill is coloured, up to its last line."""
    monkeypatch.setenv("NO_COLOR", "1")
    exit_code, shown = watch(desk, "drill", "run", NAME, "--no-record")
    assert exit_code == 0, shown
    assert re.search(rf"{NAME}: passed in ", shown)
    assert COLOURED.search(shown) is None, shown


# Those that do not.


def test_a_drill_that_fails(desk: Desk) -> None:
    """Exit code 1; the log says in which phase and why, what came after it did not run, and everything is undone."""
    desk.write(FALLBACK, "# Nothing yet\n")
    desk.land()
    said = desk.countersign("drill", "run", NAME)
    assert said.exit_code == 1, said.output
    lines = {line.split()[0]: line for line in said.output.splitlines()}
    assert re.match(r"  mitigate +failed  \S", lines["mitigate"]), said.output
    assert [lines[str(phase)].split()[1] for phase in (Phase.DRAIN, Phase.NOTIFY)] == ["not_run", "not_run"]
    assert lines["restore"].split()[1] == "passed"
    assert said.output.splitlines()[-1].startswith(f"{NAME}: failed in ")
    [result] = results(desk)
    shown = desk.countersign("drill", "show", result["run"])
    assert (shown.exit_code, shown.output.splitlines()[-1]) == (1, f"{result['run']}: failed")
    assert "silence  was not watched: the run did not come so far" in shown.output


def interrupted(desk: Desk, signal: str) -> Json:
    """How a drill ends that is told to in the middle of the stop."""
    return typed(desk, {"words": ["drill", "run", NAME], "after": 12, "signal": signal})


def typed(desk: Desk, order: Json) -> Json:
    """How a command ended that was sent a signal, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "support.interrupted"], cwd=desk.folder, input=json.dumps(order) + "\n",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_killed_run_leaves_no_secret_where_jobs_keep_it(desk: Desk) -> None:
    """T18: its folder holds its journal alone; the tokens are elsewhere, for this user only, until it is recovered."""
    assert interrupted(desk, "SIGKILL")["code"] == -9
    [folder] = (desk.folder / RUNS).iterdir()
    place = workplace(folder.name)
    assert [path.name for path in folder.iterdir()] == ["journal.jsonl"]
    assert place.stat().st_mode & 0o077 == 0
    tokens = json.loads((place / "tokens.json").read_bytes())
    assert len(tokens) == 4
    kept = [path.read_text() for path in (desk.folder / "reports").rglob("*") if path.is_file()]
    assert [name for name, token in tokens.items() if any(token in text for text in kept)] == []
    assert desk.countersign("drill", "recover").exit_code == 0
    assert not place.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "result.json"]


def test_ctrl_c_undoes_and_leaves(desk: Desk) -> None:
    """Exit code 130; the run is kept as aborted, and nothing is left for anybody to recover."""
    ended = interrupted(desk, "SIGINT")
    assert ended["code"] == 130, ended
    assert f"{NAME}: the drill was ended, and what it had done was taken back." in ended["complained"]
    [result] = results(desk)
    assert (result["outcome"], result["undo"]) == ("aborted", {"done": True, "steady": True})
    said = desk.countersign("drill", "recover")
    assert (said.exit_code, said.output) == (0, "No run was left undone.\n")


# What is not to be rehearsed yet.


@pytest.mark.parametrize("words", [(NAME,), ("--all",), ("--due",), (NAME, "ticket-triage", "--target", "sandbox")])
def test_a_dry_run_touches_nothing(words: tuple[str, ...], desk: Desk) -> None:
    """It says what would be stopped, watched, told and undone; not a file is written, no process stays."""
    before = desk.trace()
    said = desk.run("drill", "run", *words, "--dry-run")
    assert said.exit_code == 0, said.output
    told = "ticket-triage" if words == ("--due",) else NAME
    assert f"{told} would be rehearsed on sandbox:\n  {desk.digests(told)['version']}\n" in said.output
    assert "undoes: " in said.output
    assert said.output.endswith("Nothing was touched.\n")
    after = desk.trace()
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == set()


def test_what_cannot_be_rehearsed_keeps_nothing_else_from_it(desk: Desk) -> None:
    """Each that can be is rehearsed; the first that could not be is told as an error, and each as it comes."""
    desk.path("workflows/help-centre-edits/drill.yaml").unlink()
    desk.write("workflows/meeting-notes/drill.yaml", "scenarios: none\n")
    desk.land()
    said = desk.run("drill", "run", "help-centre-edits", "meeting-notes", NAME, "--dry-run")
    assert said.exit_code == 2
    assert f"{NAME} would be rehearsed" in said.output
    assert re.search(r"^help-centre-edits: not done: ", said.output, re.MULTILINE), said.output
    assert re.search(r"^meeting-notes: not done: ", said.output, re.MULTILINE), said.output
    assert said.output.count("error: ") == 1


def test_edits_that_are_not_committed_are_told(desk: Desk) -> None:
    """On standard error, in one line a workflow that names its files; a workflow that is as committed has none."""
    desk.write(DRILL, yaml_text.dump({**rehearsals.document("late-fee-answer"), "silence": "3s"}))
    desk.write(f"workflows/{NAME}/notes.md", "Not yet.\n")
    said = desk.countersign("drill", "run", NAME, "ticket-triage", "--dry-run")
    assert said.exit_code == 0, said.output
    told = [line for line in said.output.splitlines() if "committed" in line]
    assert told == [f"{NAME}: rehearsed as committed, without the edits of {DRILL}, workflows/{NAME}/notes.md"]
    assert "watches 1 s of silence" in said.output
    named = desk.countersign("drill", "run", NAME, "--head", "HEAD", "--dry-run")
    assert "without the edits" not in named.output


def test_nothing_is_due(desk: Desk) -> None:
    """Then nothing is run, and that is as it should be."""
    for name in (NAME, "refund-decisions", "ticket-triage"):
        desk.record_drill(name)
    said = desk.run("drill", "run", "--due")
    assert (said.exit_code, said.output) == (0, "No drill is due.\n")


def test_nothing_names_a_drill(desk: Desk) -> None:
    """To rehearse all of nothing is no success."""
    for path in desk.folder.glob("workflows/*/state.yaml"):
        path.write_text("state: retired\nreason: Nobody uses it.\n")
    desk.land()
    said = desk.run("drill", "run", "--all")
    assert (said.exit_code, said.output) == (1, "No workflow names a drill.\n")


# What was asked wrongly: what, why, and what next.


MISUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing": (("run",), "What is to be rehearsed?"),
    "too much": (("run", NAME, "--all"), "What is to be rehearsed?"),
    "no workflow": (("run", "billing-reply"), "There is no workflow 'billing-reply'"),
    "another workflow's name": (("run", "ticket"), "There is no workflow 'ticket'"),
    "no folder for runs": (("run", NAME, "--runs", "team/people.yaml/runs"), "cannot hold a run: "),
    "no target": (("run", NAME, "--target", "moon"), "There is no drill target 'moon'"),
    "no commit": (("run", NAME, "--head", "nowhere"), "There is no commit nowhere here."),
    "no run": (("show", "20260101-000000-abcdef"), "There is no run 20260101-000000-abcdef in reports/drills."),
}


@pytest.mark.parametrize("how", MISUSED)
def test_what_was_asked_wrongly_is_explained(how: str, desk: Desk) -> None:
    """One sentence of what is wrong, one of why, one of what to do next."""
    words, what = MISUSED[how]
    assert what in refused(desk.run("drill", *words))[0]


def test_an_unknown_name_is_told_all_that_there_are(desk: Desk) -> None:
    """Also beside one that is right; and a name that is given twice is rehearsed once."""
    said = desk.run("drill", "run", NAME, NAME, "billing-reply", "--dry-run")
    assert said.exit_code == 2
    assert said.output.count(f"{NAME} would be rehearsed") == 1
    there = ", ".join(sorted(path.name for path in desk.path("workflows").iterdir()))
    assert f"There are: {there}." in unfolded(said)


UNFIT: dict[str, tuple[Json, str]] = {
    "a long silence": ({"silence": "46s"}, "a silence of 46 s does not fit the drain budget of 45 s"),
    "nobody goes on": (
        {"scenarios": [{"scenario": "stop-trigger", **rehearsals.STORIES["stop-trigger"]}], "steady_state": {
            "before": ["points-answer"], "during": ["old-version-silent", "others-go-on"], "after": ["points-answer"],
        }}, "others-go-on can never be seen",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", UNFIT)
def test_what_could_never_pass_is_refused_before_anything_is_touched(how: str, desk: Desk) -> None:
    """A drill that asks to see what cannot be seen there names the file, and keeps no run."""
    changes, what = UNFIT[how]
    desk.write(DRILL, yaml_text.dump({**rehearsals.document("late-fee-answer"), **changes}))
    desk.land()
    said = refused(desk.run("drill", "run", NAME))
    assert (DRILL in said[0], what in said[0]) == (True, True), said
    assert not desk.path("reports").exists()


FILLED = """
import resource, sys
from countersign.main import run
from drills.journal import Journal
real, at = Journal.write, sys.argv[1]
def write(self, event, **fields):
    if event == at:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
    real(self, event, **fields)
Journal.write = write
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize(("event", "what", "outcomes"), [
    ("run_begins", "Nothing more can be written: ", []),
    ("scenario_begins", f"{NAME}: the drill could not be written down: ", ["aborted"]),
])  # fmt: skip
def test_a_full_disk_is_told_as_that(event: str, what: str, outcomes: list[str], desk: Desk) -> None:
    """No defect, and no verdict; what has begun is there to be brought home, and what has not leaves nothing."""
    done = subprocess.run(
        [sys.executable, "-c", FILLED, event, "drill", "run", NAME, "--no-record"], cwd=desk.folder, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert lines[0] in [f"error: {what}{why}." for why in ("File too large", "No space left on device")]
    assert lines[-1].startswith("  -> Make room, ")
    assert ("countersign drill recover" in lines[-1]) == bool(outcomes)
    assert desk.run("drill", "recover").exit_code == 0
    assert [one["outcome"] for one in results(desk)] == outcomes


def test_ended_before_it_began_it_leaves_nothing(desk: Desk) -> None:
    """Ctrl-C while the sandbox starts: there is no run to show, and none to recover."""
    order = {"words": ["drill", "run", NAME], "after": 1, "signal": "SIGINT"}
    ended = typed(desk, order)
    assert (ended["code"], ended["complained"]) == (130, f"error: {NAME}: ended before anything was touched.\n")
    assert list(desk.path("reports/drills").iterdir()) == []


def test_a_reader_that_goes_away_does_not_end_it(desk: Desk) -> None:
    """As `drill run … | head`: it goes on to its end, and is kept; only the exit code says that nobody read it."""
    with subprocess.Popen(
        [sys.executable, "-m", "countersign", "drill", "run", NAME, "--no-record"], cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        assert [running.stdout.readline() for _ in range(4)][-1].startswith(b"  detect")
        running.stdout.close()
    assert running.returncode == 3
    assert [one["outcome"] for one in results(desk)] == ["passed"]


def test_the_target_of_a_pipeline_holds_for_both_of_its_jobs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the drill job runs on is what the evidence job asks for: one variable names it."""
    monkeypatch.setenv("COUNTERSIGN_DRILL_TARGET", "moon")
    assert "There is no drill target 'moon'" in refused(desk.run("drill", "run", "--all"))[0]


# What was left.


def test_a_killed_run_is_brought_home(desk: Desk) -> None:
    """Until then it has not ended; then it counts as aborted, once, and its phases tell where it was."""
    run = kept_runs.kill(desk.folder, NAME, desk.folder / RUNS)
    assert desk.run("drill", "show").output.splitlines()[1].split() == [run, NAME, "sandbox", "not", "ended"]
    shown = desk.run("drill", "show", run)
    assert (shown.exit_code, shown.output.splitlines()[-1]) == (
        1,
        f"{run}: it has not ended: countersign drill recover",
    )
    said = desk.run("drill", "recover")
    assert (said.exit_code, said.output) == (0, f"{run}: home again; the run counts as aborted\n")
    assert [one["phases"][0]["outcome"] for one in results(desk)] == ["aborted"]
    assert desk.run("drill", "recover").output == "No run was left undone.\n"
    assert desk.run("drill", "show", run).exit_code == 1


def test_one_that_cannot_be_brought_home_keeps_no_other_from_it(desk: Desk) -> None:
    """A run of a commit that is not here stays as it is, and the exit code says so."""
    lost = kept_runs.kill(desk.folder, NAME, desk.folder / RUNS, commit="b" * 40, ago=timedelta(days=1))
    run = kept_runs.kill(desk.folder, "ticket-triage", desk.folder / RUNS)
    said = desk.run("drill", "recover")
    assert said.exit_code in (2, 3), said.output
    assert f"{run}: home again; the run counts as aborted\n" in said.output
    assert f"{lost}: not done: " in said.output
    assert [one["run"] for one in results(desk)] == [run]


def test_a_damaged_journal_keeps_no_other_run_from_coming_home(desk: Desk) -> None:
    """Whatever the newest says: the others come home, and it is told what to do about it."""
    run = kept_runs.kill(desk.folder, NAME, desk.folder / RUNS, ago=timedelta(days=1))
    damaged = kept_runs.kill(desk.folder, NAME, desk.folder / RUNS)
    (desk.folder / RUNS / damaged / "journal.jsonl").write_text("{}\n")
    said = desk.run("drill", "recover")
    assert said.exit_code == 3, said.output
    assert f"{run}: home again; the run counts as aborted\n" in said.output
    assert f"error: The journal of {damaged} is damaged." in said.output
    assert [one["run"] for one in results(desk)] == [run]


def test_a_killed_run_of_a_merge_is_told_as_that(desk: Desk) -> None:
    """What was drilled is on neither side: its version, and how it is undone, are those of the merge."""
    desk.branch("change")
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    ours = desk.digests(NAME)["version"]
    desk.git("switch", "--quiet", "main")
    desk.replace(FALLBACK, "\n", "\n\n")
    desk.land("More space")
    desk.git("switch", "--quiet", "change")
    run = kept_runs.kill(desk.folder, NAME, desk.folder / RUNS, base="main")
    assert desk.run("drill", "recover").output == f"{run}: home again; the run counts as aborted\n"
    desk.git("merge", "--quiet", "--no-edit", "main")
    [result] = results(desk)
    assert result["version"] == desk.digests(NAME)["version"] != ours
