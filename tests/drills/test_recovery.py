"""Recovery, from the journal alone: what is still to be undone, in which order, and as what the run is told."""

from __future__ import annotations

import shutil
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support import kept_runs, rehearsals, yaml_text
from support.desk import NAME

from catalog import schemas
from catalog import workflow as workflows
from catalog.errors import SourceError, UsageError
from catalog.workflow import File
from drills import kept, recovery, undo
from drills.evidence import statement
from drills.journal import Journal, read
from drills.marks import Disproved
from drills.outcomes import Phase
from drills.phases import Phases
from drills.plan import Plan, plan
from drills.recovery import left, recover
from drills.rehearsal import Unseen
from drills.targets.target import Target

Json = Any

FOLDER = Path(__file__).parents[1] / "samples/repository/workflows" / NAME
RUN = "20260901-120000-a1b2c3"
BEGUN = {
    "run": RUN, "workflow": NAME, "target": "staging", "commit": "a" * 40, "runner": "job 7", "candidate": False,
    "revision": "r1", "seq": 7, "opa": "1.22.2", "started": "2026-09-01T12:00:00+00:00",
}  # fmt: skip
COUNTED = SimpleNamespace(count=lambda: 0)
TARGET = cast(Target, SimpleNamespace(let_go=lambda: None, secrets=frozenset(), office=COUNTED, model=COUNTED))


def planned(*stories: str) -> Plan:
    files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    files["drill.yaml"] = yaml_text.dump(rehearsals.document(*stories)).encode()
    return plan(workflows.read(NAME, {name: File("100644", "", content) for name, content in files.items()}))


PLAN = planned("wrong-model", "late-fee-answer")


def killed(folder: Path, *entries: tuple[str, Json], run: str = RUN) -> None:
    """The journal of a run that ended after these lines."""
    with closing(Journal(folder / run, iter(range(1000)).__next__)) as journal:
        journal.write("run_begins", **{**BEGUN, "run": run, "drill": PLAN.digest})
        for event, fields in entries:
            journal.write(event, **fields)


def scenario(name: str) -> tuple[str, Json]:
    (played,) = [one for one in PLAN.played if one.scenario == name]
    return "scenario_begins", {"scenario": name, "undo": list(played.undo)}


def registered(name: str, **given: Json) -> tuple[str, Json]:
    return "undo_registered", {"undo": name, "given": given}


def undone(name: str, **given: Json) -> tuple[str, Json]:
    return "undone", {"undo": name, "given": given}


def begins(phase: str) -> tuple[str, Json]:
    return "phase_begins", {"phase": phase, "budget": 10.0}


def ended(phase: str, outcome: str = "passed") -> tuple[str, Json]:
    return "phase_ended", {"phase": phase, "outcome": outcome, "seconds": 1.0, "resolution": 0.1, "why": ""}


def through(*phases: str) -> list[tuple[str, Json]]:
    return [entry for phase in phases for entry in (begins(phase), ended(phase))]


@pytest.fixture(autouse=True)
def proved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Before what the steady state is proved again: whose practice jobs; and it is steady."""
    prefixes: list[str] = []

    def prove_steady(self: Phases) -> None:
        prefixes.append(self._rehearsal.prefix)

    monkeypatch.setattr(Phases, "prove_steady", prove_steady)
    return prefixes


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is undone, in its order."""
    names: list[str] = []
    monkeypatch.setattr(undo, "perform", lambda target, name, given: names.append(name))
    return names


def recovered(folder: Path, target: Target | None = TARGET) -> Json:
    (found,) = left(folder)
    said = recover(found, PLAN, nullcontext(target))
    assert list(schemas.problems("records/drill", said)) == []
    return said


@pytest.mark.usefixtures("performed")
@pytest.mark.parametrize(
    ("entries", "phases"),
    [
        ([], ["aborted", *["not_run"] * 5, "aborted"]),
        ([scenario("wrong-model")], ["aborted", *["not_run"] * 5, "aborted"]),
        ([scenario("wrong-model"), begins("detect")], ["aborted", *["not_run"] * 5, "aborted"]),
        ([scenario("wrong-model"), *through("detect")], ["passed", "aborted", *["not_run"] * 4, "aborted"]),
        ([scenario("wrong-model"), *through("detect"), begins("acknowledge"), ended("acknowledge", "failed")],
         ["passed", "failed", "aborted", *["not_run"] * 3, "aborted"]),
        ([scenario("wrong-model"), *through("detect"), begins("acknowledge"), ended("acknowledge", "failed"),
          begins("restore")], ["passed", "failed", *["not_run"] * 4, "aborted"]),
    ],
)  # fmt: skip
def test_a_killed_run_was_aborted_where_it_was(
    tmp_path: Path, entries: list[tuple[str, Json]], phases: list[str]
) -> None:
    """In the middle of a phase or between two; it never counts as passed, or as merely left out (T08)."""
    killed(tmp_path, *entries)
    said = recovered(tmp_path)
    assert (said["outcome"], said["result"]) == ("aborted", "FAILED")
    assert [one["outcome"] for one in said["phases"]][:7] == phases
    assert [one["outcome"] for one in said["phases"]][7:] == ["not_run"] * 7


