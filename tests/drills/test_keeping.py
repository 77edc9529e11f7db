"""Whoever drills keeps the points: open while the run lasts, rid of what it undid, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.desk import NAME
from support.rehearsals import Stage

from catalog.errors import SourceError
from controls.keeper.keep import Round
from controls.live.presence import presences
from drills.keeping import Keeping


@pytest.fixture
def stopped(stage: Stage) -> Iterator[str]:
    """A stop at every point: where it lies."""
    scenario = stage.scenario("late-fee-answer")
    with closing(scenario.rehearsal.journal):
        list(scenario.stop())
    ((_, given),) = scenario.rehearsal.registered
    yield given["paths"][0]
    stage.target.keeping.lift(given["paths"])


def held(stage: Stage) -> list[set[str]]:
    return [{path for path, _ in presences(one)} for one in stage.target.held().values() if one]


def lifts(stage: Stage, path: str) -> bool:
    try:
        stage.target.keeping.lift([path])
    except SourceError:
        return False
    return True


def test_a_round_keeps_every_point_open(stage: Stage) -> None:
    """For one more lease."""
    made = stage.target.keeping.round()
    assert (sorted(made.renewed), made.closed) == (["sandbox-1", "sandbox-2"], {})
    question = {"workflow": NAME, "action": "late-fee-question", "version": stage.plan.workflow.version}
    said = stage.target.decisions({**question, "caller": stage.target.application})
    assert [one["go"] for one in said.values() if one] == [True, True]


def test_a_round_lifts_nothing_by_itself(stage: Stage, stopped: str) -> None:
    """A stop stays until the run takes it back."""
    stage.target.keeping.round()
    assert held(stage) == [{stopped}, {stopped}]


def test_what_is_lifted_goes_from_every_point(stage: Stage, stopped: str) -> None:
    """And does not come back with the next round."""
    stage.target.keeping.lift([stopped])
    stage.target.keeping.round()
    assert held(stage) == [set(), set()]


def test_a_point_that_cannot_be_reached_is_named(stage: Stage, stopped: str) -> None:
    """What was lifted at the others alone was not lifted."""
    assert stage.box
    hung = stage.box.points[1]
    hung.hang()
    try:
        with pytest.raises(SourceError, match="sandbox-2"):
            stage.target.keeping.lift([stopped])
    finally:
        hung.go_on()
    stage.target.keeping.lift([stopped])
    assert held(stage) == [set(), set()]


def test_a_point_that_is_not_asked_any_more_is_named(stage: Stage, stopped: str) -> None:
    """One that hung for some rounds is left out of the next ones: nothing was lifted there all the same (T16)."""
    assert stage.box
    hung = stage.box.points[1]
    rounds: list[Round] = []
    hung.hang()
    try:
        while not rounds or rounds[-1].closed:
            rounds.append(stage.target.keeping.round())
        for _ in range(3):
            with pytest.raises(SourceError, match="sandbox-2"):
                stage.target.keeping.lift([stopped])
    finally:
        hung.go_on()
    while not lifts(stage, stopped):
        pass  # it is asked again after some rounds
    assert held(stage) == [set(), set()]


def test_it_can_be_closed_before_it_began_and_twice(stage: Stage, tmp_path: Path) -> None:
    """A run that fails at its start leaves nothing running."""
    declared = stage.target.keeping._keeper._declared
    keeping = Keeping(declared, "drill", tmp_path, "token", tmp_path / "keeper.jsonl")
    keeping.close()
    with (tmp_path / "other").open("w") as other:  # it has the number that the journal's file had
        keeping.close()
        other.write("x")
