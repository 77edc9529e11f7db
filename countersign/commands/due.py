"""`countersign due`: the workflows whose rehearsal is due, as the rules see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from checks import gate
from checks.gate import Request
from countersign.terminal import filled

SANDBOX_ONLY = "rollback.sandbox-only"
RULES = ("rollback.untested", "rollback.failed", "rollback.stale", "rollback.due", SANDBOX_ONLY)
"""The rules that ask for a rehearsal."""
_WAITS = 4


@dataclass(frozen=True, order=True, slots=True)
class Due:
    """One workflow, and why."""

    workflow: str
    code: str
    """The rule that asks for it."""
    message: str
    runs: bool
    """Whether the workflow runs; else it is to be launched."""

    @property
    def why(self) -> str:
        """In words."""
        return f"{self.code}: {self.message}"


def due(start: Path) -> list[Due]:
    """What is due of everything that runs, and of what is to be launched. Raises `JudgeError`."""
    report = gate.judge(Request(start=start, everything=True, now=datetime.now(UTC)))
    found: dict[str, Due] = {}
    for findings, runs in ((report.findings, True), (report.launch, False)):
        for one in findings:
            if one.code in RULES and not one.waived:
                found.setdefault(one.workflow, Due(one.workflow, one.code, one.message, runs))
    return sorted(found.values())


def tell(start: Path, form: str) -> int:
    """Print them. Exit code 4 when there are any."""
    found = due(start)
    if form == "json":
        click.echo(json.dumps([{"workflow": one.workflow, "why": one.why} for one in found], indent=2))
    else:
        for one in found:
            click.echo(filled(f"{one.workflow}  {one.why}", 4))
        if not found:
            click.echo("No rehearsal is due.")
    return _WAITS if found else 0
