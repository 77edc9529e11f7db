"""What a killed run left undone is done from its journal, by another process; then the run is told as what it was."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.errors import SourceError, UsageError
from drills import journal as journals
from drills import told, undo
from drills.drill import RESULT, prefix_of
from drills.journal import Journal
from drills.marks import Disproved, Stopwatch
from drills.outcomes import Outcome
from drills.phases import Phases
from drills.plan import Plan
from drills.rehearsal import Rehearsal, Unseen
from drills.result import Result
from drills.scenarios import SCENARIOS
from drills.targets.target import Target

Json = Any
Step = tuple[str, Mapping[str, Json]]
"""The name of what takes one step back, and what it must know for that."""

PATIENCE = 30.0
"""Seconds for which each step is tried again."""


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
        for entries in told.scenarios(self.entries):
            registered = [(one["undo"], one["given"]) for one in entries if one["event"] == "undo_registered"]
            done = [(one["undo"], one["given"]) for one in entries if one["event"] == "undone"]
            found += [one for name in entries[0]["undo"] for one in registered if one[0] == name and one not in done]
        return found

    def uncleared(self) -> list[str]:
        """What the names of practice jobs begin with that may still be there; the last scenario's always."""
        found = []
        for number, entries in enumerate(scenarios := told.scenarios(self.entries), 1):
            is_clear = any(one["event"] == "undone" and one["undo"] == undo.CLEAR for one in entries)
            if not is_clear or entries is scenarios[-1]:
                found.append(prefix_of(self.begun["run"], number))
        return found


def left(runs: Path) -> Iterator[Left]:
    """Every run below a folder that did not end, or of which not everything was undone.

    The newest first: it may have begun in what an earlier one left, and takes its own steps back to that. Raises
    `SourceError` for a journal that cannot be read, after all others: it keeps none of them away from home.
    """
    unreadable: list[SourceError] = []
    for path in sorted(runs.glob(f"*/{journals.NAME}"), reverse=True):
        if journals.is_held(path.parent):
            continue  # it still runs
        try:
            entries = journals.read(path.parent)
        except SourceError as error:
            unreadable.append(error)
            continue
        ends = [one["outcome"] for one in entries if one["event"] in told.ENDS]
        if entries and ends[-1:] in ([], [Outcome.UNDO_FAILED]):
            yield Left(path.parent, entries)
    if unreadable:
        raise unreadable[0]


def recover(found: Left, plan: Plan, opened: AbstractContextManager[Target | None]) -> dict[str, Json]:
    """Bring the target home, and tell the run as aborted, or as what could not be undone; what a record says of it.

    `opened`: opens the target, and is entered only once the run is ours. Without a target there is nothing left to
    bring home: the sandbox went with the run. Raises `UsageError` while another process holds it, and when one
    brought it home since it was found: two may look at once, as a job and what comes after it do.
    """
    watch = found.watch
    if not (found.folder / journals.NAME).exists():
        raise _no_more(found)
    journal = Journal(found.folder, watch.now)
    try:
        if journals.read(found.folder) != found.entries:
            raise _no_more(found)
        with opened as target:
            failures = _bring_home(target, found, plan, watch, journal) if target else []
            # Of a run that ended before it began to play, nothing was proved, nor had to be.
            steady = target is not None and not failures and bool(told.scenarios(found.entries))
        end: dict[str, Json] = {
            "event": told.RECOVERED, "seconds": found.seconds, "failures": failures, "steady": steady
        }  # fmt: skip
        said = told.tell(found.entries, plan, end)
        journal.keep(RESULT, said)
        journal.write(**end, outcome=said["outcome"])
    finally:
        journal.close()
    return said


def _no_more(found: Left) -> UsageError:
    return UsageError(
        f"{found.folder.name} is not as it was left.",
        why="Another process has brought it home since, or tried to.",
        solution="See what is left: countersign drill recover",
    )


def _bring_home(target: Target, found: Left, plan: Plan, watch: Stopwatch, journal: Journal) -> list[str]:
    """Take back what is left, prove the steady state again, and clear up; why any of that could not be, or nothing."""
    journal.secrets = target.secrets
    lost = [why for one in found.pending() for why in undo.until_done(target, journal, *one, PATIENCE)]
    if not lost and (number := len(told.scenarios(found.entries))):
        played = plan.played[number - 1]
        rehearsal = Rehearsal(
            target=target, plan=plan, played=played, watch=watch, journal=journal,
            # Cleared with the scenario's own; and not what an earlier attempt may have put in.
            prefix=f"{prefix_of(found.begun['run'], number)}-home-{secrets.token_hex(2)}",
            effects_from=target.office.count(), calls_from=target.model.count(),
        )  # fmt: skip
        lost = _unsteady(Phases(rehearsal, SCENARIOS[played.scenario](rehearsal), Result(played.scenario, {})))
    for prefix in found.uncleared():
        lost += undo.until_done(target, journal, undo.CLEAR, {"prefix": prefix}, PATIENCE)
    if not lost:
        target.let_go()
    return lost


def _unsteady(phases: Phases) -> list[str]:
    """Why the steady state could not be proved, or nothing."""
    try:
        phases.prove_steady()
    except (Disproved, Unseen, SourceError) as error:
        return [f"not steady: {error}"]
    return []
