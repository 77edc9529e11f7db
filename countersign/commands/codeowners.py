"""`countersign codeowners`: the file that tells GitLab whom to ask about each path."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from catalog import change, layout, snapshot
from catalog.errors import JudgeError, UsageError
from catalog.git import Repository
from catalog.team import read_team
from checks.codeowners import Owner, entries, everyone, render, unusable
from checks.reports import save

Json = Any

_FIRST = ("CODEOWNERS", "docs/CODEOWNERS")
"""Where GitLab looks before it looks for ours; it reads the first that is there."""


def codeowners(start: Path, *, check: bool, members: Iterable[Mapping[str, Json]] | None = None) -> int:
    """Write the file, or with `check` compare it. Exit code 1 when it is stale, or members show an owner unusable."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        tree = snapshot.working_tree(repository)
        _refuse_shadow(repository, tree)
        kept = repository.read(f"{tree}:{layout.CODEOWNERS}")
        if check and kept is None:
            click.echo("No CODEOWNERS is kept here, so there is nothing to check.")
            return 0
        owners = _entries(repository, tree)
    text = render(owners)
    if check and kept != text.encode():
        click.echo(f"{layout.CODEOWNERS} is stale. Run: countersign codeowners", err=True)
        return 1
    if not check:
        _write(repository.path / layout.CODEOWNERS, text)
    did = "is what team/ and workflows/ say" if check else "written"
    click.echo(f"{layout.CODEOWNERS} {did}: {len(owners)} patterns, {len(everyone(owners))} owners")
    return _ask(everyone(owners), members)


def owners_kept(repository: Repository, tree: str) -> list[Owner] | None:
    """Whom the file names, which a tree keeps; None when it keeps none."""
    if repository.read(f"{tree}:{layout.CODEOWNERS}") is None:
        return None
    return everyone(_entries(repository, tree))


def members_of(url: str, project: str | None) -> list[Json] | None:
    """The project's members, inherited ones too; None when no token or no project is at hand."""
    if not project:
        return None
    from checks.gitlab.client import Client  # slow to import, and most runs have no use for it
    from countersign.commands.gitlab import TOKEN, take_token

    if TOKEN not in os.environ:
        return None
    return Client(url, take_token(), project).all_of_project("/members/all")


def _refuse_shadow(repository: Repository, tree: str) -> None:
    for path in _FIRST:
        if repository.read(f"{tree}:{path}") is not None:
            raise UsageError(
                f"{path} stands in the way of {layout.CODEOWNERS}.",
                why="GitLab reads the first of CODEOWNERS, docs/CODEOWNERS and .gitlab/CODEOWNERS, and no other.",
                solution=f"Remove it: git rm {path}",
            )


def _entries(repository: Repository, tree: str) -> dict[str, list[Owner]]:
    team = read_team(repository, tree)
    for problem in (problem for problem in team.problems if problem.file == layout.PEOPLE):
        raise JudgeError(f"{problem.file}:{problem.line}: {problem.field}: {problem.message}".replace(": : ", ": "))
    workflows = change.read_folders(repository, change.folders(repository, tree))
    return entries(team, {workflow.name: workflow.manifest for workflow in workflows if not workflow.problems})


def _write(path: Path, text: str) -> None:
    with suppress(OSError):  # saving says what is wrong with the folder
        path.parent.mkdir(exist_ok=True)
    save(path, text)


def _ask(owners: list[Owner], members: Iterable[Mapping[str, Json]] | None) -> int:
    found = unusable(owners, members)
    for line in found:
        click.secho(line, fg="yellow", bold=True)
    return 1 if found and members is not None else 0
