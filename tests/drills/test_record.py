"""The record of a run: whatever happened, it fits the schema, and it says passed only when everything passed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.desk import NAME

from catalog import schemas
from catalog import workflow as workflows
from catalog.workflow import File
from drills.marks import Mark
from drills.outcomes import Outcome, Phase
from drills.plan import plan
from drills.record import Ran, predicate
from drills.result import PhaseResult, Result

Json = Any

FOLDER = Path(__file__).parents[1] / "samples/repository/workflows" / NAME
PLAN = plan(workflows.read(NAME, {path.name: File("100644", "", path.read_bytes()) for path in FOLDER.iterdir()}))
AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)

SECONDS = st.floats(0, 600)
MARKS = st.builds(Mark, st.one_of(st.none(), SECONDS), SECONDS)


def ran(*results: Result) -> Json:
    return predicate(
        Ran(
            run="20260901-120000-a1b2c3", runner="job 7", plan=PLAN, commit="a" * 40, target="sandbox",
            candidate=False, revision="r1", seq=7, opa="1.22.2", started=AT, seconds=12.5, at=AT, results=results,
        )
    )  # fmt: skip


@st.composite
def results(draw: st.DrawFn, outcomes: st.SearchStrategy[Outcome]) -> Result:
    """A scenario of which everything may be known, or nothing."""
    phases = {phase: PhaseResult(draw(st.floats(1, 600)), draw(outcomes)) for phase in Phase}
    for found in phases.values():
        if found.outcome in (Outcome.PASSED, Outcome.LATE):
            found.seconds, found.resolution = draw(SECONDS), draw(st.floats(-1e-9, 600))
    all_passed = {found.outcome for found in phases.values()} == {Outcome.PASSED}
    flag = st.just(True) if all_passed else st.booleans()
    return Result(
        draw(st.sampled_from(["late-fee-answer", "wrong-model"])), phases,
        marks=draw(st.dictionaries(st.sampled_from([f"t{number}" for number in range(10)]), MARKS)),
        seen_before=draw(flag), seen_after=not draw(flag), window=draw(st.floats(0.001, 600)), undone=draw(flag),
        steady=draw(flag),
    )  # fmt: skip


@given(st.lists(results(st.sampled_from(list(Outcome))), min_size=1, max_size=4))
def test_whatever_happened_fits_the_schema(found: list[Result]) -> None:
    """A record is written of a failure as well as of a success (T08)."""
    assert list(schemas.problems("records/drill", ran(*found))) == []


@given(st.lists(results(st.sampled_from(list(Outcome))), min_size=1, max_size=3))
def test_it_passed_only_when_everything_did(found: list[Result]) -> None:
    """One phase of one scenario is enough for the contrary (T08)."""
    said = ran(*found)
    everything = {phase.outcome for one in found for phase in one.phases.values()} == {Outcome.PASSED}
    assert (said["outcome"] == "passed") == (said["result"] == "PASSED") == (said["failedTests"] == []) == everything
    tests = {f"{one.scenario}/{phase}" for one in found for phase in Phase}
    assert sorted([*said["passedTests"], *said["failedTests"]]) == sorted(tests)


@given(results(st.just(Outcome.PASSED)))
def test_what_passed_says_how_long_it_took(found: Result) -> None:
    """Each phase by its seconds, its resolution and its budget; nothing is left out (T08)."""
    said = ran(found)
    assert (said["outcome"], said["failedTests"]) == ("passed", [])
    assert [(one["phase"], one["budget"]) for one in said["phases"]] == [
        (str(phase), found.phases[phase].budget) for phase in Phase
    ]
    assert all(one["seconds"] >= 0 and one["resolution"] >= 0 for one in said["phases"])


def test_what_did_not_run_is_there() -> None:
    """A phase after a failure is `not_run`, never absent (T08)."""
    phases = {phase: PhaseResult(10.0) for phase in Phase}
    phases[Phase.DETECT].outcome = Outcome.FAILED
    said = ran(Result("wrong-model", phases))
    assert [one["outcome"] for one in said["phases"]] == ["failed", *["not_run"] * 6]
    assert said["failedTests"] == [f"wrong-model/{phase}" for phase in Phase]
    assert (said["outcome"], said["undo"]) == ("failed", {"done": False, "steady": False})


def test_it_names_what_it_is_of() -> None:
    """The version, its way back, the drill file, the commit, the bundle and the engine."""
    said = ran(Result("wrong-model", {phase: PhaseResult(10.0) for phase in Phase}))
    workflow = PLAN.workflow
    assert (said["version"], said["rollback_digest"]) == (workflow.version, workflow.rollback_digest)
    assert said["configuration"] == [{"name": PLAN.file, "digest": {"sha256": PLAN.digest}}]
    assert (said["commit"], said["bundle"], said["opa"]) == ("a" * 40, {"revision": "r1", "seq": 7}, "1.22.2")


def test_a_story_that_is_played_twice_passed_when_both_did() -> None:
    """On two actions, as a drill file may ask: it is one test of that name."""
    both = [Result("wrong-model", {phase: PhaseResult(10.0) for phase in Phase}) for _ in range(2)]
    for one in both:
        one.phases[Phase.DETECT].outcome = Outcome.PASSED
    both[0].phases[Phase.STOP].outcome = Outcome.PASSED
    said = ran(*both)
    assert said["passedTests"] == ["wrong-model/detect"]
    assert "wrong-model/stop" in said["failedTests"]


def test_several_scenarios_count_as_the_least_of_them() -> None:
    """The shortest window, every undo, and any canary that acted."""
    both = [Result("wrong-model", {phase: PhaseResult(10.0) for phase in Phase}) for _ in range(2)]
    for one in both:
        one.phases[Phase.DETECT].outcome = Outcome.PASSED
    both[0].window, both[1].window = 30.0, 10.0
    both[0].undone = both[0].steady = both[0].seen_before = both[1].seen_after = True
    said = ran(*both)
    assert said["silence"] == {"seen_before": False, "seen_after": True, "window": 10.0}
    assert said["undo"] == {"done": False, "steady": False}


def test_what_was_not_come_to_left_nothing_undone() -> None:
    """Ctrl-C in the first scenario, which came home: the second did nothing that anybody would have to take back."""
    first, second = (Result("wrong-model", {phase: PhaseResult(10.0) for phase in Phase}) for _ in range(2))
    first.phases[Phase.DRAIN].outcome = Outcome.ABORTED
    first.undone = first.steady = first.seen_before = True
    said = ran(first, second)
    assert (said["outcome"], said["undo"]) == ("aborted", {"done": True, "steady": True})
    assert said["silence"] == {"seen_before": True, "seen_after": False, "window": 0.0}
    assert ran(second)["undo"] == {"done": True, "steady": False}
