"""The change record: what merged, who approved it, under which rules, with what evidence.

There is one for each changed workflow, and one for all paths outside workflows.

A record is made from a judgement that passed and from where the change entered the target branch; nothing else goes in.
That judgement is of the moment of the merge: made right before it, or afterwards as of then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import change, clock, layout
from catalog.change import WorkflowChange
from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.statement import Kind, Statement, make_statement, time_text
from catalog.records.subjects import ANY_VERSION, CONTROL
from catalog.workflow import Workflow
from checks.finding import Severity, Verdict
from checks.gate import Judged
from checks.reports.shape import counting

Json = Any


class NotPassed(RecordError):
    """What was merged had not passed: there is nothing to be recorded of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Where a change entered the target branch."""

    target: str
    commit: str
    first_parent: str
    """The target's tip before it."""
    at: datetime
    project: int
    number: int


def statements(repository: Repository, judged: Judged, merge: Merge) -> list[Statement]:
    """What is to be recorded of a merged change. Raises `NotPassed` for one that did not pass: none is made up."""
    if judged.report.verdict is not Verdict.PASS:
        then, verdict = clock.iso(merge.at), judged.report.verdict
        raise NotPassed(
            f"{merge.commit[:12]} is not recorded: at its merge, {then}, it was {verdict}.",
            why=f"It lacked {', '.join(_lacking(judged))}. What is approved or drilled after the merge is too late.",
            solution="Find out who merged it, and how; revert it, or bring it again, by a merge request.",
        )
    predicates = [_of_workflow(repository, judged, merge, one) for one in judged.changed.workflows]
    if judged.changed.control:
        predicates.append(_of_control(repository, judged, merge))
    resumed = [_resume(judged, merge, one) for one in judged.changed.workflows if _taken_out(one)]
    if _resumed_everywhere(judged):
        resumed.append(_resume_everything(judged, merge))
    return [
        *(make_statement(Kind.CHANGE, predicate) for predicate in predicates),
        *(make_statement(Kind.RESUME, predicate) for predicate in resumed),
    ]


def _taken_out(one: WorkflowChange) -> list[str]:
    """The stops that a change lets run again; a deletion lets nothing run."""
    before, after = (
        {stop["id"] for stop in side.state["stopped"]} if side else None for side in (one.before, one.after)
    )
    return sorted(before - after) if before and after is not None else []


def _resumed_everywhere(judged: Judged) -> list[str]:
    """The stops of everything that a change lets go."""
    before, after = (set(team.points.get("resumed") or ()) for team in (judged.context.team, judged.context.team_after))
    return sorted(after - before)


def _resume(judged: Judged, merge: Merge, one: WorkflowChange) -> dict[str, Json]:
    """What the keeper lifts: exactly the stops that a reviewed change took out of `state.yaml`."""
    said = judged.answer.verdict["changes"][one.name]
    return {
        **_lifting(judged, merge, _approvals(judged, one.name, said["approvals"])),
        "workflow": one.name,
        "stops": _taken_out(one),
        "version": one.after.version if one.after else "",
        "reason": f"Merge request !{merge.number} took them out of state.yaml.",
    }


def _resume_everything(judged: Judged, merge: Merge) -> dict[str, Json]:
    """The same for stops of everything, which are in no workflow's file."""
    counted = judged.answer.verdict["control"]["approvals"]
    return {
        **_lifting(judged, merge, _approvals(judged, None, counted)),
        "workflow": CONTROL,
        "stops": _resumed_everywhere(judged),
        "version": ANY_VERSION,
        "reason": f"Merge request !{merge.number} named them in {layout.POINTS}.",
    }


