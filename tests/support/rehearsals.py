"""Rehearsals of the sample company: a drill file with all stories and a short window, a sandbox, and plays on it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support import yaml_text
from support.company import Company
from support.desk import DRILL, NAME

from catalog.git import Repository
from catalog.snapshot import tree_of
from drills import plan as plans
from drills import rehearsed
from drills.journal import Journal
from drills.marks import Stopwatch
from drills.outcomes import Phase
from drills.plan import Plan
from drills.rehearsal import Rehearsal
from drills.rehearsed import Rehearsed
from drills.result import Result
from drills.runner import Runner
from drills.sandbox.sandbox import Sandbox, sandbox
from drills.scenarios import SCENARIOS, Scenario
from drills.targets.target import Target

Json = Any

STORIES: dict[str, dict[str, Json]] = {
    "bad-approval": {
        "action": "invoice-copy", "jobs": 4, "undo": ["resume-action", "void-approvals", "remove-canary"],
    },
    "fake-refund-request": {
        "action": "receipt", "amount": 49.9, "jobs": 1, "undo": ["resume-action", "close-request", "remove-canary"],
    },
    "late-fee-answer": {"action": "late-fee-question", "jobs": 2, "undo": ["resume-action", "remove-canary"]},
    "provider-down": {
        "failing_percent": 100, "latency_ms": 0, "jobs": 2,
        "undo": ["restore-provider", "resume-action", "return-work", "remove-canary"],
    },
    "stop-trigger": {
        "metric": "wrong_price", "value": 1, "undo": ["clear-metric", "resume-action", "remove-canary"],
    },
    "wrong-model": {
        "use": "edge-cases", "jobs": 2, "undo": ["restore-version", "restore-model", "remove-canary"],
    },
}  # fmt: skip
"""Every story on one workflow, with what it takes."""


def document(*stories: str, **changes: Json) -> dict[str, Json]:
    """A drill file that plays these, with the shortest window, and budgets that a busy machine keeps."""
    return {
        "scenarios": [{"scenario": story, **STORIES[story]} for story in stories],
        "steady_state": {
            "before": ["points-answer"], "during": ["fallback-open", "old-version-silent"], "after": ["points-answer"],
        },
        "phases": {
            "detect": "60s", "acknowledge": "60s", "stop": "30s", "mitigate": "60s", "drain": "45s", "notify": "30s",
            "restore": "60s",
        },
        "silence": "1s",
        **changes,
    }  # fmt: skip


def company(folder: Path, *stories: str, **changes: Json) -> Company:
    """The sample company, whose replies rehearse these stories, or all."""
    found = Company.begin(folder)
    found.write(DRILL, yaml_text.dump(document(*(stories or STORIES), **changes)))
    found.commit("Rehearse every story")
    found.push()
    return found


def read(found: Company) -> Rehearsed:
    """What is rehearsed of its head."""
    with Repository.discover(found.folder) as repository:
        repository.use_scratch()
        commit = found.head()
        return rehearsed.read(repository, tree_of(repository, commit), commit, commit, [NAME])


@dataclass(slots=True)
class Stage:
    """A target on which one scenario after the other is played."""

    folder: Path
    plan: Plan
    target: Target
    box: Sandbox | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def rehearsal(self, story: str, **changes: Json) -> Rehearsal:
        """A scenario that has not begun. `changes`: to the plan, or as `parameters` to what its drill file says."""
        played = next(one for one in self.plan.played if one.scenario == story)
        played = replace(played, parameters={**played.parameters, **changes.pop("parameters", {})})
        played = replace(played, undo=changes.pop("undo", played.undo))
        number, watch = next(self._numbers), Stopwatch()
        return Rehearsal(
            target=changes.pop("target", self.target), plan=replace(self.plan, played=(played,), **changes),
            played=played, watch=watch, journal=Journal(self.folder / f"run-{number}", watch.now),
            prefix=f"drill-test-{number}",
        )  # fmt: skip

    def scenario(self, story: str, **changes: Json) -> Scenario:
        """The same, as what it plays."""
        return SCENARIOS[story](self.rehearsal(story, **changes))

    def play(self, story: str, **changes: Json) -> Result:
        """Play it from its beginning to its end."""
        scenario = self.scenario(story, **changes)
        with closing(scenario.rehearsal.journal):
            return Runner(scenario.rehearsal, scenario).run()


@contextmanager
def staged(found: Company, folder: Path) -> Iterator[Stage]:
    """A sandbox for it."""
    read_all = read(found)
    with sandbox(folder / "sandbox", read_all, NAME) as (box, target):
        yield Stage(folder, plans.plan(read_all.workflow(NAME)), target, box)


def outcomes(result: Result) -> dict[str, str]:
    """How each phase ended, with why where it did not pass."""
    return {str(phase): f"{found.outcome} {found.why}".strip() for phase, found in result.phases.items()}


ALL_PASSED = {str(phase): "passed" for phase in Phase}
