"""Drill runs as typed values, made from what drill records say (catalog/schemas/records/drill.schema.json)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.records.envelope import SUFFIX
from catalog.records.statement import Statement, moment

Json = Any

SANDBOX = "sandbox"
PASSED = "passed"
NOT_RUN = "not_run"
OUTCOMES = (PASSED, "failed", "late", "inconclusive", "aborted", "undo_failed", NOT_RUN)
"""How a drill, a scenario or a phase ends; only the first is good."""

PHASES = ("detect", "acknowledge", "stop", "mitigate", "drain", "notify", "restore")


class Source(StrEnum):
    """What vouches for a run."""

    RECORD = "on record"
    LOCAL = "local evidence"
    FILE = "not on record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A moment, in seconds since the run's start: seen not yet true at `last_bad`, seen true at `first_good`."""

    last_bad: float | None
    first_good: float

    @property
    def resolution(self) -> float:
        """How much earlier it may have been; 0 for one that was not polled."""
        return 0.0 if self.last_bad is None else max(0.0, self.first_good - self.last_bad)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One phase of a scenario; without seconds when it did not run."""

    phase: str
    outcome: str
    seconds: float | None
    resolution: float | None
    budget: float
    why: str = ""
    """Why it did not pass; empty where that is not told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One scenario of a run, with its phases and its marks by name."""

    name: str
    outcome: str
    phases: Mapping[str, Phase]
    marks: Mapping[str, Mark]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One drill of one workflow. `said` is all that its record says, `path` where the record lies (empty: nowhere)."""

    said: Mapping[str, Json]
    source: Source
    path: str
    at: datetime
    scenarios: tuple[Scenario, ...]

    @property
    def workflow(self) -> str:
        """The workflow that was drilled."""
        return str(self.said["workflow"])

    @property
    def outcome(self) -> str:
        """How it ended."""
        return str(self.said["outcome"])

    @property
    def passed(self) -> bool:
        """Whether it proved its point."""
        return self.outcome == PASSED

    @property
    def target(self) -> str:
        """Where it ran."""
        return str(self.said["target"])

    @property
    def name(self) -> str:
        """A name that no other run of the workflow has, and that may stand in a path."""
        if self.path:
            return self.path.rpartition("/")[2].removesuffix(SUFFIX)
        return f"{self.at:%Y%m%dT%H%M%S}-{hashlib.sha256(str(self.identity).encode()).hexdigest()[:12]}"

    @property
    def identity(self) -> tuple[str, str]:
        """What the runner called it: the same for the same run, wherever it is kept."""
        return self.said["at"], self.said["run"]


def run_of(statement: Statement, source: Source, path: str = "") -> Run:
    """The run that a checked drill statement tells of."""
    said = statement.predicate
    outcomes = {one["name"]: one["outcome"] for one in said["scenarios"]}
    phases: dict[str, dict[str, Phase]] = {name: {} for name in outcomes}
    marks: dict[str, dict[str, Mark]] = {}
    for one in said["phases"]:
        phases.setdefault(one["scenario"], {})[one["phase"]] = _phase(one)
    for one in said["marks"]:
        mark = Mark(last_bad=one["last_bad"], first_good=one["first_good"])
        marks.setdefault(one["scenario"], {})[one["mark"]] = mark
    scenarios = tuple(
        Scenario(name=name, outcome=outcomes.get(name, str(said["outcome"])), phases=found, marks=marks.get(name, {}))
        for name, found in phases.items()
    )
    return Run(said=said, source=source, path=path, at=moment(said["at"]), scenarios=scenarios)


def _phase(one: Mapping[str, Json]) -> Phase:
    return Phase(
        phase=one["phase"], outcome=one["outcome"], seconds=one["seconds"], resolution=one["resolution"],
        budget=one["budget"], why=one.get("why", ""),
    )  # fmt: skip
