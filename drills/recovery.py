"""What a killed run left undone is done from its journal, by another process; then the run is told as what it was."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drills import journal as journals
from drills import undo
from drills.drill import RESULT, prefix_of
from drills.journal import Journal
from drills.marks import Mark
from drills.outcomes import Outcome, Phase
from drills.plan import Plan
from drills.record import Ran, predicate
from drills.result import PhaseResult, Result
from drills.targets.target import Target

Json = Any

PATIENCE = 30.0
"""Seconds for which each step is tried again."""
_NOT_HOME = (Outcome.ABORTED, Outcome.UNDO_FAILED)


@dataclass(frozen=True, slots=True)
class Left:
    """A run that began and did not end, or that did not come home."""

    folder: Path
    entries: Sequence[Mapping[str, Json]]

    @property
    def begun(self) -> Mapping[str, Json]:
        """Its first line."""
        return self.entries[0]

    @property
    def seconds(self) -> float:
        """The last moment that is known of it; whoever brings it home counts on from there."""
        return float(max(entry["t"] for entry in self.entries))

    def pending(self, plan: Plan) -> list[tuple[str, Mapping[str, Json]]]:
        """What is still to be undone: in the order of the scenario's file, the practice jobs last."""
        found = []
        for number, (entries, played) in enumerate(zip(self._scenarios(), plan.played, strict=False), 1):
            registered = [(one["undo"], one["given"]) for one in entries if one["event"] == "undo_registered"]
            done = [(one["undo"], one["given"]) for one in entries if one["event"] == "undone"]
            found += [one for name in played.undo for one in registered if one[0] == name and one not in done]
            if not any(name == undo.CLEAR for name, _ in done):
                found.append((undo.CLEAR, {"prefix": prefix_of(self.begun["run"], number)}))
        return found

    def _scenarios(self) -> list[list[Mapping[str, Json]]]:
        """The entries of each scenario that began."""
        found: list[list[Mapping[str, Json]]] = []
        for entry in self.entries:
            if entry["event"] == "scenario_begins":
                found.append([])
            if found:
                found[-1].append(entry)
        return found

    def results(self, plan: Plan) -> list[Result]:
        """How far each scenario came."""
        results = [
            Result(played.scenario, {phase: PhaseResult(plan.budgets[phase]) for phase in Phase})
            for played in plan.played
        ]
        for result, entries in zip(results, self._scenarios(), strict=False):
            for entry in entries:
                _take(result, entry)
        _note_end(results)
        return results


def _take(result: Result, entry: Mapping[str, Json]) -> None:
    match entry["event"]:
        case "phase_begins":
            # As long as nothing says how it ended, it is where the run was when it was killed.
            result.phases[Phase(entry["phase"])].outcome = Outcome.ABORTED
        case "phase_ended":
            found = result.phases[Phase(entry["phase"])]
            found.outcome, found.why = Outcome(entry["outcome"]), entry["why"]
            found.seconds, found.resolution = entry["seconds"], entry["resolution"]
        case "mark":
            result.marks[entry["mark"]] = Mark(entry["last_bad"], entry["first_good"])
            result.seen_before = result.seen_before or entry["mark"] == "t1"


def _note_end(results: Sequence[Result]) -> None:
    """A run that was killed between two phases ends with the next one; after the last, it did not end either."""
    phases = [phase for result in results for phase in result.phases.values()]
    if not any(phase.outcome in _NOT_HOME for phase in phases):
        next((phase for phase in phases if phase.outcome is Outcome.NOT_RUN), phases[-1]).outcome = Outcome.ABORTED


def left(runs: Path) -> Iterator[Left]:
    """Every run below a folder that did not end, or of which not everything was undone.

    The newest first: it may have begun in what an earlier one left, and takes its own steps back to that.
    """
    for path in sorted(runs.glob(f"*/{journals.NAME}"), reverse=True):
        if journals.is_held(path.parent):
            continue  # it still runs
        entries = journals.read(path.parent)
        ends = [one["outcome"] for one in entries if one["event"] in ("run_ended", "recovered")]
        if entries and ends[-1:] in ([], [Outcome.UNDO_FAILED]):
            yield Left(path.parent, entries)


def recover(found: Left, plan: Plan, opened: AbstractContextManager[Target | None]) -> dict[str, Json]:
    """Bring the target home, and tell the run as aborted, or as what could not be undone; what a record says of it.

    `opened`: opens the target, and is entered only once the run is ours. Without a target there is nothing left to
    bring home: the sandbox went with the run. Raises `UsageError` while the run's own process still holds it.
    """
    began = time.monotonic()
    journal = Journal(found.folder, lambda: found.seconds + time.monotonic() - began)
    try:
        with opened as target:
            failures: list[str] = []
            if target:
                pending = found.pending(plan)
                failures = [lost for one in pending for lost in undo.until_done(target, journal, *one, PATIENCE)]
                if not failures:
                    target.let_go()
        results = found.results(plan)
        for result in results:
            restored = result.phases[Phase.RESTORE]
            if result.outcome in _NOT_HOME:
                restored.outcome = Outcome.UNDO_FAILED if failures else Outcome.ABORTED
            result.undone = not failures
        said = _predicate(found, plan, results)
        journal.keep(RESULT, said)
        journal.write("recovered", failures=failures, outcome=said["outcome"])
    finally:
        journal.close()
    return said


def _predicate(found: Left, plan: Plan, results: Sequence[Result]) -> dict[str, Json]:
    begun = found.begun
    started = datetime.fromisoformat(begun["started"])
    return predicate(
        Ran(
            run=begun["run"], runner=begun["runner"], plan=plan, commit=begun["commit"], target=begun["target"],
            candidate=begun["candidate"], revision=begun["revision"], seq=begun["seq"], opa=begun["opa"],
            started=started, seconds=found.seconds, at=started + timedelta(seconds=found.seconds), results=results,
        )
    )  # fmt: skip
