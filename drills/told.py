"""What a run came to, told from its journal alone: by its runner, whoever brings it home, and whoever signs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from drills.marks import Mark
from drills.outcomes import Outcome, Phase
from drills.plan import Plan
from drills.record import Ran, predicate
from drills.result import PhaseResult, Result

Json = Any
Entry = Mapping[str, Json]

ENDS = (ENDED, RECOVERED) = ("run_ended", "recovered")
"""What a journal ends with: the run's own word, or that of whoever brought it home."""
NOT_HOME = (Outcome.ABORTED, Outcome.UNDO_FAILED)
_EXACT = 1e-4
"""Seconds that rounding may make between a line and what it tells of."""


def tell(entries: Sequence[Entry], plan: Plan, end: Entry) -> dict[str, Json]:
    """What a record says of a run that left these lines and ended so: `event`, `seconds`, and what else that needs."""
    begun = entries[0]
    results = replayed(entries, plan)
    if end["event"] == RECOVERED:
        _bring_home(results, failed=bool(end["failures"]), steady=bool(end.get("steady")))
    started = datetime.fromisoformat(begun["started"])
    return predicate(
        Ran(
            run=begun["run"], runner=begun["runner"], plan=plan, commit=begun["commit"], target=begun["target"],
            candidate=begun["candidate"], revision=begun["revision"], seq=end.get("seq", begun["seq"]),
            opa=begun["opa"], started=started, seconds=end["seconds"],
            at=started + timedelta(seconds=end["seconds"]), results=results,
        )
    )  # fmt: skip


def is_home(entries: Sequence[Entry]) -> bool:
    """Whether a run ended, and left nothing to be undone."""
    return bool(entries) and entries[-1]["event"] in ENDS and entries[-1].get("outcome") != Outcome.UNDO_FAILED


def scenarios(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The lines of each scenario that began."""
    found: list[list[Entry]] = []
    for entry in entries:
        if entry["event"] == "scenario_begins":
            found.append([])
        if found:
            found[-1].append(entry)
    return found


def replayed(entries: Sequence[Entry], plan: Plan) -> list[Result]:
    """How far each scenario came."""
    results = [
        Result(played.scenario, {phase: PhaseResult(plan.budgets[phase]) for phase in Phase}) for played in plan.played
    ]
    for result, lines in zip(results, scenarios(entries), strict=False):
        for entry in lines:
            _take(result, entry)
    return results


def _take(result: Result, entry: Entry) -> None:
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
        case "scenario_ended":
            for name in ("seen_before", "seen_after", "window", "undone", "steady"):
                # What an older release was killed in is brought home all the same: its journal says less.
                setattr(result, name, entry.get(name, getattr(result, name)))


def _bring_home(results: Sequence[Result], *, failed: bool, steady: bool) -> None:
    """A run that was killed between two phases ends with the next one; after the last, it did not end either."""
    phases = [phase for result in results for phase in result.phases.values()]
    if not any(phase.outcome in NOT_HOME for phase in phases):
        next((phase for phase in phases if phase.outcome is Outcome.NOT_RUN), phases[-1]).outcome = Outcome.ABORTED
    for result in results:
        if result.outcome in NOT_HOME:
            result.phases[Phase.RESTORE].outcome = Outcome.UNDO_FAILED if failed else Outcome.ABORTED
        result.undone, result.steady = not failed, result.steady or steady


# What no runner writes.


def oddities(entries: Sequence[Entry], plan: Plan) -> Iterator[str]:
    """Why these lines are not those of one run from its beginning to its end: they were put together (T07)."""
    if [entry["event"] for entry in entries].count("run_begins") != 1 or entries[0]["event"] != "run_begins":
        yield "It does not begin with its one beginning."
    if entries[-1]["event"] not in ENDS:
        yield "It has no end."
        return
    if any(before["t"] > after["t"] for before, after in pairwise(entries)) or entries[0]["t"] < 0:
        yield "Its lines are not in the order of their time."
    if not 0 <= entries[-1]["seconds"] <= entries[-1]["t"] + _EXACT:
        yield "It ended before it was as long as it says."
    played = scenarios(entries)
    names = [lines[0]["scenario"] for lines in played]
    if names != [one.scenario for one in plan.played][: len(names)]:
        yield "Its scenarios are not those of its drill file."
    for lines in played:
        yield from _misplaced(lines)


def _misplaced(lines: Sequence[Entry]) -> Iterator[str]:
    """Phases and marks out of their order or their time, or told twice; silence that was longer than it lasted."""
    name, begun = lines[0]["scenario"], lines[0]["t"]
    steps = [line for line in lines if line["event"] in ("phase_begins", "phase_ended")]
    ran = [(line["event"], line["phase"]) for line in steps if line.get("outcome") != Outcome.NOT_RUN]
    began = [phase for phase in Phase if ("phase_begins", phase) in ran]
    wanted = [(event, phase) for phase in began for event in ("phase_begins", "phase_ended")]
    if ran not in (wanted, wanted[:-1]):  # of one that was killed, the last did not end
        yield f"{name}: its phases are not in their order, each once."
    marks = {line["mark"]: line for line in lines if line["event"] == "mark"}
    if len(marks) != sum(line["event"] == "mark" for line in lines):
        yield f"{name}: it tells a mark twice."
    for mark, line in marks.items():
        first, last = line["first_good"], line["t"] + _EXACT
        if not begun - _EXACT <= (first if line["last_bad"] is None else line["last_bad"]) <= first <= last:
            yield f"{name}: {mark} is not of the time at which it was told."
    watched = marks["t7"]["t"] - marks["t7"]["first_good"] if "t7" in marks else float("inf")
    for line in lines:
        if line["event"] == "scenario_ended" and (window := line.get("window", 0)) > watched + _EXACT:
            yield f"{name}: it says {window:g} s of silence, and had {watched:g} s for them."
