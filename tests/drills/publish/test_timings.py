"""Each published time goes from one mark to another, and is counted as what it is."""

from __future__ import annotations

from typing import Any

import pytest
from support.drill_runs import MARKS, run, said

from catalog.records.statement import Kind, make_statement
from drills.publish.runs import Run, Source, run_of
from drills.publish.timings import MEASURES, Standing, Timing, timing

Json = Any


def measured(run: Run, within: float | None = 300) -> dict[str, Timing]:
    """All five, by phase."""
    return {measure.phase: timing(run, measure, within) for measure in MEASURES}


def test_times_go_from_mark_to_mark() -> None:
    """Stop t4-t3, drain t7-t3, mitigate t6-t2, notify t8-t3, restore t9-t0."""
    at = MARKS
    expected = {
        "stop": at["t4"] - at["t3"], "drain": at["t7"] - at["t3"], "mitigate": at["t6"] - at["t2"],
        "notify": at["t8"] - at["t3"], "restore": at["t9"] - at["t0"],
    }  # fmt: skip
    assert {phase: found.seconds for phase, found in measured(run()).items()} == pytest.approx(expected)


def test_budgets_are_the_phases_own_but_for_the_whole_way_back() -> None:
    """The time to restore stands against what the manifest promises; without a promise there is no budget."""
    assert {phase: found.budget for phase, found in measured(run()).items()} == {
        "stop": 10, "drain": 60, "mitigate": 120, "notify": 60, "restore": 300,
    }  # fmt: skip
    assert measured(run(), None)["restore"].budget is None


def test_the_resolution_is_that_of_both_marks() -> None:
    """A time may be off by what either of its marks may be off."""
    assert measured(run())["stop"].resolution == pytest.approx(0.05)
    assert measured(run())["notify"].resolution == 0


@pytest.mark.parametrize(
    "fields, standing, seconds",
    [
        ({}, Standing.MET, 5.4),
        ({"marks": {"t7": 62.2}}, Standing.OVER, 60.1),
        ({"marks": {"t7": 62.1}}, Standing.MET, 60.0),
        ({"outcomes": {"drain": "late"}}, Standing.OVER, 5.4),
        ({"outcomes": {"drain": "late"}, "marks": {"t7": None}}, Standing.OVER, None),
        ({"outcomes": {"drain": "failed"}}, Standing.FAILED, None),
        ({"outcomes": {"drain": "inconclusive"}}, Standing.NOT_RUN, None),
        ({"outcomes": {"drain": "aborted"}}, Standing.NOT_RUN, None),
        ({"outcomes": {"drain": "undo_failed"}}, Standing.FAILED, None),
        ({"outcomes": {"drain": "not_run"}, "outcome": "failed"}, Standing.NOT_RUN, None),
        ({"marks": {"t7": None}}, Standing.NOT_RUN, None),
        ({"marks": {"t3": 9.0}}, Standing.NOT_RUN, None),
    ],
)  # fmt: skip
def test_no_data_is_never_good(fields: Json, standing: Standing, seconds: float | None) -> None:
    """Only a passed phase with both marks, within budget, is met; one without marks counts as not run."""
    found = measured(run(**fields))["drain"]
    assert found.standing is standing
    assert found.seconds == pytest.approx(seconds) if seconds else found.seconds is None


def test_the_worst_scenario_counts() -> None:
    """Of several scenarios the slowest is told; one that failed outweighs all that did not."""
    told = said(scenarios=("bad-approval", "late-fee-answer"))
    slow = next(one for one in told["marks"] if one["scenario"] == "late-fee-answer" and one["mark"] == "t4")
    slow["first_good"] = 8.1
    assert measured(_run(told))["stop"].seconds == pytest.approx(6.0)
    told = said(scenarios=("bad-approval", "late-fee-answer"), outcomes={"stop": "failed"})
    told["phases"][2]["outcome"] = "passed"
    assert measured(_run(told))["stop"].standing is Standing.FAILED


def test_a_phase_that_is_absent_did_not_run() -> None:
    """A record with one phase says nothing about the others."""
    told = said()
    told["phases"] = [one for one in told["phases"] if one["phase"] == "stop"]
    assert {phase: found.standing for phase, found in measured(_run(told)).items() if found.standing} == dict.fromkeys(
        ("drain", "mitigate", "notify", "restore"), Standing.NOT_RUN
    )


def _run(told: Json) -> Run:
    return run_of(make_statement(Kind.DRILL, told), Source.RECORD)
