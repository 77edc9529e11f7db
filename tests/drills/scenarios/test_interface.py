"""What all stories have in common: a file may name them, they take back what they do, and they fit their manifest."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.company import ROOT
from support.rehearsals import ALL_PASSED, STORIES, Stage, outcomes

from catalog import schemas
from catalog.engines.provision import opa_binary
from catalog.errors import UsageError
from controls.live.channel import Channel
from drills import undo
from drills.scenarios import SCENARIOS, Scenario
from drills.scenarios.interface import CROSSING

RULE = ROOT / "policies/gate/drill/undo.rego"
PAGE = ROOT / "docs/drills.md"
_ORDER = schemas.load("drill")["properties"]["scenarios"]["items"]["properties"]["scenario"]["enum"]


@contextmanager
def told(stage: Stage, story: str, **changes: object) -> Iterator[Scenario]:
    """A story that has not begun."""
    scenario = stage.scenario(story, **changes)
    with closing(scenario.rehearsal.journal):
        yield scenario


def test_the_stories_are_those_that_a_file_may_name() -> None:
    """A new one is a class, a line in the list, and a word of the schema."""
    items = schemas.load("drill")["properties"]["scenarios"]["items"]["properties"]
    assert set(items["scenario"]["enum"]) == SCENARIOS.keys() == STORIES.keys()


def test_the_page_names_every_parameter() -> None:
    """docs/drills.md tells of which stories each is, just as the schema has it."""
    items = schemas.load("drill")["properties"]["scenarios"]["items"]
    asked = {story: set(one["then"]["required"]) for story, one in zip(_ORDER, items["allOf"], strict=True)}
    page = PAGE.read_text(encoding="utf-8").partition("| Parameter | Of | Is |\n|---|---|---|\n")[2]
    told: dict[str, set[str]] = {story: set() for story in asked}
    for row in page.partition("\n\n")[0].splitlines():
        names, stories = (re.findall(r"`([\w-]+)`", cell) for cell in row.split("|")[1:3])
        for story in set(told) - set(stories) if "all but" in row else stories:
            told[story] |= set(names)
    assert told == asked


def test_points_that_answer_slowly_are_no_failure(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must be in hand when the stop comes is held for longer where the stop takes longer."""

    def slow(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (threading.Event().wait(0.25), call(*given))[1]

    monkeypatch.setattr(Channel, "ask", slow(Channel.ask))
    monkeypatch.setattr(Channel, "put", slow(Channel.put))
    assert outcomes(stage.play("late-fee-answer")) == ALL_PASSED


def test_the_rule_and_the_runner_ask_for_the_same_undos(stage: Stage, tmp_path: Path) -> None:
    """What the gate lets through, the runner plays; and the other way round."""
    command = [str(opa_binary()), "eval", "--format=raw", "--data", str(RULE), "data.countersign.gate.drill.undo.needs"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    needs = {}
    for story in SCENARIOS:
        with told(stage, story) as scenario:
            needs[story] = sorted(scenario.needs)
    assert {story: sorted(undos) for story, undos in json.loads(done.stdout).items()} == needs


@pytest.mark.parametrize("story", SCENARIOS)
def test_a_file_that_leaves_an_undo_out_is_refused(stage: Stage, story: str) -> None:
    """Whichever it is, before anything is touched."""
    with told(stage, story) as scenario:
        scenario.check()
        needs = scenario.needs
    for missing in needs:
        with told(stage, story, undo=tuple(one for one in needs if one != missing)) as scenario:
            with pytest.raises(UsageError, match=f"lists no {missing}") as refused:
                scenario.check()
            assert refused.value.solution


@pytest.mark.parametrize("story", ["bad-approval", "fake-refund-request", "late-fee-answer"])
def test_an_action_that_nobody_declares_is_refused(stage: Stage, story: str) -> None:
    """By its name, with a next step."""
    with (
        told(stage, story, parameters={"action": "no-such"}) as scenario,
        pytest.raises(UsageError, match="has no action no-such"),
    ):
        scenario.check()


def test_a_job_is_in_flight_when_the_stop_comes(stage: Stage) -> None:
    """The model holds it, and a worker has it in hand."""
    with told(stage, "late-fee-answer") as scenario:
        scenario.arm()
        [in_flight] = [name for name in scenario.canaries if "in-flight" in name]
        assert (scenario.rehearsal.asked_model(in_flight), scenario.crossing) == (True, [])
    undo.perform(stage.target, undo.CLEAR, {"prefix": scenario.rehearsal.prefix})


def test_what_a_person_released_crosses_the_stop(stage: Stage) -> None:
    """Without its release a job in flight could not act anyway: released ones come due, and the first is taken up."""
    with told(stage, "bad-approval") as scenario:
        scenario.arm()
        assert [name for name in scenario.canaries if "in-flight" in name] == []
        assert len(scenario.crossing) == CROSSING
        assert scenario.rehearsal.acted(scenario.crossing[0])
        scenario.rehearsal.until(lambda: all(map(scenario.is_over, scenario.crossing)), "all of them over")
        assert all(map(scenario.rehearsal.acted, scenario.crossing))
    undo.perform(stage.target, undo.CLEAR, {"prefix": scenario.rehearsal.prefix})
