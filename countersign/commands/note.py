"""`countersign note`: the five questions about a workflow, answered on one page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from catalog import note as notes
from catalog import snapshot
from catalog.change import WorkflowChange
from catalog.git import Repository
from catalog.team import read_team
from checks.sources.records import Records
from countersign.commands.version import find


def note(start: Path, name: str) -> int:
    """Print the operating note of a workflow as the working tree has it."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        workflow = find(repository, name)
        team = read_team(repository, snapshot.working_tree(repository))
        records = Records.open(repository, team, datetime.now(UTC), desk=True)
        evidence = records.evidence(WorkflowChange(name=name, before=workflow, after=workflow))
    click.echo(notes.note(workflow, owner=team.people.get("owner"), drills=evidence.drills), nl=False)
    return 0
