"""`countersign log`: what is on record of a workflow."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from catalog import change, snapshot
from catalog.errors import UsageError
from catalog.git import Repository
from catalog.records.envelope import Verified
from catalog.records.subjects import CONTROL
from catalog.team import read_team
from checks import log as words
from checks.reports.safe import one_line
from checks.sources.records import Records


def log(start: Path, name: str | None, form: str) -> int:
    """Print the records of a workflow, or without a name those of the paths outside workflows, newest first."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        tree = snapshot.working_tree(repository)
        records = Records.open(repository, read_team(repository, tree), datetime.now(UTC), desk=True)
        found = records.all(name or CONTROL)
        known = change.names(repository, tree)
    if name and not found and name not in known:
        shown = ", ".join(known[:10])
        raise UsageError(
            f"There is no workflow {one_line(name)}, and nothing is on record of it.",
            solution=f"There are: {shown}." if shown else "Declare one.",
        )
    click.echo(json.dumps([words.fact(one) for one in found], indent=2) if form == "json" else _text(name, found))
    return 0


def _text(name: str | None, found: list[Verified]) -> str:
    lines = [line for record in found for line in words.entry(record)]
    return "\n".join(lines) if lines else f"Nothing is on record of {name or 'the paths outside workflows'} here."
