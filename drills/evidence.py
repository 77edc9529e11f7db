"""What a run says of itself is held against git before it is signed: the run is data, whoever ran it (T07, T08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from catalog.errors import RecordError, UsageError
from catalog.records.statement import Kind, Statement, make_statement, moment
from catalog.workflow import Workflow
from drills.outcomes import Outcome, Phase
from drills.plan import Plan, plan
from drills.record import tests

Json = Any

OLDEST = timedelta(days=7)
"""How long after its end a run may still be signed: a records branch that cannot be reached is tried again."""
_SKEW = timedelta(minutes=10)
_SLACK = 60.0
"""Seconds by which the end of a run may differ from its start and its length."""

_EXACT = 1e-4
"""Seconds that rounding may make between a phase and its marks."""
MARKS = tuple(f"t{number}" for number in range(10))
"""The marks of a scenario that passed."""
SPANS = {
    Phase.DETECT: ("t0", "t1"), Phase.ACKNOWLEDGE: ("t1", "t2"), Phase.STOP: ("t3", "t4"),
    Phase.MITIGATE: ("t2", "t6"), Phase.DRAIN: ("t3", "t7"), Phase.NOTIFY: ("t3", "t8"),
}  # fmt: skip
"""From which mark to which a phase takes."""


def statement(said: Mapping[str, Json], workflow: Workflow, target: str, now: datetime) -> Statement:
    """What is signed of a run of `workflow`, as git has it, on `target`.

    Raises `RecordError` for a run that is not of just this content, target and time, or that leaves something out.
    """
    made = make_statement(Kind.DRILL, said)
    for why in (*_unlike(said, workflow, target), *_untimely(said, now), *_incomplete(said, _plan(workflow))):
        raise RecordError(
            f"The run {said['run']} is no evidence of {workflow.name}.",
            why=why,
            solution="Drill it again, and remove what is kept of this run.",
        )
    return made


def _unlike(said: Mapping[str, Json], workflow: Workflow, target: str) -> Iterator[str]:
    for key, ours in (
        ("workflow", workflow.name), ("version", workflow.version), ("rollback_digest", workflow.rollback_digest),
        ("target", target),
    ):  # fmt: skip
        if said[key] != ours:
            yield f"Its {key} is {said[key]}, and that of what is to be signed is {ours}."


def _untimely(said: Mapping[str, Json], now: datetime) -> Iterator[str]:
    started, ended = moment(said["started"]), moment(said["at"])
    if not now - OLDEST <= ended <= now + _SKEW:
        yield f"It ended at {said['at']}, and it is {now:%Y-%m-%dT%H:%M:%SZ}."
    if abs((ended - started).total_seconds() - said["seconds"]) > _SLACK:
        yield "Its start, its end and its length do not belong together."


def _incomplete(said: Mapping[str, Json], planned: Plan) -> Iterator[str]:
    """A run that left out a scenario or a phase, or had more time, would prove less than it says."""
    if said["configuration"] != [{"name": planned.file, "digest": {"sha256": planned.digest}}]:
        yield f"It was run from another {planned.file}."
    if [one["name"] for one in said["scenarios"]] != [one.scenario for one in planned.played]:
        yield "It did not play the scenarios of its drill file."
    wanted = [(one.scenario, str(phase), planned.budgets[phase]) for one in planned.played for phase in Phase]
    if [(one["scenario"], one["phase"], one["budget"]) for one in said["phases"]] != wanted:
        yield "Its phases are not those of its drill file, each once, in their order, with their budgets."
    if any(said[key] != listed for key, listed in tests(said["phases"]).items()):
        yield "Its lists of tests are not what its phases say."
    if said["outcome"] == Outcome.PASSED:
        yield from _unproved(said, planned)


def _unproved(said: Mapping[str, Json], planned: Plan) -> Iterator[str]:
    for one in said["phases"]:
        if one["seconds"] > one["budget"]:
            yield f"{one['scenario']}/{one['phase']} took longer than its budget, and counts as passed."
    wanted = [(one.scenario, mark) for one in planned.played for mark in MARKS]
    if [(one["scenario"], one["mark"]) for one in said["marks"]] != wanted:
        yield f"Its marks are not {MARKS[0]} to {MARKS[-1]} of each scenario of its drill file."
    else:
        yield from _mistimed(said)
    if said["silence"]["window"] < planned.silence:
        yield f"It watched {said['silence']['window']:g} s of silence, of {planned.silence:g} s."


def _mistimed(said: Mapping[str, Json]) -> Iterator[str]:
    """Phases whose time is not the one between their marks: of `restore` only the end is marked."""
    marks, phases = iter(said["marks"]), iter(said["phases"])
    for _ in said["scenarios"]:
        at = {one["mark"]: one for one in islice(marks, len(MARKS))}
        for one in islice(phases, len(Phase)):
            since, until = SPANS.get(one["phase"], ("", ""))
            took = at[until]["first_good"] - _earliest(at[since]) if since else one["seconds"]
            if abs(max(0.0, took) - one["seconds"]) > _EXACT:
                yield f"{one['scenario']}/{one['phase']} took {took:g} s by its marks, and says {one['seconds']:g} s."


def _earliest(mark: Mapping[str, Json]) -> float:
    return float(mark["first_good"] if mark["last_bad"] is None else mark["last_bad"])


def _plan(workflow: Workflow) -> Plan:
    try:
        return plan(workflow)
    except UsageError as error:
        raise RecordError(error.message, why=error.why, solution=error.solution) from error
