"""`countersign drill record`: runs are held against git, signed, and appended to the records, each once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from catalog import change, snapshot
from catalog.errors import JudgeError, RecordError, SourceError, UsageError
from catalog.files import write_atomically
from catalog.git import Repository
from catalog.records import strict_json
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Statement
from catalog.team import read_team
from catalog.workflow import Workflow
from checks.gitlab.fetching import bring
from checks.gitlab.recording import Remote, append_missing
from checks.reports.safe import one_line
from drills.drill import RESULT
from drills.evidence import statement

Json = Any

TOKEN = "COUNTERSIGN_GITLAB_TOKEN"  # noqa: S105 - the name of a variable
RECORDED, REFUSED = "recorded", "refused"
"""The file beside a run that is on record, and beside one that can never be: it says why, and is not tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    runs: Path
    target: str
    remote: str
    branch: str
    base: str | None


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the records are, and the token that lets in there; empty where none is needed."""

    remote: str
    token: str


def record(start: Path, options: Options, key: Path, key_id: str) -> int:
    """Record every run that is not on record yet. Exit code 3 when one could not be: it stays for the next time."""
    signing = SigningKey.load(key, key_id)
    remote = _Origin(options.remote, os.environ.pop(TOKEN, ""))
    waiting = [path.parent for path in unrecorded(options.runs)]
    failed = False
    with Repository.discover(start) as repository:
        tip = _tip(repository, options)
        keyring = Keyring.from_people(read_team(repository, snapshot.tree_of(repository, tip)).people)
        for folder in waiting:
            try:
                made = _held_against_git(repository, folder, tip, remote, options.target)
                append_missing(remote, repository, [made], signing, keyring, _same_run, _message(made))
            except JudgeError as error:
                failed = True
                click.secho(f"{folder.name}: {one_line(f'{error.message} {error.why}'.strip())}", fg="red", err=True)
                click.echo(f"  -> {one_line(error.solution or 'Run it again.')}", err=True)
            else:
                (folder / RECORDED).touch()
                click.echo(f"{folder.name}: {made.workflow} {made.predicate['outcome']} is on record")
    if not waiting:
        click.echo("No run waits to be put on record.")
    return RecordError.exit_code if failed else 0


def unrecorded(runs: Path) -> list[Path]:
    """The results of runs that are on no record yet, oldest first."""
    found = sorted(runs.glob(f"*/{RESULT}"))
    return [path for path in found if not any((path.parent / name).exists() for name in (RECORDED, REFUSED))]


def _held_against_git(repository: Repository, folder: Path, tip: str, remote: Remote, target: str) -> Statement:
    """What is signed of a run; one that can never be evidence is set aside. Raises `RecordError`, `SourceError`.

    One of another target is left to the job that signs for that.
    """
    said = _read(folder)
    _fetch(repository, said["commit"], remote)
    try:
        return _made(repository, folder, said, tip, target)
    except RecordError as error:
        if said.get("target") == target:
            write_atomically(folder / REFUSED, f"{error.message} {error.why}\n".encode())
        raise


def _made(repository: Repository, folder: Path, said: Mapping[str, Json], tip: str, target: str) -> Statement:
    found = next(_workflows(repository, said, tip), None)
    if found is None:
        raise RecordError(
            f"The run {folder.name} is of nothing that is here.",
            why="Neither its commit nor a merge of it holds a workflow of that version.",
            solution=f"Fetch what it was run from, or drill again and remove {folder}.",
        )
    return statement(said, found, target, datetime.now(UTC))


def _read(folder: Path) -> dict[str, Json]:
    """What the runner kept of a run. Raises `RecordError` where that is none."""
    with (folder / RESULT).open("rb") as file:
        raw = file.read(strict_json.MAX_BYTES + 1)
    try:
        said = strict_json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    known = isinstance(said, dict) and all(isinstance(said.get(key), str) for key in ("workflow", "commit"))
    if not known or len(raw) > strict_json.MAX_BYTES:
        raise RecordError(
            f"The result of {folder.name} is none.",
            why=f"{RESULT} is no JSON of a run, or larger than {strict_json.MAX_BYTES} bytes.",
            solution=f"Drill again, and remove {folder}.",
        )
    return dict(said)


def _workflows(repository: Repository, said: Mapping[str, Json], tip: str) -> Iterator[Workflow]:
    """The workflow as the run's commit has it, or as its merge into the branch would bring it."""
    commit = repository.resolve(f"{said['commit']}^{{commit}}") if _is_object(said["commit"]) else None
    if commit is None:
        return
    for tree in (snapshot.tree_of(repository, commit), snapshot.between(repository, tip, commit).after):
        for found in change.read_workflows(repository, tree, [said["workflow"]]):
            if not found.problems and found.version == said.get("version"):
                yield found


def _fetch(repository: Repository, commit: str, remote: Remote) -> None:
    """Bring the commit that a run was of, where it is not here: a merge request's head is on no branch."""
    if not _is_object(commit) or repository.resolve(f"{commit}^{{commit}}"):
        return
    try:
        bring(repository, remote.remote, [commit], remote.token)
    except SourceError as error:
        raise SourceError(
            f"The commit {commit[:12]} cannot be fetched.", why=error.message, solution="Run it again; the run is kept."
        ) from error


def _is_object(text: str) -> bool:
    return len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text)


def _tip(repository: Repository, options: Options) -> str:
    name = options.base or f"refs/remotes/origin/{options.branch}"
    found = repository.resolve(f"{name}^{{commit}}")
    if found is None:
        raise UsageError(f"There is no {one_line(name)} here.", solution="Fetch it: git fetch origin")
    return found


def _same_run(made: Statement, known: Statement) -> bool:
    return bool(made.predicate["run"] == known.predicate["run"])


def _message(made: Statement) -> str:
    return f"Record the drill of {made.workflow}: {made.predicate['outcome']}"
