"""What every writer starts from: a report that is cleaned, sorted and grouped by workflow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from checks.finding import Change, Finding, Report, Severity
from checks.reports.safe import one_line

_RANK = {Severity.DENY: 0, Severity.WAIT: 1, Severity.WARN: 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """All that a report says about one workflow, or (workflow empty) about the repository as a whole."""

    workflow: str
    change: Change | None = None
    findings: tuple[Finding, ...] = ()
    """Those that count first, worst first; then the waived ones."""
    launch: tuple[Finding, ...] = ()

    @property
    def silent(self) -> bool:
        """Is there nothing to tell: nothing changed, nothing found?"""
        changed = self.change is not None and self.change.status != "unchanged"
        return not (changed or self.findings or self.launch)

    @property
    def drill(self) -> str:
        """What its newest drill came to; empty where that is not told."""
        return self.change.drill if self.change else ""


def arrange(report: Report) -> Report:
    """`report` with every text made safe, duplicates gone, and an order that depends on its content alone."""
    return replace(
        report,
        findings=_findings(report.findings),
        launch=_findings(report.launch),
        changes=tuple(sorted((_change(c) for c in set(report.changes)), key=repr)),
        mode=one_line(report.mode),
        target=one_line(report.target),
        head=one_line(report.head),
        now=one_line(report.now),
        assurance=one_line(report.assurance),
        engines=_lines(report.engines),
        policy_digest=one_line(report.policy_digest),
        notes=_lines(report.notes),
    )


def group(report: Report) -> tuple[Group, ...]:
    """The groups of an arranged report: the repository first, then the workflows by name."""
    findings, launch = _by_workflow(report.findings), _by_workflow(report.launch)
    changes = {change.workflow: change for change in report.changes}
    return tuple(
        Group(
            workflow=name,
            change=changes.get(name),
            findings=tuple(sorted(findings[name], key=_weight)) if name in findings else (),
            launch=tuple(launch.get(name, ())),
        )
        for name in sorted({"", *changes, *findings, *launch})
    )


def counting(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Those of a severity that no waiver covers."""
    return [f for f in findings if f.severity == severity and not f.waived]


def short(digest: str, letters: int = 8) -> str:
    """The first `letters` of a digest, its algorithm kept: `h1:3f9a0c4e…`."""
    algorithm, colon, value = digest.rpartition(":")
    return f"{algorithm}{colon}{value[:letters]}…" if len(value) > letters else digest


def place(finding: Finding) -> str:
    """`path:line`, or as much of it as is known."""
    return f"{finding.file}:{finding.line}" if finding.file and finding.line > 0 else finding.file


def _weight(finding: Finding) -> tuple[bool, int, Finding]:
    return bool(finding.waived), _RANK[finding.severity], finding


def _by_workflow(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    grouped: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.workflow].append(finding)
    return grouped


def _findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(_finding(f) for f in set(findings)))


def _finding(finding: Finding) -> Finding:
    return Finding(
        workflow=one_line(finding.workflow),
        file=one_line(finding.file),
        line=max(finding.line, 0),
        code=one_line(finding.code),
        severity=Severity(finding.severity),
        field=one_line(finding.field),
        message=one_line(finding.message),
        solution=one_line(finding.solution),
        who=_lines(finding.who),
        waived=one_line(finding.waived),
    )


def _change(change: Change) -> Change:
    return Change(
        workflow=one_line(change.workflow),
        status=one_line(change.status),
        kind=one_line(change.kind),
        because=_lines(change.because),
        tier=one_line(change.tier),
        state=one_line(change.state),
        version=one_line(change.version),
        needs=_lines(change.needs),
        drill=one_line(change.drill),
    )


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({one_line(text) for text in texts})) if texts else ()
