"""A workflow's life, told from its records: what merged, what was rehearsed, stopped, resumed, measured, repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from catalog.records.envelope import Verified
from catalog.records.statement import Kind
from checks.reports.safe import one_line
from checks.reports.shape import short
from checks.reports.wording import number, several

Json = Any
Said = Mapping[str, Json]


def entry(record: Verified) -> Iterator[str]:
    """One record in plain lines: when, what kind and what, then indented what belongs to it."""
    said = record.statement.predicate
    head, *more = _WORDS[record.statement.kind](said)
    yield f"{_minute(said['at'])}  {record.statement.kind:<8}  {one_line(head)}"
    yield from (f"    {one_line(line)}" for line in more if line)


def fact(record: Verified) -> dict[str, Json]:
    """One record for programs: its place on the branch, who signed it, and what it says."""
    statement = record.statement
    return {"kind": statement.kind, "path": record.path, "key": record.key_id, "said": dict(statement.predicate)}


def _change(said: Said) -> Iterator[str]:
    yield _became(said)
    yield _merged(said["merge"], said["request"], said["assurance"])
    yield f"by {_people(said['authors']) or 'the pipeline, which put a stop on file'}; {_approved(said)}"
    if after := said["after"]:
        yield "models: " + ", ".join(f"{model['use']} {model['id']}" for model in after["models"])
    if control := said["control"]:
        yield f"paths: {several([_path(one) for one in control['paths']], most=_PATHS)}"
    if said["drill"]:
        yield f"drill: {said['drill']['path']}"
    for waiver in said["waivers"]:
        yield f"waived: {waiver['rule']} by {waiver['owner']} until {waiver['until']}: {waiver['reason']}"
    yield f"judged by {' and '.join(said['engines'])}, policies {_short(said['policy_digest'])}"


def _became(said: Said) -> str:
    before, after = said["before"], said["after"]
    if said["control"]:
        return f"{number(len(said['control']['paths']), 'path')} outside workflows"
    if after is None:
        return f"deleted, was {before['state'] if before else 'unreadable'}"
    was = f" (was {before['state']}, {_short(before['version'])})" if before else ", new"
    return f"{said['kind']}: {after['state']}, {after['tier']}, version {_short(after['version'])}{was}"


def drilled(said: Said) -> str:
    """How a drill ended, and where; its slowest times, whatever the scenario."""
    slowest = {
        phase: max((one["seconds"] for one in said["phases"] if one["phase"] == phase and one["seconds"]), default=None)
        for phase in ("stop", "drain")
    }
    marks = {(one["scenario"], one["mark"]): one["first_good"] for one in said["marks"]}
    # To restore is from the trigger to the end, and not only the last phase.
    ends = {scenario: end for (scenario, mark), end in marks.items() if mark == "t9" and (scenario, "t0") in marks}
    slowest["restore"] = max((end - marks[scenario, "t0"] for scenario, end in ends.items()), default=None)
    times = ", ".join(f"{phase} {seconds:.2g} s" for phase, seconds in slowest.items() if seconds is not None)
    return f"{said['outcome']} on {said['target']}{f' ({times})' if times else ''}"


def _drill(said: Said) -> Iterator[str]:
    yield f"{drilled(said)}, version {_short(said['version'])}, {said['seconds']:g} s in all"
    yield f"run {said['run']} on {said['runner']}"


def _stop(said: Said) -> Iterator[str]:
    what = "everything" if said["action"] == "all" else said["action"]
    yield f"{what}, version {_short(said['version'])}, stop {said['id']}, by {said['by'] or 'a trigger'}"
    yield f"reason: {said['reason']}"


def _resume(said: Said) -> Iterator[str]:
    yield f"stop {', '.join(said['stops'])} lifted for version {_short(said['version'])}, by {said['by']}"
    yield f"reason: {said['reason']}"


def _result(said: Said) -> Iterator[str]:
    yield f"{said['decision']} version {_short(said['version'])} after {said['tasks']} tasks, by {said['by']}"
    yield f"from {said['from']} to {said['to']}: {said['reason']}"


def _override(said: Said) -> Iterator[str]:
    yield f"rules repaired in {said['commit'][:12]}: {several(said['paths'], most=_PATHS)}"
    yield f"by {_people(said['authors'])}; {_approved(said)}"
    yield f"reason: {said['reason']}"


_WORDS: Mapping[Kind, Callable[[Said], Iterator[str]]] = {
    Kind.CHANGE: _change, Kind.DRILL: _drill, Kind.STOP: _stop, Kind.RESUME: _resume, Kind.RESULT: _result,
    Kind.OVERRIDE: _override,
}  # fmt: skip
_PATHS = 5
"""Paths that are told one by one."""


def _merged(merge: Said, request: Said, assurance: str) -> str:
    onto = f"{merge['first_parent'][:12]} of {merge['target']}"
    by = f"by !{request['number']} of project {request['project']}"
    return f"merged as {merge['commit'][:12]} onto {onto}, {by}, {assurance}"


def _approved(said: Said) -> str:
    approvals = said["approvals"]
    if not approvals:
        return "nobody had to approve it"
    own = "self-approved: " if said["self_approved"] else "approved by "
    return own + ", ".join(_approval(one) for one in approvals)


def _approval(one: Said) -> str:
    how = f"by {one['how']}, " if "how" in one else ""
    return f"{one['person']} ({one['role']}, {how}{_minute(one['at'])})"


def _people(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody known"


def _path(one: Said) -> str:
    return f"{one['path']} {one['status']}"


def _short(version: str) -> str:
    return "any" if version == "*" else short(version)


def _minute(at: str) -> str:
    return f"{at[:10]} {at[11:16]} UTC"
