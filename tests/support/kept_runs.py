"""Runs as a runner keeps them: passed, of a workflow as it is, in time; a test changes a part."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog import snapshot
from catalog.git import Repository
from catalog.workflow import Workflow
from drills import rehearsed
from drills.drill import RESULT, Run, announce
from drills.marks import Mark
from drills.outcomes import Outcome, Phase
from drills.plan import Plan, Played, plan
from drills.record import Ran, predicate
from drills.result import PhaseResult, Result

Json = Any

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
RUN = "20260901-115900-a1b2c3"
SECONDS = 60.0
_MARKS = {"t0": 1, "t1": 2, "t2": 3, "t3": 4, "t4": 5, "t5": 6, "t6": 7, "t7": 8, "t8": 9, "t9": 12}
_SECONDS = {
    Phase.DETECT: 1, Phase.ACKNOWLEDGE: 1, Phase.STOP: 1, Phase.MITIGATE: 4, Phase.DRAIN: 4, Phase.NOTIFY: 5,
    Phase.RESTORE: 3,
}  # fmt: skip


def kept(
    workflow: Workflow, *, now: datetime = NOW, target: str = "sandbox", commit: str = "a" * 40, run: str = RUN,
    **fields: Json,
) -> dict[str, Json]:  # fmt: skip
    """What a runner keeps of a drill that passed and ended right now."""
    planned = plan(workflow)
    said = predicate(
        Ran(
            run=run, runner="job 7", plan=planned, commit=commit, target=target, candidate=True, revision=commit,
            seq=12, opa="1.22.2", started=now - timedelta(seconds=SECONDS), seconds=SECONDS, at=now,
            results=[_passed(planned, played) for played in planned.played],
        )
    )  # fmt: skip
    return {**said, **fields}


def failed(said: dict[str, Json], phase: str = "drain") -> dict[str, Json]:
    """The same run, of which one phase of the first scenario failed and those after it were left out."""
    names = list(Phase)
    later = names[names.index(Phase(phase)) + 1 : -1]  # it was undone all the same
    first = said["scenarios"][0]["name"]
    ended: dict[str, str] = {phase: "failed"} | dict.fromkeys(later, "not_run")
    phases = [_ended(one, ended) if one["scenario"] == first else one for one in said["phases"]]
    tests = {f"{one['scenario']}/{one['phase']}": one["outcome"] == "passed" for one in phases}
    return {
        **said, "outcome": "failed", "result": "FAILED", "phases": phases,
        "scenarios": [{"name": first, "outcome": "failed"}, *said["scenarios"][1:]],
        "passedTests": [test for test, good in tests.items() if good],
        "failedTests": [test for test, good in tests.items() if not good],
    }  # fmt: skip


def keep(runs: Path, said: dict[str, Json], name: str | None = None) -> Path:
    """Put it where runs are kept; its folder."""
    folder = runs / (name or said["run"])
    folder.mkdir(parents=True)
    (folder / RESULT).write_text(json.dumps(said))
    return folder


def kill(
    clone: Path, workflow: str, runs: Path, *, base: str = "HEAD", commit: str | None = None,
    ago: timedelta = timedelta(),
) -> str:  # fmt: skip
    """What a runner leaves that is killed in the first phase of a drill; the run's name.

    It drilled the clone's head, or what its merge into `base` would bring; `commit`: what it says that it drilled.
    """
    with Repository.discover(clone) as repository:
        repository.use_scratch()
        merge = snapshot.between(repository, base, "HEAD")
        found = rehearsed.read(repository, merge.after, merge.head, merge.target, [workflow])
    begun = Run.begin(runs)
    begun.watch.started -= ago
    planned = plan(found.workflow(workflow))
    announce(begun, planned, replace(found, commit=commit or found.commit), "sandbox", "1.22.2")
    begun.journal.write("scenario_begins", scenario=planned.played[0].scenario)
    begun.journal.write("phase_begins", phase="detect", budget=planned.budgets[Phase.DETECT])
    begun.journal.close()
    return begun.id


def _passed(planned: Plan, played: Played) -> Result:
    phases = {
        phase: PhaseResult(planned.budgets[phase], Outcome.PASSED, float(seconds), 0.0)
        for phase, seconds in _SECONDS.items()
    }
    marks = {name: Mark(None, float(at)) for name, at in _MARKS.items()}
    return Result(
        played.scenario, phases, marks, seen_before=True, window=planned.silence, undone=True, steady=True
    )  # fmt: skip


def _ended(one: dict[str, Json], ended: dict[str, str]) -> dict[str, Json]:
    outcome = ended.get(one["phase"], "passed")
    return one if outcome == "passed" else {**one, "outcome": outcome, "seconds": None, "resolution": None}
