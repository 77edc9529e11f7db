"""Drill runs as typed values, made from what drill records say (catalog/schemas/records/drill.schema.json)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from catalog.records.envelope import SUFFIX
from catalog.records.statement import Statement, moment

Json = Any
Of = TypeVar("Of")

SANDBOX = "sandbox"
PASSED = "passed"
NOT_RUN = "not_run"
OUTCOMES = (PASSED, "failed", "late", "inconclusive", "aborted", "undo_failed", NOT_RUN)
"""How a drill, a scenario or a phase ends; only the first is good."""

PHASES = ("detect", "acknowledge", "stop", "mitigate", "drain", "notify", "restore")

MEANINGS = {
    "t0": "the trigger became true",
    "t1": "somebody, or the system, noticed",
    "t2": "on-call accepted",
    "t3": "the stop command was issued",
    "t4": "the last enforcement point began to refuse",
    "t5": "the first good answer came from the fallback",
    "t6": "the fallback served everything",
    "t7": "the old version had its last side effect",
    "t8": "the team was told, and delivery confirmed",
    "t9": "all was undone, and the steady state proved again",
}
"""What each mark says has happened."""


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
    outcomes = {name: one["outcome"] for name, one in zip(_named(said["scenarios"]), said["scenarios"], strict=True)}
    phases = _each(said["phases"], "phase", _phase)
    marks = _each(said["marks"], "mark", _mark)
    scenarios = tuple(
        Scenario(
            name=name, outcome=outcomes.get(name, str(said["outcome"])), phases=phases.get(name, {}),
            marks=marks.get(name, {}),
        )
        for name in {**outcomes, **phases}
    )  # fmt: skip
    return Run(said=said, source=source, path=path, at=moment(said["at"]), scenarios=scenarios)


def _named(listed: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """A name for each scenario: one that is played again, on another action, is counted."""
    count = Counter[str]()
    for one in listed:
        count[one["name"]] += 1
        yield one["name"] if count[one["name"]] == 1 else f"{one['name']} ({count[one['name']]})"


def _each(listed: Iterable[Mapping[str, Json]], key: str, read: Callable[[Json], Of]) -> dict[str, dict[str, Of]]:
    """What is listed, by scenario and name; what is there already is of the same scenario played again."""
    found: dict[str, dict[str, Of]] = {}
    for one in listed:
        name, again = one["scenario"], 1
        while one[key] in found.get(name, ()):
            again += 1
            name = f"{one['scenario']} ({again})"
        found.setdefault(name, {})[one[key]] = read(one)
    return found


def _mark(one: Mapping[str, Json]) -> Mark:
    return Mark(last_bad=one["last_bad"], first_good=one["first_good"])


def _phase(one: Mapping[str, Json]) -> Phase:
    return Phase(
        phase=one["phase"], outcome=one["outcome"], seconds=one["seconds"], resolution=one["resolution"],
        budget=one["budget"], why=one.get("why", ""),
    )  # fmt: skip
