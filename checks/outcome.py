"""From the rules' answer to a report: findings with place and solution, and the verdict they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.change import WorkflowChange
from catalog.errors import PolicyError
from catalog.team import Team
from checks.finding import Change, Finding, Severity, Verdict
from checks.places import Places

Json = Any

_WORST = {Severity.DENY: Verdict.REFUSE, Severity.WAIT: Verdict.WAIT}


def checked(answer: Json, metadata: Mapping[str, Json]) -> Mapping[str, Json]:
    """The answer, if every rule took part in it. Raises `PolicyError` otherwise: a silent rule is no rule (T11)."""
    if not isinstance(answer, dict) or not {"rules", "findings", "changes"} <= answer.keys():
        raise PolicyError("The rules gave no verdict.", why="policies/verdict.rego did not answer as documented.")
    silent = set(metadata) ^ set(answer["rules"])
    if silent:
        raise PolicyError(
            f"Not every rule took part: {', '.join(sorted(silent))}.",
            why="Each rule with METADATA must define `findings`, and each rule that defines them needs METADATA.",
        )
    return answer


def findings(
    answer: Mapping[str, Json], metadata: Mapping[str, Json], team: Team, places: Places
) -> tuple[Finding, ...]:
    """The answer's findings, each with its file and line, sorted."""
    found = {_finding(hit, metadata[hit["code"]], team, places) for hit in answer["findings"]}
    return tuple(sorted(found))


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
    return f"waived by {waiver['owner']} until {waiver['until']}: {waiver['reason']}"


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
