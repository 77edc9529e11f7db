"""Undo: each step is taken back from what was written down, by any process, and as often as anybody likes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from support.desk import NAME
from support.rehearsals import Stage

from catalog import schemas
from catalog.errors import SourceError
from controls.live.presence import presences
from controls.watch import stopping
from drills import undo
from drills.rehearsal import Rehearsal
from drills.targets.ports import HttpPort, Limits
from drills.targets.services import Office
from drills.targets.target import Published, Target

Json = Any

_names = itertools.count()


@pytest.fixture
def rehearsal(stage: Stage) -> Iterator[Rehearsal]:
    """A scenario that has not begun; whatever a test puts in goes with it."""
    found = stage.rehearsal("late-fee-answer")
    with closing(found.journal):
        yield replace(found, prefix=f"drill-undo-{next(_names)}")
    undo.perform(stage.target, undo.CLEAR, {"prefix": "drill-undo-"})


def held(target: Target) -> list[str]:
    """The presences at all points."""
    return sorted({path for one in target.held().values() if one for path, _ in presences(one)})


def again_and_again(target: Target, name: str, given: Json) -> None:
    """What is home already stays as it is."""
    undo.perform(target, name, given)
    undo.perform(target, name, given)


def test_every_undo_that_a_file_may_name_can_be_done() -> None:
    """The drill file's words and the runner's are the same, but for the runner's own."""
    scenarios = schemas.load("drill")["properties"]["scenarios"]["items"]["properties"]
    assert {*scenarios["undo"]["items"]["enum"], undo.CLEAR} == undo._WORKS.keys()


@pytest.mark.parametrize("name", ["close-request", "remove-canary", "void-approvals", undo.CLEAR])
def test_jobs_go_wherever_they_are(rehearsal: Rehearsal, name: str) -> None:
    """Waiting, with people, finished or done; those of another name stay."""
    target = rehearsal.target
    waiting = rehearsal.put("mine", "late-fee-question", not_before=4e9)
    people, done = rehearsal.put("mine", "nothing-such"), rehearsal.put("mine", "late-fee-question")
    other = rehearsal.put("other", "late-fee-question", not_before=4e9)
    rehearsal.until(
        lambda: (rehearsal.place(people), rehearsal.place(done)) == ("people", "done"), "all at their place"
    )
    again_and_again(target, name, {"prefix": f"{rehearsal.prefix}-mine"})
    assert [rehearsal.place(one) for one in (waiting, people, done)] == ["", "", ""]
    assert rehearsal.place(other) == "inbox"


def test_a_job_in_hand_is_waited_for(rehearsal: Rehearsal) -> None:
    """The worker finishes it; then it goes."""
    name = rehearsal.put("mine", "late-fee-question", text="Practice: [answer after 300 ms]")
    rehearsal.until(lambda: rehearsal.place(name) == "at-work", "the job in hand")
    undo.perform(rehearsal.target, undo.CLEAR, {"prefix": rehearsal.prefix})
    assert rehearsal.target.office.jobs(rehearsal.prefix) == {}


