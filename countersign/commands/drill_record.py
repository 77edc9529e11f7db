"""`countersign drill record`: runs are held against git, signed, and appended to the records, each once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from catalog import snapshot
from catalog.errors import ChangeError, JudgeError, NoEvidence, RecordError, SourceError, UsageError
from catalog.git import Repository
from catalog.records import refs
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch
from catalog.team import read_team
from checks.gitlab.fetching import bring, fetch_records
from checks.gitlab.recording import append_missing
from checks.reports.safe import one_line
from drills import kept, rehearsed, told
from drills.evidence import is_early, statement, untimely
from drills.kept import Kept
from drills.outcomes import Outcome
from drills.rehearsed import Rehearsed

Json = Any

TOKEN = "COUNTERSIGN_GITLAB_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    runs: Path
    target: str
    remote: str
    branch: str
    base: str | None


class Became(StrEnum):
    """What became of a run's folder, and why."""

    REMOVED = "removed, being on record"
    LEFT = "left where it is, since not everything is undone"
    ASIDE = "set aside, since no record can come of it"
    WAITS = "left to be tried again"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recorder:
    """Where runs are held against git, and the records that they come to; the token lets in there."""

    repository: Repository
    tip: str
    target: str
    remote: str
    token: str
    key: SigningKey
    keyring: Keyring

    def record(self, run: Kept) -> str:
        """Put a run on record; as what it is there. Raises `NoEvidence`, or a `JudgeError` when it has to wait."""
        if known := self._known(run):
            return str(known.predicate["outcome"])
        made = self._made(run)
        append_missing(self, self.repository, [made], self.key, self.keyring, _same_run, _message(made))
        return str(made.predicate["outcome"])

    def _known(self, run: Kept) -> Statement | None:
        """What is on record of it: only the records say so (T07). Raises `NoEvidence` when that is something else."""
        branch = Branch.open(self.repository, refs.BRANCH)
        for one in branch.read(run.said["workflow"], (Kind.DRILL,), self.keyring, now=datetime.now(UTC)):
            on_record = one.statement.predicate
            if on_record["run"] != run.said["run"]:
                if run.said.get("marks") and on_record["marks"] == run.said["marks"]:
                    raise _no_evidence(run, f"It is {on_record['run']}, which is on record, to the microsecond.")
            elif _without_attested(on_record) == run.said or _came_home_since(on_record, run.said):
                return one.statement
            else:
                raise _no_evidence(run, "A run of that name is on record, and is another one.")
        return None

    def _made(self, run: Kept) -> Statement:
        now = datetime.now(UTC)
        for why in untimely(run, now):
            if is_early(run, now):
                raise SourceError(f"The run {run.name} is of the future.", why=why, solution="Set the clock right.")
            raise _no_evidence(run, why)
        if run.said.get("target") != self.target:
            raise SourceError(
                f"The run {run.name} is on another target.",
                why=f"Its target is {run.said.get('target')}, and this job signs for {self.target}.",
                solution="Leave it to the job that does, or name its target: --target NAME",
            )
        try:
            return statement(run, self._rehearsed(run), self.target, now)
        except (ChangeError, UsageError) as error:  # what it names cannot be rehearsed
            raise NoEvidence(error.message, why=error.why, solution=error.solution) from error

    def _rehearsed(self, run: Kept) -> Rehearsed:
        """What was rehearsed, from git alone: by a journal's word only which commits that were."""
        begun = run.entries[0] if run.entries else {}
        commit, judged_by = run.said["commit"], begun.get("judged_by", "")
        if not _is_object(commit) or not _is_object(judged_by):
            raise _no_evidence(run, "It names no commit that it is of, or was judged by.")
        for one in (commit, judged_by):
            self._fetch(one)
        self._check_judge(run, judged_by)
        tree = snapshot.between(self.repository, judged_by, commit).after
        return rehearsed.read(self.repository, tree, commit, judged_by, [run.said["workflow"]])

    def _check_judge(self, run: Kept, commit: str) -> None:
        """A change cannot choose by which rules and people it is rehearsed: those are of what the branch once was."""
        if commit in self.repository.run("rev-list", "--first-parent", self.tip).decode().split():
            return
        if self.repository.attempt("merge-base", "--is-ancestor", self.tip, commit).returncode == 0:
            raise SourceError(
                f"{commit[:12]}, which judged the run {run.name}, is newer than the branch here.",
                solution="Fetch it: git fetch origin",
            )
        raise _no_evidence(run, f"It was judged by {commit[:12]}, which was never the branch's tip.")

    def _fetch(self, commit: str) -> None:
        """Bring a commit that is not here: a merge request's head is on no branch."""
        if self.repository.resolve(f"{commit}^{{commit}}"):
            return
        try:
            bring(self.repository, self.remote, [commit], self.token)
        except SourceError as error:
            raise SourceError(
                f"The commit {commit[:12]} cannot be fetched.", why=error.message,
                solution="Run it again; the run is kept.",
            ) from error  # fmt: skip


