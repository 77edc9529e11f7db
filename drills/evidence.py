"""What a run says of itself is held against git and its own journal before it is signed, whoever ran it (T07, T08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from catalog.engines.provision import VERSION
from catalog.errors import NoEvidence, RecordError, UsageError
from catalog.records.statement import Kind, Statement, make_statement, moment
from drills import told
from drills.kept import Kept
from drills.outcomes import Outcome, Phase
from drills.plan import Plan, plan
from drills.rehearsed import Rehearsed
from drills.sandbox.sandbox import NAME as SANDBOX

Json = Any

OLDEST = timedelta(days=7)
"""How long after its end a run may still be signed: a records branch that cannot be reached is tried again."""
_SKEW = timedelta(minutes=10)

_EXACT = 1e-4
"""Seconds that rounding may make between a phase and its marks."""
MARKS = tuple(f"t{number}" for number in range(10))
"""The marks of a scenario that passed."""
SPANS = {
    Phase.DETECT: ("t0", "t1"), Phase.ACKNOWLEDGE: ("t1", "t2"), Phase.STOP: ("t3", "t4"),
    Phase.MITIGATE: ("t2", "t6"), Phase.DRAIN: ("t3", "t7"), Phase.NOTIFY: ("t3", "t8"),
}  # fmt: skip
"""From which mark to which a phase takes."""

BY_SIGNER = (
    "bundle.revision", "candidate", "commit", "configuration", "opa", "phases.budget", "rollback_digest", "version",
    "workflow",
)  # fmt: skip
"""What the signer found itself, in git and in its own code. All else is the word of the run's journal."""


def statement(kept: Kept, found: Rehearsed, target: str, now: datetime) -> Statement:
    """What is signed of a run on `target`; `found`: what was rehearsed, as git has it.

    Raises `NoEvidence` for a run that is not of just this content, target and time, that its own journal tells
    otherwise, or that leaves something out.
    """
    said = kept.said
    attested = {"journal": kept.digest, "by_signer": list(BY_SIGNER)}
    try:
        made = make_statement(Kind.DRILL, {**said, "attested": attested})
    except RecordError as error:
        raise NoEvidence(error.message, why=error.why, solution="Drill it again.") from error
    planned = _plan(found, said["workflow"])
    # In this order, and no further than the first: what comes later takes for granted what came before.
    for why in chain(
        _unlike(said, found, target), untimely(kept, now), _untold(kept, planned), _unproved(said, planned)
    ):
        raise NoEvidence(
            f"The run {kept.name} is no evidence of {said['workflow']}.",
            why=why,
            solution="Drill it again, and remove what is kept of this run.",
        )
    return made


def is_early(kept: Kept, now: datetime) -> bool:
    """Whether a run ended in what is the future here, by no more than a clock may be wrong by until it is set right."""
    with suppress(RecordError):
        return now + _SKEW < moment(kept.said["at"]) <= now + OLDEST
    return False


def untimely(kept: Kept, now: datetime) -> Iterator[str]:
    """Why a run cannot be signed any more, or not yet."""
    try:
        ended = moment(kept.said["at"])
    except RecordError as error:
        yield error.message
        return
    if not now - OLDEST <= ended <= now + _SKEW:
        yield f"It ended at {kept.said['at']}, and it is {now:%Y-%m-%dT%H:%M:%SZ}."


def _unlike(said: Mapping[str, Json], found: Rehearsed, target: str) -> Iterator[str]:
    """Facts that the signer knows better."""
    workflow, document = found.workflow(said["workflow"]), found.document
    for key, theirs, ours in (
        ("version", said["version"], workflow.version),
        ("rollback_digest", said["rollback_digest"], workflow.rollback_digest),
        ("target", said["target"], target),
        ("commit", said["commit"], found.commit),
        ("bundle.revision", said["bundle"]["revision"], document["revision"]),
        ("candidate", said["candidate"], document["candidate"]),
        ("opa", said["opa"], VERSION),
    ):
        if theirs != ours:
            yield f"Its {key} is {theirs}, and that of what is to be signed is {ours}."
    # A target that was drilled on before holds later bundles; a sandbox begins with the first.
    number, first = said["bundle"]["seq"], document["seq"]
    if number < first or (number > first and target == SANDBOX):
        yield f"Its bundle.seq is {number}, and that of what was rehearsed is {first}."


def _untold(kept: Kept, planned: Plan) -> Iterator[str]:
    """What its own journal does not tell: a result that was edited, copied, or put beside another's journal."""
    try:
        begun = kept.entries[0]
        started = datetime.fromisoformat(begun["started"])
        if not kept.name == begun["run"] == f"{started:%Y%m%d-%H%M%S}-{begun['run'].rpartition('-')[2]}":
            yield "Its folder, its journal and the moment at which it began name different runs."
        yield from (f"Its journal is none: {odd}" for odd in told.oddities(kept.entries, planned))
        if begun["drill"] != planned.digest:
            yield f"It was run from another {planned.file}."
        end = kept.entries[-1]
        ours = told.tell(kept.entries, planned, end) | {"attested": None}
        if end["outcome"] != ours["outcome"]:
            yield f"Its journal ends as {end['outcome']}, and tells of {ours['outcome']}."
        yield from (
            f"Its {key} is not what its journal tells." for key, value in kept.said.items() if value != ours.get(key)
        )
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        yield f"Its journal is none ({type(error).__name__})."


def _unproved(said: Mapping[str, Json], planned: Plan) -> Iterator[str]:
    """What a runner that counts it as passed cannot have seen."""
    if said["outcome"] != Outcome.PASSED:
        return
    for one in said["phases"]:
        if one["seconds"] > one["budget"]:
            yield f"{one['scenario']}/{one['phase']} took longer than its budget, and counts as passed."
    wanted = [(one.scenario, mark) for one in planned.played for mark in MARKS]
    if [(one["scenario"], one["mark"]) for one in said["marks"]] != wanted:
        yield f"Its marks are not {MARKS[0]} to {MARKS[-1]} of each scenario of its drill file."
    else:
        yield from _mistimed(said, planned.within)
    if said["silence"]["window"] < planned.silence:
        yield f"It watched {said['silence']['window']:g} s of silence, of {planned.silence:g} s."


def _mistimed(said: Mapping[str, Json], within: float) -> Iterator[str]:
    """Phases whose time is not the one between their marks: of `restore` only the end is marked."""
    marks, phases = iter(said["marks"]), iter(said["phases"])
    for scenario in said["scenarios"]:
        at = {one["mark"]: one for one in islice(marks, len(MARKS))}
        for one in islice(phases, len(Phase)):
            since, until = SPANS.get(one["phase"], ("", ""))
            took = at[until]["first_good"] - _earliest(at[since]) if since else one["seconds"]
            if abs(max(0.0, took) - one["seconds"]) > _EXACT:
                yield f"{one['scenario']}/{one['phase']} took {took:g} s by its marks, and says {one['seconds']:g} s."
        if (took := at["t9"]["first_good"] - _earliest(at["t0"])) > within + _EXACT:
            yield f"{scenario['name']} took {took:g} s, and its way back may take {within:g} s."


def _earliest(mark: Mapping[str, Json]) -> float:
    return float(mark["first_good"] if mark["last_bad"] is None else mark["last_bad"])


def _plan(found: Rehearsed, name: str) -> Plan:
    try:
        return plan(found.workflow(name))
    except UsageError as error:
        raise NoEvidence(error.message, why=error.why, solution=error.solution) from error