@pytest.mark.usefixtures("performed")
def test_after_its_last_phase_it_did_not_end_either(tmp_path: Path) -> None:
    """Nobody wrote down what it came to (T08)."""
    phases = [str(phase) for phase in Phase]
    killed(tmp_path, *(entry for name in ("wrong-model", "late-fee-answer")
                       for entry in (scenario(name), *through(*phases))))  # fmt: skip
    said = recovered(tmp_path)
    assert (said["outcome"], said["scenarios"][0]["outcome"]) == ("aborted", "passed")


def test_the_steady_state_is_proved_again(tmp_path: Path, performed: list[str], proved: list[str]) -> None:
    """Once, for the scenario that was under way, after the undo; its jobs go away with those of the scenario."""
    killed(tmp_path, scenario("wrong-model"), registered("restore-model", x=1))
    said = recovered(tmp_path)
    assert (said["outcome"], said["undo"]) == ("aborted", {"done": True, "steady": True})
    assert [prefix.rpartition("-")[0] for prefix in proved] == ["drill-a1b2c3-1-home"]
    assert performed == ["restore-model", undo.CLEAR]


@pytest.mark.usefixtures("performed")
def test_a_target_that_is_not_steady_is_not_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything was taken back, and it does not work as before (T08): it stays on the list, and others wait."""
    said_why = iter([Unseen("no job acted"), Disproved("it ran on another model"), None])

    def prove_steady(_: Phases) -> None:
        if (why := next(said_why)) is not None:
            raise why

    monkeypatch.setattr(Phases, "prove_steady", prove_steady)
    let_go: list[bool] = []
    target = cast(
        Target, SimpleNamespace(let_go=lambda: let_go.append(True), secrets=frozenset(), office=COUNTED, model=COUNTED)
    )
    killed(tmp_path, scenario("wrong-model"), registered("restore-model", x=1))
    for why in ("not steady: no job acted", "not steady: it ran on another model"):
        assert recovered(tmp_path, target)["outcome"] == "undo_failed"
        assert (read(tmp_path / RUN)[-1]["failures"], let_go) == ([why], [])
    assert recovered(tmp_path, target)["outcome"] == "aborted"
    assert let_go == [True]


def test_what_is_pending_is_done_in_the_file_s_order(tmp_path: Path, performed: list[str]) -> None:
    """Whatever order it was registered in; and what was done before is not done again; practice jobs go last."""
    killed(
        tmp_path, scenario("wrong-model"), registered("remove-canary", prefix="c"), registered("restore-model", x=1),
        registered("restore-version", paths=[]), registered("restore-version", paths=["a"]),
        undone("restore-version", paths=[]),
    )  # fmt: skip
    recovered(tmp_path)
    assert performed == ["restore-version", "restore-model", "remove-canary", undo.CLEAR]


def test_a_scenario_that_came_home_is_left_alone(tmp_path: Path, performed: list[str]) -> None:
    """Only what the one that was under way registered is undone."""
    killed(
        tmp_path, scenario("wrong-model"), registered("restore-model", x=1), undone("restore-model", x=1),
        undone(undo.CLEAR, prefix="drill-a1b2c3-1"), scenario("late-fee-answer"), registered("resume-action", paths=[]),
    )  # fmt: skip
    recovered(tmp_path)
    assert performed == ["resume-action", undo.CLEAR]


@pytest.mark.usefixtures("performed")
def test_its_time_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Another process has another clock, and must not make the run longer than it was."""
    killed(tmp_path, scenario("wrong-model"), begins("detect"))
    assert recovered(tmp_path)["seconds"] == 2.0
    times = [one["t"] for one in read(tmp_path / RUN)]
    assert times[:3] == [0, 1, 2]
    assert 2 <= times[3] <= times[-1] < 60


@pytest.mark.usefixtures("performed")
def test_it_ended_when_it_was_killed(tmp_path: Path) -> None:
    """A run that is brought home on another day is signed as of the day on which it ended."""
    killed(tmp_path, scenario("wrong-model"), begins("detect"))
    said = recovered(tmp_path)
    assert said["at"] == "2026-09-01T12:00:02.000Z"
    run = kept.read(tmp_path / RUN)
    assert run
    found = kept_runs.read(PLAN.workflow, document={"revision": "r1", "seq": 7, "candidate": False})
    made = statement(run, found, "staging", datetime(2026, 9, 3, 12, 0, tzinfo=UTC))
    assert made.predicate["outcome"] == "aborted"