def _lifting(judged: Judged, merge: Merge, approvals: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    return {
        "at": time_text(merge.at),
        "commit": merge.commit,
        "first_parent": merge.first_parent,
        "request": {"project": merge.project, "number": merge.number},
        "by": judged.context.opened_by or judged.context.authors[0],
        "approvals": [{key: given[key] for key in ("person", "forge", "at", "digest")} for given in approvals],
    }


def _lacking(judged: Judged) -> list[str]:
    """The rules that kept it from passing, each once, with whoever is asked for."""
    found = [f for severity in (Severity.DENY, Severity.WAIT) for f in counting(judged.report.findings, severity)]
    return sorted({f"{f.code} ({' or '.join(f.who)})" if f.who else f.code for f in found})


def _of_workflow(repository: Repository, judged: Judged, merge: Merge, one: WorkflowChange) -> dict[str, Json]:
    said = judged.answer.verdict["changes"][one.name]
    return {
        **_common(judged, merge, one.name, said["approvals"]),
        "workflow": one.name,
        "kind": said["kind"],
        "before": _side(one.before),
        "after": _side(one.after),
        "control": None,
        "self_approved": said["self_approved"],
        "drill": _drill(repository, judged, said["drill"]),
    }


def _of_control(repository: Repository, judged: Judged, merge: Merge) -> dict[str, Json]:
    counted = judged.answer.verdict["control"]["approvals"]
    approvals = _approvals(judged, None, counted)
    wrote = set(judged.context.authors)
    return {
        **_common(judged, merge, None, counted),
        "workflow": CONTROL,
        "kind": "widening",
        "before": None,
        "after": None,
        "control": {
            "before": change.control_digest(repository, judged.comparison.before),
            "after": judged.context.control_digest,
            "paths": [{"path": path.path, "status": path.status} for path in judged.changed.control],
        },
        "self_approved": any(approval["person"] in wrote for approval in approvals),
        "drill": None,
    }


def _common(judged: Judged, merge: Merge, workflow: str | None, counted: Json) -> dict[str, Json]:
    report = judged.report
    return {
        "at": time_text(merge.at),
        "merge": {"target": merge.target, "commit": merge.commit, "first_parent": merge.first_parent},
        "request": {"project": merge.project, "number": merge.number},
        "authors": list(judged.context.authors),
        "approvals": _approvals(judged, workflow, counted),
        "verdict": "pass",
        "waivers": list(_waivers(judged, workflow)),
        "policy_digest": report.policy_digest,
        "engines": sorted(engine for engines in report.engines for engine in engines.split(" and ")),
        "assurance": report.assurance,
    }


def _approvals(judged: Judged, workflow: str | None, counted: Json) -> list[dict[str, Json]]:
    given, people = judged.context.given(workflow), judged.context.team.by_forge
    return [
        {
            "person": people[given[one["approval"]].forge],
            "forge": given[one["approval"]].forge,
            "at": time_text(given[one["approval"]].at),
            "role": one["role"],
            "how": given[one["approval"]].how,
            "digest": given[one["approval"]].digest,
        }
        for one in counted
    ]


def _waivers(judged: Judged, workflow: str | None) -> Iterator[Mapping[str, Json]]:
    used = {hit["waived"] for hit in judged.answer.verdict["findings"] if hit["workflow"] == workflow} - {None}
    for index in sorted(used):
        waiver = judged.context.team.waivers[index]
        yield {key: waiver[key] for key in ("rule", "owner", "reason", "until")}


def _side(side: Workflow | None) -> dict[str, Json] | None:
    if side is None or side.problems:
        return None
    return {
        "version": side.version,
        "rollback_digest": side.rollback_digest,
        "countersigned": side.countersigned,
        "prompt_digest": side.prompt_digest,
        "models": side.manifest["models"],
        "tier": side.manifest["risk"]["tier"],
        "state": side.state["state"],
    }


def _drill(repository: Repository, judged: Judged, path: str | None) -> dict[str, Json] | None:
    if path is None:
        return None
    raw = repository.read(f"{judged.records}:{path}")
    if raw is None:
        raise RecordError(f"The drill record {path} is not there any more.", why="The change leans on it.")
    return {"path": path, "sha256": hashlib.sha256(raw).hexdigest()}
