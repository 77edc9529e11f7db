"""What a run says of silence: from when to when it was watched, and what was seen in it."""

from __future__ import annotations

import pytest
from support.drill_runs import MARKS, run
from support.records import NOW

from catalog.records.statement import Kind, make_statement
from drills.publish.runs import Scenario, Source, run_of
from drills.publish.silence import silence

WHY = "the canary drill-abcdef-1-canary-cached-2 acted after the stop"


def ended(outcome: str, why: str = "") -> Scenario:
    """A scenario that came as far as `drain`, which ended so."""
    said = dict(run(at=NOW, outcomes={"drain": outcome, "notify": "not_run"}, marks={"t7": None, "t8": None}).said)
    said["phases"] = [{**one, "why": why} if why and one["phase"] == "drain" else one for one in said["phases"]]
    return run_of(make_statement(Kind.DRILL, said), Source.RECORD).scenarios[0]


@pytest.mark.parametrize("outcome", ["passed", "late"])
def test_silence_that_held(outcome: str) -> None:
    """From the last act on, for as long as it was watched; a late drain was silent in the end."""
    found = silence(run(outcomes={"drain": outcome}).scenarios[0], 3.0)
    assert (found.begin, found.end, found.kept) == (MARKS["t7"], MARKS["t7"] + 3.0, True)
    assert found.told(1.0) == "was watched from 6.50 s to 9.50 s: nothing of the old version acted"
    assert found.short(1.0) == "6.50 s\N{EN DASH}9.50 s: nothing acted"


def test_a_window_of_unknown_length() -> None:
    """A record tells the shortest window of its scenarios: where that is none, no end is made up."""
    assert silence(run().scenarios[0], 0.0).told() == "was watched from 7.50 s on: nothing of the old version acted"


@pytest.mark.parametrize(("outcome", "told", "short"), [
    ("failed", "was watched from 2.20 s on, and was broken", "2.20 s on: broken"),
    ("inconclusive", "was watched from 2.20 s on, and could not be proved", "2.20 s on: not proved"),
    ("aborted", "was watched from 2.20 s on, until the run was ended", "2.20 s on: ended"),
])  # fmt: skip
def test_silence_that_did_not_hold(outcome: str, told: str, short: str) -> None:
    """From the last refusal on; how it ended, and why."""
    found = silence(ended(outcome, WHY), 1.0)
    assert (found.end, found.kept) == (None, False)
    assert (found.told(), found.short()) == (f"{told}: {WHY}", short)


def test_silence_that_was_not_watched() -> None:
    """A run that did not come so far says nothing of it."""
    for scenario in (
        run(outcomes={"mitigate": "failed", "drain": "not_run"}).scenarios[0],
        run(outcomes={"stop": "failed"}, marks={"t4": None, "t7": None}).scenarios[0],
    ):
        found = silence(scenario, 0.0)
        assert found.told() == "was not watched: the run did not come so far"
        assert (found.short(), found.kept) == ("not watched", False)
