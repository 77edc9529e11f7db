"""What a run says of itself is held against git before it is signed: the run is data, whoever ran it (T07, T08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from catalog.errors import RecordError, UsageError
from catalog.records.statement import Kind, Statement, make_statement, moment
from catalog.workflow import Workflow
from drills.outcomes import Outcome, Phase
from drills.plan import Plan, plan

Json = Any

OLDEST = timedelta(days=7)
"""How long after its end a run may still be signed: a records branch that cannot be reached is tried again."""
_SKEW = timedelta(minutes=10)
_SLACK = 60.0
"""Seconds by which the end of a run may differ from its start and its length."""


def statement(said: Mapping[str, Json], workflow: Workflow, target: str, now: datetime) -> Statement:
    """What is signed of a run of `workflow`, as git has it, on `target`.

    Raises `RecordError` for a run that is not of just this content, target and time, or that leaves something out.
    """
    made = make_statement(Kind.DRILL, said)
    for why in (*_unlike(said, workflow, target), *_untimely(said, now), *_incomplete(said, _plan(workflow))):
        raise RecordError(
            f"The run {said['run']} is no evidence of {workflow.name}.", why=why, solution="Drill it again."
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
    if said["outcome"] == Outcome.PASSED:
        yield from _unproved(said, planned)


def _unproved(said: Mapping[str, Json], planned: Plan) -> Iterator[str]:
    for one in said["phases"]:
        if one["seconds"] is None or one["seconds"] > one["budget"]:
            yield f"{one['scenario']}/{one['phase']} took longer than its budget, and counts as passed."
    marks = {f"{one['scenario']}/{one['mark']}" for one in said["marks"]}
    wanted = [f"{one.scenario}/t{number}" for one in planned.played for number in range(10)]
    if missing := [mark for mark in wanted if mark not in marks]:
        yield f"It lacks the marks {', '.join(missing)}."
    if said["silence"]["window"] < planned.silence:
        yield f"It watched {said['silence']['window']:g} s of silence, of {planned.silence:g} s."


def _plan(workflow: Workflow) -> Plan:
    try:
        return plan(workflow)
    except UsageError as error:
        raise RecordError(error.message, why=error.why, solution=error.solution) from error
