"""From the rules' answer to a report: findings with place and solution, and the verdict they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import NoneType
from typing import Any

from catalog.change import WorkflowChange
from catalog.errors import PolicyError
from catalog.team import Team
from checks.finding import Change, Finding, Severity, Verdict
from checks.places import Places

Json = Any

_WORST = {Severity.DENY: Verdict.REFUSE, Severity.WAIT: Verdict.WAIT}

_MOST = 50
"""Findings of one rule about one file that a report lists; it counts the rest."""

# What policies/verdict.rego answers. A set: the types of a value; a list: the shape of its items; a tuple: the shape of
# a mapping's values; a mapping: the shape of each key's value.
_TEXT, _NUMBER = {str}, {int}
_MAYBE_TEXT, _MAYBE_NUMBER = {str, NoneType}, {int, NoneType}
_APPROVALS = [{"approval": _NUMBER, "role": _TEXT}]
_FINDING = {
    "code": _TEXT, "severity": _TEXT, "workflow": _MAYBE_TEXT, "file": _MAYBE_TEXT, "line": _MAYBE_NUMBER,
    "field": _MAYBE_TEXT, "message": _TEXT, "who": [_TEXT], "waived": _MAYBE_NUMBER,
}  # fmt: skip
_CHANGE = {
    "kind": _TEXT, "because": [_TEXT], "tier": _TEXT, "needs": [_TEXT], "approvals": _APPROVALS,
    "self_approved": {bool}, "drill": _MAYBE_TEXT,
}  # fmt: skip
_ANSWER = {"rules": [_TEXT], "findings": [_FINDING], "changes": (_CHANGE,), "control": {"approvals": _APPROVALS}}


def checked(answer: Json, metadata: Mapping[str, Json], waivers: int = 0) -> Mapping[str, Json]:
    """The answer, if every rule took part in it. Raises `PolicyError` otherwise: a silent rule is no rule (T11).

    Also for an answer that is not as documented: a change may bring its own verdict.rego, which may say anything.
    """
    if not _fits(answer, _ANSWER):
        raise _undocumented("A part is missing, or has another type.")
    silent = set(metadata) ^ set(answer["rules"])
    if silent:
        raise PolicyError(
            f"Not every rule took part: {', '.join(sorted(silent))}.",
            why="Each rule with METADATA must define `findings`, and each rule that defines them needs METADATA.",
        )
    for hit in answer["findings"]:
        if hit["code"] not in metadata or hit["severity"] not in list(Severity):
            raise _undocumented(f"It knows no rule {hit['code']} of severity {hit['severity']}.")
        if hit["waived"] is not None and not 0 <= hit["waived"] < waivers:
            raise _undocumented(f"It names the waiver {hit['waived']}, of {waivers}.")
    whole: Mapping[str, Json] = answer
    return whole


def _fits(value: Json, shape: Json) -> bool:
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(key in value and _fits(value[key], shape[key]) for key in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(item, shape[0]) for item in value)
    if isinstance(shape, tuple):
        return isinstance(value, dict) and all(_fits(item, shape[0]) for item in value.values())
    return type(value) in shape  # not isinstance: true is no number


def _undocumented(why: str) -> PolicyError:
    return PolicyError(
        "The rules gave no verdict that can be read.",
        why=f"policies/verdict.rego did not answer as documented. {why}",
        solution="Repair it, or restore it.",
    )


def findings(
    answer: Mapping[str, Json], metadata: Mapping[str, Json], team: Team, places: Places
) -> tuple[Finding, ...]:
    """The answer's findings, each with its file and line, sorted; of very many about a file the first, and a count."""
    groups: dict[tuple[Json, ...], list[Finding]] = defaultdict(list)
    for one in sorted({_finding(hit, metadata[hit["code"]], team, places) for hit in answer["findings"]}):
        groups[one.workflow, one.file, one.code, one.severity, one.who, one.waived].append(one)
    return tuple(sorted(one for group in groups.values() for one in _first(group)))


def _first(group: list[Finding]) -> list[Finding]:
    rest = len(group) - _MOST
    if rest <= 0:
        return group
    last = group[_MOST - 1]
    return [*group[:_MOST], replace(last, message=f"and {rest} more like these, which are not listed")]


def _finding(hit: Mapping[str, Json], metadata: Mapping[str, Json], team: Team, places: Places) -> Finding:
    file, line = hit.get("file"), hit.get("line")
    if not file:
        file, line = places.find(hit["workflow"], hit["field"] or "")
    return Finding(
        workflow=hit["workflow"] or "", file=file, line=line or 0, code=hit["code"], severity=Severity(hit["severity"]),
        field=hit["field"] or "", message=hit["message"], solution=" ".join(metadata["solution"].split()),
        who=tuple(sorted(hit.get("who") or ())), waived=_waiver(team, hit.get("waived")),
    )  # fmt: skip


def _waiver(team: Team, index: int | None) -> str:
    if index is None:
        return ""
    waiver = team.waivers[index]
    return f"{waiver['owner']}, until {waiver['until']}: {waiver['reason']}"


def verdict(found: Iterable[Finding]) -> Verdict:
    """The worst of what counts: a waived finding and a warning do not."""
    reached = {_WORST.get(finding.severity, Verdict.PASS) for finding in found if not finding.waived}
    return next((worst for worst in (Verdict.REFUSE, Verdict.WAIT) if worst in reached), Verdict.PASS)


def changes(answer: Mapping[str, Json], judged: Sequence[WorkflowChange]) -> tuple[Change, ...]:
    """What each judged workflow's change amounts to, by name."""
    return tuple(
        _change(answer["changes"].get(one.name) or {}, one) for one in sorted(judged, key=lambda one: one.name)
    )


def _change(answer: Mapping[str, Json], change: WorkflowChange) -> Change:
    side = change.after or change.before
    sound = side is not None and not side.problems
    return Change(
        workflow=change.name,
        status=change.status,
        kind=answer.get("kind") or "unreadable",
        because=tuple(sorted(answer.get("because") or ())),
        tier=answer.get("tier") or "",
        state=side.state["state"] if side and sound else "",
        version=change.after.version if change.after and sound else "",
        needs=tuple(sorted(answer.get("needs") or ())),
    )
