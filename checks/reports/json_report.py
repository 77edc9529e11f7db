"""A report for programs: one JSON document, described by `report.schema.json` beside this file."""

from __future__ import annotations

import json
from typing import Any

from catalog.errors import CountersignError
from checks.finding import Change, Finding, Report, Verdict
from checks.reports.safe import one_line
from checks.reports.shape import arrange

FORMAT = "countersign-report/1"
"""Changes when a reader of the old documents could misread the new ones."""


def write(report: Report) -> str:
    """The whole report; keys and lists sorted, what is absent is null."""
    report = arrange(report)
    judged = {
        "mode": report.mode,
        "target": report.target or None,
        "head": report.head or None,
        "now": report.now or None,
        "replay": report.replay,
        "assurance": report.assurance,
        "engines": report.engines,
        "rules": report.rules,
        "workflows": report.workflows,
        "policy_digest": report.policy_digest or None,
    }
    return _dump(
        verdict=report.verdict.value,
        exit_code=report.verdict.exit_code,
        judged=judged,
        findings=[_finding(finding) for finding in report.findings],
        launch=[_finding(finding) for finding in report.launch],
        changes=[_change(change) for change in report.changes],
        notes=report.notes,
        error=None,
    )


def write_error(error: CountersignError) -> str:
    """The same document with verdict `error`, nothing judged, and the error."""
    why, solution = one_line(error.why) or None, one_line(error.solution) or None
    return _dump(
        verdict=Verdict.ERROR.value,
        exit_code=error.exit_code,
        judged=None,
        findings=[],
        launch=[],
        changes=[],
        notes=[],
        error={"message": one_line(error.message), "why": why, "solution": solution},
    )


def _dump(**document: Any) -> str:
    return json.dumps({"format": FORMAT, **document}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "workflow": finding.workflow or None,
        "file": finding.file or None,
        "line": finding.line or None,
        "code": finding.code,
        "severity": finding.severity.value,
        "field": finding.field or None,
        "message": finding.message,
        "solution": finding.solution or None,
        "who": finding.who,
        "waived": finding.waived or None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "workflow": change.workflow,
        "status": change.status,
        "kind": change.kind,
        "because": change.because,
        "tier": change.tier or None,
        "state": change.state or None,
        "version": change.version or None,
        "needs": change.needs,
        "drill": one_line(change.drill) or None,
    }