def test_a_job_that_nobody_lets_go_is_told(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that hangs on to it does not hold the runner for ever."""
    monkeypatch.setattr(undo, "_PATIENCE", 0.1)
    name = rehearsal.put("mine", "late-fee-question", text="Practice: [answer after 1500 ms]")
    rehearsal.until(lambda: rehearsal.place(name) == "at-work", "the job in hand")
    with pytest.raises(SourceError, match=r"1 practice jobs are still there \(at-work\)"):
        undo.perform(rehearsal.target, undo.CLEAR, {"prefix": rehearsal.prefix})


@pytest.mark.parametrize("status", [200, 404, 409])
def test_a_job_that_does_not_go_is_told(stage: Stage, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that removes nothing that is done, whatever it answers, does not hold the runner for ever."""

    class Keeping:
        def call(self, method: str, path: str, body: Json = None) -> Json:
            if method == "DELETE" and status != 200:
                raise SourceError("the queue refuses", status=status)
            return {"jobs": {"drill-kept-1": {"place": "done", "job": {}}}}

    monkeypatch.setattr(undo, "_PATIENCE", 0.1)
    stuck = replace(stage.target, office=Office(Keeping(), Limits()))
    with pytest.raises(SourceError, match=r"1 practice jobs are still there \(done\)"):
        undo.perform(stuck, undo.CLEAR, {"prefix": "drill-kept"})


def test_work_goes_back_to_the_queue(rehearsal: Rehearsal) -> None:
    """Only what waits for people: what a person has finished stays finished."""
    waits, finished = rehearsal.put("mine", "nothing-such"), rehearsal.put("mine", "nothing-such")
    rehearsal.until(lambda: rehearsal.by_hand(finished), "one finished by hand")
    rehearsal.until(lambda: rehearsal.place(waits) == "people", "one with people")
    given = {"prefix": f"{rehearsal.prefix}-mine"}
    again_and_again(rehearsal.target, "return-work", given)
    assert rehearsal.place(finished) == "by-hand"


def test_a_stop_is_lifted(stage: Stage) -> None:
    """At every point, and no other one with it."""
    scenario = stage.scenario("late-fee-answer")
    with closing(scenario.rehearsal.journal):
        list(scenario.stop())
    ((name, given),) = scenario.rehearsal.registered
    assert (name, held(stage.target)) == ("resume-action", given["paths"])
    again_and_again(stage.target, name, given)
    assert held(stage.target) == []


def test_a_trigger_s_stop_is_found_by_where_it_lies(stage: Stage) -> None:
    """What it is called was not known before; what a person or another trigger stopped meanwhile stays."""
    typed, crossed = stage.scenario("late-fee-answer"), stage.scenario("stop-trigger")
    with closing(typed.rehearsal.journal), closing(crossed.rehearsal.journal):
        list(typed.stop())
        crossed.inject()
        assert crossed.noticed()
        list(crossed.stop())
    (_, by_hand), (reported, number), (name, given) = *typed.rehearsal.registered, *crossed.rehearsal.registered
    undo.perform(stage.target, reported, number)
    called = stopping.prefix("wrong_price")
    assert (given, len(held(stage.target))) == ({"paths": [], "workflow": NAME, "called": called}, 2)
    for other in ({"workflow": "refund-decisions"}, {"called": stopping.prefix("rework_minutes_per_task")}):
        again_and_again(stage.target, name, {**given, **other})
    assert len(held(stage.target)) == 2
    again_and_again(stage.target, name, given)
    assert held(stage.target) == by_hand["paths"]
    undo.perform(stage.target, name, by_hand)


def test_the_bundle_is_what_it_was(stage: Stage) -> None:
    """Published with a number above any that a point holds, also by a process that knows of none."""
    target, published = stage.target, stage.target.published
    number = published.publish(lambda document: document["workflows"].pop(NAME))
    target.wait_for_bundle()
    forgetful = replace(
        target, published=Published(published.host, published.modules, published.document, published.key)
    )
    again_and_again(forgetful, "restore-version", {"paths": []})
    assert {held["seq"] for held in target.held().values() if held} == {number + 2}
    published.seq = number + 2
    question = {"workflow": NAME, "action": "late-fee-question", "version": stage.plan.workflow.version}
    said = target.decisions({**question, "caller": target.application})
    assert {one["code"] for one in said.values() if one} <= {"released", "approval_needed"}


@pytest.mark.parametrize("name", ["restore-model", "restore-provider"])
def test_the_model_behaves_as_before(stage: Stage, name: str) -> None:
    """What was set is set again."""
    before = stage.target.model.control()
    stage.target.model.change(failing_percent=100, answers=[])
    again_and_again(stage.target, name, {"control": before})
    assert stage.target.model.control() == before


def test_a_number_is_cleared(stage: Stage) -> None:
    """The file of practice numbers goes away."""
    file = stage.folder / "numbers.jsonl"
    file.write_text("{}")
    again_and_again(stage.target, "clear-metric", {"file": str(file)})
    assert not file.exists()


def test_what_cannot_be_reached_is_told(stage: Stage) -> None:
    """An undo that could not be done is no undo."""
    nowhere = Office(HttpPort("queue", "http://127.0.0.1:9", "token", Limits()), Limits())
    with pytest.raises(SourceError, match="queue does not answer"):
        undo.perform(replace(stage.target, office=nowhere), undo.CLEAR, {"prefix": "drill-"})