@pytest.mark.usefixtures("performed")
def test_it_is_recovered_once(tmp_path: Path) -> None:
    """Then nothing is left of it, and its journal says so."""
    killed(tmp_path, scenario("wrong-model"))
    recovered(tmp_path)
    assert list(left(tmp_path)) == []
    assert read(tmp_path / RUN)[-1]["event"] == "recovered"


def test_two_that_look_at_once_bring_it_home_once(tmp_path: Path, performed: list[str]) -> None:
    """The second finds another journal than it read, or none: it touches nothing, and leaves nothing."""
    killed(tmp_path, scenario("wrong-model"))
    (first,), (second,) = left(tmp_path), left(tmp_path)
    recover(first, PLAN, nullcontext(TARGET))
    with pytest.raises(UsageError, match="is not as it was left"):
        recover(second, PLAN, nullcontext(TARGET))
    shutil.rmtree(tmp_path / RUN)  # it was put on record
    with pytest.raises(UsageError, match="is not as it was left"):
        recover(second, PLAN, nullcontext(TARGET))
    assert (performed, list(tmp_path.iterdir())) == ([undo.CLEAR], [])


@pytest.mark.usefixtures("performed")
def test_what_was_never_played_was_not_proved(tmp_path: Path) -> None:
    """T08: nothing was looked at, so the record does not say that the steady state holds."""
    killed(tmp_path)
    assert recovered(tmp_path)["undo"] == {"done": True, "steady": False}


def test_what_cannot_be_undone_is_told_and_tried_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that is not home stays on the list until it is."""
    down = [True]

    def perform(target: Target, name: str, given: Json) -> None:
        if down[0] and name == "restore-model":
            raise SourceError("the model does not answer")

    monkeypatch.setattr(undo, "perform", perform)
    monkeypatch.setattr(recovery, "PATIENCE", 0.0)
    killed(tmp_path, scenario("wrong-model"), registered("restore-model", x=1), registered("restore-version", paths=[]))
    said = recovered(tmp_path)
    assert (said["outcome"], said["undo"]["done"]) == ("undo_failed", False)
    assert read(tmp_path / RUN)[-1]["failures"] == ["restore-model: the model does not answer"]
    down[0] = False
    said = recovered(tmp_path)
    assert (said["outcome"], said["undo"]["done"]) == ("aborted", True)
    assert list(left(tmp_path)) == []


def test_a_run_that_ended_without_coming_home_is_left_as_well(tmp_path: Path, performed: list[str]) -> None:
    """It needs somebody to bring it home, as a killed one does."""
    killed(
        tmp_path, scenario("wrong-model"), registered("restore-model", x=1), begins("restore"),
        ended("restore", "undo_failed"), ("scenario_ended", {"outcome": "undo_failed"}),
        ("run_ended", {"outcome": "undo_failed"}),
    )  # fmt: skip
    assert recovered(tmp_path)["outcome"] == "aborted"
    assert performed == ["restore-model", undo.CLEAR]


@pytest.mark.parametrize("outcome", ["passed", "failed", "late", "inconclusive", "aborted", "not_run"])
def test_a_run_that_ended_at_home_is_not_left(tmp_path: Path, outcome: str) -> None:
    """Whatever it came to."""
    killed(tmp_path, scenario("wrong-model"), ("run_ended", {"outcome": outcome}))
    assert list(left(tmp_path)) == []


def test_the_newest_is_brought_home_first(tmp_path: Path) -> None:
    """It began in what the earlier one had left, and goes back to that."""
    runs = ["20260901-120000-aaaaaa", "20260901-130000-bbbbbb"]
    for run in runs:
        killed(tmp_path, scenario("wrong-model"), run=run)
    assert [one.folder.name for one in left(tmp_path)] == runs[::-1]


def test_without_a_target_there_is_nothing_to_undo(tmp_path: Path, performed: list[str]) -> None:
    """A sandbox went with its run."""
    killed(tmp_path, scenario("wrong-model"), registered("restore-model", x=1))
    assert (recovered(tmp_path, None)["outcome"], performed) == ("aborted", [])


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path, performed: list[str]) -> None:
    """Who still holds its journal undoes it himself."""
    killed(tmp_path, scenario("wrong-model"), registered("restore-model", x=1))
    (found,) = left(tmp_path)
    with closing(Journal(tmp_path / RUN, float)), pytest.raises(UsageError, match="still running"):
        recover(found, PLAN, nullcontext(TARGET))
    assert performed == []
