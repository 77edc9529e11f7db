"""A report as GitLab Code Quality JSON, for the merge request's widget: one entry a finding, and one on the judgement.

The latter tells the level of assurance. It stays the same from run to run, so that the widget does not show it as new.
Every entry has a severity: GitLab drops a whole report over one that lacks it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from catalog.errors import CountersignError
from checks.finding import Finding, Report, Severity
from checks.reports.safe import one_line
from checks.reports.shape import arrange
from checks.reports.wording import judged, tally

NOWHERE = "team/people.yaml"
"""Where findings about the repository as a whole are shown; the widget must link to some file."""

JUDGED = "countersign.judged"

_SEVERITY = {Severity.DENY: "critical", Severity.WAIT: "major", Severity.WARN: "minor"}


def write(report: Report) -> str:
    """The report as a JSON array; waived findings and needs of a launch are `info`."""
    report = arrange(report)
    seen: Counter[str] = Counter()
    entries = [_entry(finding, seen, "") for finding in report.findings]
    entries += [_entry(finding, seen, "to go live") for finding in report.launch]
    return _dump([*entries, _judged(report)])


def write_error(error: CountersignError) -> str:
    """One `blocker`: an empty array would read as clean."""
    why = f" {one_line(error.why)}" if error.why else ""
    text = f"error: nothing was judged. {one_line(error.message)}{why}{_next(one_line(error.solution))}"
    return _dump([_issue(text, "countersign.error", _digest("countersign.error"), "blocker", NOWHERE, 1)])


def _judged(report: Report) -> dict[str, Any]:
    text = f"judged: {tally(report)}; {judged(report)}"
    return _issue(text, JUDGED, _digest(JUDGED, report.assurance), "info", NOWHERE, 1)


def _entry(finding: Finding, seen: Counter[str], prefix: str) -> dict[str, Any]:
    # Neither line nor message: a finding that moved, or that names a new version, is still the same finding.
    same = _digest(prefix, finding.code, finding.workflow, finding.file, finding.field)
    seen[same] += 1
    severity = _SEVERITY[finding.severity]
    if finding.waived:
        prefix, severity = f"waived ({finding.waived})", "info"
    elif prefix:
        severity = "info"
    text = f"{prefix or finding.severity.value}: {finding.message}{_next(finding.solution)}"
    return _issue(text, finding.code, _digest(same, str(seen[same])), severity, _path(finding), max(finding.line, 1))


def _issue(text: str, check: str, fingerprint: str, severity: str, path: str, line: int) -> dict[str, Any]:
    location = {"path": path, "lines": {"begin": line}}
    identity = {"check_name": check, "fingerprint": fingerprint}
    return {**identity, "description": text, "severity": severity, "location": location}


def _path(finding: Finding) -> str:
    manifest = f"workflows/{finding.workflow}/workflow.yaml" if finding.workflow else NOWHERE
    return finding.file.lstrip("/") or manifest


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _next(solution: str) -> str:
    return f" -> {solution}" if solution else ""


def _dump(entries: list[dict[str, Any]]) -> str:
    return json.dumps(entries, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