def record(start: Path, options: Options, key: Path, key_id: str) -> int:
    """Record every run that is not on record yet. Exit code 3 when one could not be: it stays for the next time."""
    signing = SigningKey.load(key, key_id)
    token = os.environ.pop(TOKEN, "")
    waiting = kept.folders(options.runs)
    if not waiting:
        click.echo("No run waits to be put on record.")
        return 0
    with Repository.discover(start) as repository:
        tip = _tip(repository, options)
        fetch_records(repository, options.remote, token)
        recorder = _Recorder(
            repository=repository, tip=tip, target=options.target, remote=options.remote, token=token, key=signing,
            keyring=Keyring.from_people(read_team(repository, snapshot.tree_of(repository, tip)).people),
        )  # fmt: skip
        if recorder.keyring.signer(Kind.DRILL, key_id) is None:
            raise RecordError(
                f"The key {one_line(key_id)} may sign no drill records; all runs are kept.",
                why=f"`signers.drill` in team/people.yaml at {tip[:12]} does not list it, or nobody has such a key.",
                solution="Name the key's id: --key-id ID. The owner lists a new one there first, by a merge request.",
            )
        became = [_each(recorder, folder) for folder in waiting]
    told_all = (f"{became.count(one)} {one}" for one in Became if one in became)
    click.echo(f"{one_line(str(options.runs))}: {'; '.join(told_all)}")
    return RecordError.exit_code if {Became.ASIDE, Became.WAITS} & set(became) else 0


def _each(recorder: _Recorder, folder: Path) -> Became:
    """Record one run, and say what became of it."""
    try:
        return _settle(recorder, folder)
    except JudgeError as error:
        _complain(folder, error)
        return Became.WAITS


def _settle(recorder: _Recorder, folder: Path) -> Became:
    name, run = one_line(folder.name), None
    try:
        run = kept.read(folder)
        if run is None:
            click.echo(f"{name}: it has not ended: countersign drill recover")
            return Became.LEFT
        outcome = recorder.record(run)
    except NoEvidence as error:
        if run and run.entries and not told.is_home(run.entries):
            raise  # its journal is all that can bring its target home
        _complain(folder, error)
        click.echo(f"  -> It is not tried again: {one_line(str(kept.set_aside(folder)))}", err=True)
        return Became.ASIDE
    click.echo(f"{name}: {run.said['workflow']} {outcome} is on record")
    if not told.is_home(run.entries):
        click.echo(f"{name}: not everything is undone: countersign drill recover")
        return Became.LEFT
    kept.remove(folder)
    return Became.REMOVED


def _complain(folder: Path, error: JudgeError) -> None:
    words = one_line(f"{error.message} {error.why}".strip())
    click.secho(f"{one_line(folder.name)}: {words}", fg="red", err=True)
    click.echo(f"  -> {one_line(error.solution or 'Run it again.')}", err=True)


def _no_evidence(run: Kept, why: str) -> NoEvidence:
    return NoEvidence(f"The run {run.name} is no evidence of {run.said['workflow']}.", why=why, solution="Drill again.")


def _is_object(text: Json) -> bool:
    return isinstance(text, str) and len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text)


def _tip(repository: Repository, options: Options) -> str:
    name = options.base or f"refs/remotes/origin/{options.branch}"
    found = repository.resolve(f"{name}^{{commit}}")
    if found is None:
        raise UsageError(f"There is no {one_line(name)} here.", solution="Fetch it: git fetch origin")
    return found


def _same_run(made: Statement, known: Statement) -> bool:
    return bool(made.predicate["run"] == known.predicate["run"])


def _without_attested(said: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in said.items() if key != "attested"}


def _came_home_since(on_record: Mapping[str, Json], said: Mapping[str, Json]) -> bool:
    """Whether a run is on record as one that could not be undone, and ends better by now: that is no other run."""
    same = all(on_record[key] == said.get(key) for key in ("started", "version", "marks"))
    return same and (on_record["outcome"], said.get("outcome")) == (Outcome.UNDO_FAILED, Outcome.ABORTED)


def _message(made: Statement) -> str:
    return f"Record the drill of {made.workflow}: {made.predicate['outcome']}"
