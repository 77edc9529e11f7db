"""`countersign gitlab drill`: the drills that a merge request still needs, and nothing else of it is wrong."""

from __future__ import annotations

from pathlib import Path

import click

from checks.finding import Report, Severity
from checks.gitlab.judge import hear, read
from countersign.commands import drill
from countersign.commands.gitlab import Options, court, wanted_number

RUNNABLE = ("rollback.untested", "rollback.stale")
"""The rules that wait for a drill which a pipeline can run."""


def drill_request(start: Path, number: int | None, options: Options, runs: Path, target: str) -> int:
    """Rehearse what a merge request would bring. Exit code 0 when no drill is missing, or all passed.

    Each version is drilled once on a target: a drill that failed is a refusal, and no wait for another try.
    """
    bench = court(start, options)
    if (wanted := wanted_number(bench, number, options)) is None:
        return 0
    found = hear(bench, read(bench, wanted))
    names = missing(found.judged.report)
    if not names:
        click.echo(f"!{wanted} waits for no drill: {found.judged.report.verdict.value}.")
        return 0
    asked = drill.Options(
        runs=runs, target=target, production=None, base=found.judged.comparison.target, head=found.request.head,
        record=False,
    )  # fmt: skip
    return drill.run(start, names, asked, everything=False, due=False, dry=False)


def missing(report: Report) -> list[str]:
    """The workflows that wait for a drill, where everything else that is missing is a click; none where it is more."""
    counting = [finding for finding in report.findings if not finding.waived]
    if any(finding.severity is Severity.DENY for finding in counting):
        return []
    return sorted({finding.workflow for finding in counting if finding.code in RUNNABLE})
