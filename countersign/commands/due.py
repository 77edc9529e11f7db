"""`countersign due`: the workflows whose rehearsal is due, as the rules see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from checks import gate
from checks.gate import Request

RULES = ("rollback.untested", "rollback.failed", "rollback.stale", "rollback.due", "rollback.sandbox-only")
"""The rules that ask for a rehearsal."""
_WAITS = 4


@dataclass(frozen=True, order=True, slots=True)
class Due:
    """One workflow, and why."""

    workflow: str
    why: str


def due(start: Path) -> list[Due]:
    """What is due of everything that runs, and of what is to be launched. Raises `JudgeError`."""
    report = gate.judge(Request(start=start, everything=True, now=datetime.now(UTC)))
    found: dict[str, str] = {}
    for finding in (*report.findings, *report.launch):
        if finding.code in RULES and not finding.waived:
            found.setdefault(finding.workflow, f"{finding.code}: {finding.message}")
    return sorted(Due(workflow, why) for workflow, why in found.items())


def tell(start: Path, form: str) -> int:
    """Print them. Exit code 4 when there are any."""
    found = due(start)
    if form == "json":
        click.echo(json.dumps([{"workflow": one.workflow, "why": one.why} for one in found], indent=2))
    else:
        for one in found:
            click.echo(f"{one.workflow}  {one.why}")
        if not found:
            click.echo("No rehearsal is due.")
    return _WAITS if found else 0
