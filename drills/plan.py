"""What is to be rehearsed of one workflow: its drill file, read and held against the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import durations
from catalog.errors import UsageError
from catalog.workflow import Workflow, read_document
from drills.outcomes import Phase

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """One scenario with its parameters."""

    scenario: str
    parameters: Mapping[str, Json]
    undo: tuple[str, ...]
    """What takes its steps back, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One drill. All times in seconds."""

    workflow: Workflow
    file: str
    """The drill file, from the repository's root."""
    digest: str
    """SHA-256 of the drill file, in hexadecimal."""
    played: tuple[Played, ...]
    before: tuple[str, ...]
    during: tuple[str, ...]
    after: tuple[str, ...]
    budgets: Mapping[Phase, float]
    silence: float
    within: float
    """How long the whole way back may take, by the manifest."""


def plan(workflow: Workflow) -> Plan:
    """The drill that a workflow names. Raises `UsageError` for one that cannot be rehearsed, and says why."""
    for problem in workflow.problems:
        raise UsageError(f"{problem.file}:{problem.line}: {problem.message}.", solution="Mend it: countersign gate")
    rollback = workflow.manifest["rollback"]
    content = workflow.content(rollback["drill"]) if rollback else None
    if content is None:
        raise UsageError(
            f"{workflow.name} has no drill to run.",
            why="Its manifest names no drill file, or the file is missing.",
            solution="Write one, and name it as rollback.drill (docs/drills.md).",
        )
    file = workflow.path(rollback["drill"])
    document, problems = read_document(file, content, "drill")
    if document is None:
        raise UsageError(f"{file}:{problems[0].line}: {problems[0].message}.", solution="Mend it: countersign gate")
    steady = document["steady_state"]
    return Plan(
        workflow=workflow,
        file=file,
        digest=hashlib.sha256(content).hexdigest(),
        played=tuple(_played(one) for one in document["scenarios"]),
        before=_with_points(steady["before"]),
        during=tuple(steady["during"]),
        after=_with_points(steady["after"]),
        budgets={phase: float(durations.seconds(document["phases"][phase])) for phase in Phase},
        silence=float(durations.seconds(document["silence"])),
        within=float(rollback["within"]),
    )


def _with_points(probes: Sequence[str]) -> tuple[str, ...]:
    """Some probes, and that the points let it run: nothing is steady without that, whatever a file leaves out."""
    return ("points-answer", *(probe for probe in probes if probe != "points-answer"))


def _played(one: Mapping[str, Json]) -> Played:
    parameters = {key: value for key, value in one.items() if key not in ("scenario", "undo")}
    return Played(scenario=one["scenario"], parameters=parameters, undo=tuple(one["undo"]))
