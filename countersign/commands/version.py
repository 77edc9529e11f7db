"""`countersign version`: which exact content is meant."""

from __future__ import annotations

from pathlib import Path

import click

from catalog import change, snapshot, versions
from catalog.errors import JudgeError, UsageError
from catalog.git import Repository
from catalog.workflow import Workflow


def version(start: Path, name: str, *, listing: bool, revision: str | None) -> int:
    """Print the digests of a workflow, or the exact bytes that its version is the digest of."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        workflow = find(repository, name, revision)
    if listing:
        contents = {path: file.content for path, file in workflow.files.items() if file.content is not None}
        files = versions.version_files(workflow.name, workflow.manifest, contents)
        click.echo(versions.listing(files), nl=False)
        return 0
    click.echo(f"version        {workflow.version}")
    click.echo(f"rollback       {workflow.rollback_digest}")
    click.echo(f"countersigned  {workflow.countersigned}")
    return 0


def find(repository: Repository, name: str, revision: str | None = None) -> Workflow:
    """The workflow of that name. Raises `UsageError` when there is none, `JudgeError` when it cannot be read."""
    tree = snapshot.working_tree(repository) if revision is None else snapshot.tree_of(repository, revision)
    found = list(change.read_workflows(repository, tree, [name]))
    if not found:
        known = ", ".join(change.names(repository, tree)[:10])
        raise UsageError(f"There is no workflow {name}.", solution=f"There are: {known}." if known else "Declare one.")
    for problem in found[0].problems:
        raise JudgeError(f"{problem.file}:{problem.line}: {problem.field}: {problem.message}".replace(": :", ":"))
    return found[0]
