"""What a drill record says: an in-toto test result with every timing (catalog/schemas/records/drill.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.records.statement import time_text
from drills.outcomes import Outcome, Phase, worst
from drills.plan import Plan
from drills.result import Result

Json = Any

_DIGITS = 6
_LONGEST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A run that has ended."""

    run: str
    runner: str
    plan: Plan
    commit: str
    target: str
    candidate: bool
    revision: str
    seq: int
    opa: str
    started: datetime
    seconds: float
    at: datetime
    results: Sequence[Result]

    @property
    def outcome(self) -> Outcome:
        """The worst of its scenarios."""
        return worst(one.outcome for one in self.results)


def predicate(ran: Ran) -> dict[str, Json]:
    """The predicate of a run's record."""
    phases = [phase for one in ran.results for phase in _phases(one)]
    # What was not come to did nothing that could be undone, and had nothing to be silent about.
    begun = [one for one in ran.results if {phase.outcome for phase in one.phases.values()} != {Outcome.NOT_RUN}]
    return {
        "result": "PASSED" if ran.outcome is Outcome.PASSED else "FAILED",
        "configuration": [{"name": ran.plan.file, "digest": {"sha256": ran.plan.digest}}],
        **tests(phases),
        "workflow": ran.plan.workflow.name,
        "at": time_text(ran.at),
        "version": ran.plan.workflow.version,
        "rollback_digest": ran.plan.workflow.rollback_digest,
        "outcome": str(ran.outcome),
        "target": ran.target,
        "run": ran.run,
        "runner": ran.runner,
        "commit": ran.commit,
        "candidate": ran.candidate,
        "bundle": {"revision": ran.revision, "seq": ran.seq},
        "opa": ran.opa,
        "started": time_text(ran.started),
        "seconds": round(ran.seconds, _DIGITS),
        "scenarios": [{"name": one.scenario, "outcome": str(one.outcome)} for one in ran.results],
        "phases": phases,
        "marks": [mark for one in ran.results for mark in _marks(one)],
        "undo": {
            "done": all(one.undone for one in begun),
            "steady": bool(begun) and all(one.steady for one in begun),
        },
        "silence": {
            "seen_before": bool(begun) and all(one.seen_before for one in begun),
            "seen_after": any(one.seen_after for one in begun),
            "window": round(min((one.window for one in begun), default=0.0), _DIGITS),
        },
    }


def tests(phases: Iterable[Mapping[str, Json]]) -> dict[str, list[str]]:
    """The lists of an in-toto test result that these phases give, as a record tells them."""
    # A story that is played twice, on two actions, passed when it did both times.
    passed: dict[str, bool] = {}
    for one in phases:
        test = f"{one['scenario']}/{one['phase']}"
        passed[test] = passed.get(test, True) and one["outcome"] == Outcome.PASSED
    good, bad = ([test for test, held in passed.items() if held is wanted] for wanted in (True, False))
    return {"passedTests": good, "warnedTests": [], "failedTests": bad}


def _phases(one: Result) -> Iterator[dict[str, Json]]:
    for phase in Phase:
        found = one.phases[phase]
        yield {
            "scenario": one.scenario, "phase": str(phase), "outcome": str(found.outcome),
            "seconds": _rounded(found.seconds), "resolution": _rounded(found.resolution), "budget": found.budget,
            **({"why": _plain(found.why)} if found.why else {}),
        }  # fmt: skip


def _marks(one: Result) -> Iterator[dict[str, Json]]:
    for name, mark in sorted(one.marks.items()):
        yield {
            "scenario": one.scenario, "mark": name, "last_bad": _rounded(mark.last_bad),
            "first_good": _rounded(mark.first_good),
        }  # fmt: skip


def _plain(text: str) -> str:
    """One visible line, as a record may hold it: what a target answered may be in it."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split())
    )
    return shown[:_LONGEST]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(0.0, seconds), _DIGITS)
