"""The steady state: each probe passes where it holds, and says what it missed where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from functools import partialmethod
from typing import Any

import pytest
from support.rehearsals import Stage

from catalog import schemas
from drills import probes, undo
from drills.marks import Disproved
from drills.rehearsal import Rehearsal, Unseen
from drills.scenarios import SCENARIOS, Scenario

Json = Any

PROBES = schemas.load("drill")["$defs"]["probes"]["items"]["enum"]
PATIENCE = 0.3


@pytest.fixture
def scenario(stage: Stage) -> Iterator[Scenario]:
    """One that stops one action, and that has not begun."""
    found = stage.scenario("late-fee-answer")
    found.rehearsal.effects_from = stage.target.office.count()
    with closing(found.rehearsal.journal):
        yield found
    undo.perform(stage.target, undo.CLEAR, {"prefix": found.rehearsal.prefix})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come in a moment does not come."""
    until = Rehearsal.until
    monkeypatch.setattr(Rehearsal, "until", partialmethod(lambda self, holds, what, **_: until(self, holds, what, 0.3)))


def prove(name: str, scenario: Scenario) -> None:
    probes.prove(name, scenario.rehearsal, scenario)


def told(scenario: Scenario, **manifest: Json) -> Scenario:
    """The same with a manifest that says something else."""
    rehearsal = scenario.rehearsal
    workflow = deepcopy(rehearsal.plan.workflow)
    workflow.manifest.update(manifest)
    found = replace(rehearsal, plan=replace(rehearsal.plan, workflow=workflow))
    return SCENARIOS["late-fee-answer"](found)


def test_every_probe_that_a_file_may_name_is_there() -> None:
    """And none that it may not."""
    assert set(PROBES) == probes._PROBES.keys()


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_holds_in_the_steady_state(scenario: Scenario, name: str) -> None:
    """Nothing is stopped, and everybody works."""
    prove(name, scenario)


@pytest.mark.usefixtures("impatient")
def test_points_that_refuse_are_seen(scenario: Scenario) -> None:
    """A version that does not run there is not steady."""
    changed = told(scenario)
    changed.rehearsal.plan.workflow.version = f"h1:{'A' * 43}="
    with pytest.raises(Unseen, match="every point letting"):
        prove("points-answer", changed)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["live-version-acts", "queue-drains", "fallback-open"])
def test_workers_that_do_not_work_are_seen(stage: Stage, scenario: Scenario, name: str) -> None:
    """A queue that nobody looks at proves nothing."""
    assert stage.box
    scenario.rehearsal.put("steady", "late-fee-question", not_before=4e9)
    for worker in stage.box.workers:
        worker.hang()
    try:
        with pytest.raises(Unseen):
            prove(name, scenario)
    finally:
        for worker in stage.box.workers:
            worker.go_on()


def test_a_fallback_without_steps_is_seen(scenario: Scenario) -> None:
    """Nobody could follow it."""
    assert scenario.rehearsal.plan.workflow.fallback
    changed = told(scenario)
    changed.rehearsal.plan.workflow.fallback["steps"] = 0  # type: ignore[index]
    with pytest.raises(Unseen, match="no numbered steps"):
        prove("fallback-open", changed)


def test_where_nothing_is_released_by_name_no_approval_holds(scenario: Scenario) -> None:
    """A probe of nothing proves nothing."""
    actions = [{"name": "late-fee-question", "effect": "draft", "release": "review"}]
    with pytest.raises(Unseen, match="needs a named release"):
        prove("approvals-hold", told(scenario, actions=actions))
    with pytest.raises(Unseen, match="no other one"):
        prove("others-go-on", told(scenario, actions=actions))


def test_a_request_that_was_paid_is_seen(scenario: Scenario) -> None:
    """By its name among what left the house."""
    rehearsal = scenario.rehearsal
    paid = rehearsal.put("request", "late-fee-question")
    rehearsal.until(lambda: rehearsal.acted(paid), f"{paid} acting")
    with pytest.raises(Disproved, match="was paid"):
        prove("nothing-paid", scenario)


def test_a_canary_that_acted_is_seen(scenario: Scenario) -> None:
    """The old version is not silent then."""
    rehearsal = scenario.rehearsal
    scenario.canaries.append(rehearsal.put("canary", "late-fee-question"))
    rehearsal.until(lambda: rehearsal.acted(scenario.canaries[0]), "the canary acting")
    with pytest.raises(Disproved, match="acted after the stop"):
        prove("old-version-silent", scenario)


@pytest.mark.usefixtures("impatient")
def test_a_message_that_is_lost_is_seen(stage: Stage, scenario: Scenario) -> None:
    """Who is told and does not hear it was not told."""
    port = stage.target.team.port
    port.call("PUT", "/control", {"losing": True})
    try:
        with pytest.raises(Unseen, match="a message in"):
            prove("team-reachable", scenario)
    finally:
        port.call("PUT", "/control", {"losing": False})
