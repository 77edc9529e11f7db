"""A run is what its record says, typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.drill_runs import BUDGETS, MARKS, run, said
from support.records import NOW

from catalog import schemas
from catalog.records.statement import Kind, make_statement
from drills.publish.runs import OUTCOMES, PHASES, Mark, Source, run_of


def test_every_phase_and_mark_is_read() -> None:
    """Each scenario has its own phases in order, with budgets, and its own marks."""
    found = run(scenarios=("bad-approval", "late-fee-answer"))
    assert [scenario.name for scenario in found.scenarios] == ["bad-approval", "late-fee-answer"]
    for scenario in found.scenarios:
        assert {name: phase.budget for name, phase in scenario.phases.items()} == BUDGETS
        assert {name: mark.first_good for name, mark in scenario.marks.items()} == MARKS


def test_words_are_those_of_the_schema() -> None:
    """Outcomes and phases are named here as the record's schema names them."""
    schema = schemas.load("records/drill")
    assert list(OUTCOMES) == schema["$defs"]["outcome"]["enum"]
    assert list(PHASES) == schema["properties"]["phases"]["items"]["properties"]["phase"]["enum"]


def test_a_polled_mark_is_an_interval() -> None:
    """Its resolution is what lies between seen not yet and seen true; one that was not polled has none."""
    assert Mark(last_bad=1.0, first_good=1.25).resolution == 0.25
    assert Mark(last_bad=None, first_good=1.25).resolution == 0


def test_a_scenario_that_is_only_named_by_its_phases_is_not_lost() -> None:
    """What ran is shown, even if the list of scenarios forgot it; it ended as the run did."""
    told = said(scenarios=("bad-approval", "late-fee-answer"), outcomes={"stop": "failed"})
    told["scenarios"] = told["scenarios"][:1]
    found = run_of(make_statement(Kind.DRILL, told), Source.RECORD)
    assert [(scenario.name, scenario.outcome) for scenario in found.scenarios][1] == ("late-fee-answer", "failed")


def test_a_scenario_that_is_played_twice_is_told_twice() -> None:
    """On two actions, say: the second does not hide what the first came to."""
    told = said(scenarios=("late-fee-answer", "late-fee-answer"), outcomes={"stop": "failed"})
    told["scenarios"][1]["outcome"] = "passed"
    for one in told["phases"][len(PHASES) :]:
        one["outcome"] = "passed"
    told["marks"] = [one for one in told["marks"] if one["mark"] != "t4"]
    told |= {key: sorted({*told[key]}) for key in ("passedTests", "failedTests")}
    first, second = run_of(make_statement(Kind.DRILL, told), Source.RECORD).scenarios
    assert (first.name, first.outcome) == ("late-fee-answer", "failed")
    assert (second.name, second.outcome) == ("late-fee-answer (2)", "passed")
    assert (first.phases["stop"].outcome, second.phases["stop"].outcome) == ("failed", "passed")
    assert set(first.marks) == set(second.marks) == {*MARKS} - {"t4"}


@pytest.mark.parametrize("path", ["", "billing-replies/drill/20260901T120000.000Z-0123456789ab.dsse.json"])
def test_names_may_stand_in_a_path(path: str) -> None:
    """A run's name is its record's, or made of its moment; whatever a run calls itself, it leads nowhere else."""
    name = run(path=path, run="..").name
    assert name.startswith("20260901T120000")
    assert not set("/.\\") & set(name.replace(".000Z", ""))


def test_names_differ() -> None:
    """Two runs of one moment, and one run of two moments, have names of their own."""
    runs = [run(run="a"), run(run="b"), run(run="a", at=NOW + timedelta(milliseconds=1))]
    assert len({one.name for one in runs}) == 3
