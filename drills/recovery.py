"""What a killed run left undone is done from its journal, by another process; then the run is told as what it was."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.errors import SourceError
from drills import journal as journals
from drills import undo
from drills.drill import RESULT, prefix_of
from drills.journal import Journal
from drills.marks import Disproved, Mark, Stopwatch
from drills.outcomes import Outcome, Phase
from drills.phases import Phases
from drills.plan import Plan
from drills.record import Ran, predicate
from drills.rehearsal import Rehearsal, Unseen
from drills.result import PhaseResult, Result
from drills.scenarios import SCENARIOS
from drills.targets.target import Target

Json = Any
Step = tuple[str, Mapping[str, Json]]
"""The name of what takes one step back, and what it must know for that."""

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

    @property
    def watch(self) -> Stopwatch:
        """Its clock, which goes on from there."""
        return Stopwatch(datetime.fromisoformat(self.begun["started"]), self.seconds)

    def pending(self) -> list[Step]:
        """What is still to be undone, in the order in which each scenario said it would."""
        found = []
        for entries in self.scenarios():
            registered = [(one["undo"], one["given"]) for one in entries if one["event"] == "undo_registered"]
            done = [(one["undo"], one["given"]) for one in entries if one["event"] == "undone"]
            found += [one for name in entries[0]["undo"] for one in registered if one[0] == name and one not in done]
        return found

    def uncleared(self) -> list[str]:
        """What the names of practice jobs begin with that may still be there; the last scenario's always."""
        found = []
        for number, entries in enumerate(scenarios := self.scenarios(), 1):
            is_clear = any(one["event"] == "undone" and one["undo"] == undo.CLEAR for one in entries)
            if not is_clear or entries is scenarios[-1]:
                found.append(prefix_of(self.begun["run"], number))
        return found

    def scenarios(self) -> list[list[Mapping[str, Json]]]:
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
        for result, entries in zip(results, self.scenarios(), strict=False):
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
    watch = found.watch
    journal = Journal(found.folder, watch.now)
    try:
        results = found.results(plan)
        with opened as target:
            if target:
                journal.secrets = target.secrets
            failures = _bring_home(target, found, plan, watch, journal, results) if target else []
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


def _bring_home(
    target: Target, found: Left, plan: Plan, watch: Stopwatch, journal: Journal, results: Sequence[Result]
) -> list[str]:
    """Take back what is left, prove the steady state again, and clear up; why any of that could not be, or nothing."""
    lost = [why for one in found.pending() for why in undo.until_done(target, journal, *one, PATIENCE)]
    if not lost and (number := len(found.scenarios())):
        played = plan.played[number - 1]
        rehearsal = Rehearsal(
            target=target, plan=plan, played=played, watch=watch, journal=journal,
            # Cleared with the scenario's own; and not what an earlier attempt may have put in.
            prefix=f"{prefix_of(found.begun['run'], number)}-home-{secrets.token_hex(2)}",
            effects_from=target.office.count(), calls_from=target.model.count(),
        )  # fmt: skip
        lost = _unsteady(Phases(rehearsal, SCENARIOS[played.scenario](rehearsal), results[number - 1]))
    for prefix in found.uncleared():
        lost += undo.until_done(target, journal, undo.CLEAR, {"prefix": prefix}, PATIENCE)
    if not lost:
        target.let_go()
    return lost


def _unsteady(phases: Phases) -> list[str]:
    """Why the steady state could not be proved, or nothing."""
    try:
        phases.home()
    except (Disproved, Unseen, SourceError) as error:
        return [f"not steady: {error}"]
    return []


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
