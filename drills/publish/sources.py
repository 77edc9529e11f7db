"""Where runs come from: the team's records, the clone's own local evidence, and files of runs that are not on record.

One workflow at a time, so that fifty thousand runs need the memory of one workflow's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog import layout, snapshot, team
from catalog.errors import RecordError, UsageError
from catalog.git import Repository
from catalog.records import history, local, strict_json
from catalog.records.envelope import Verified
from catalog.records.keys import Keyring
from catalog.records.refs import LOCAL
from catalog.records.statement import Kind, make_statement
from catalog.records.store import Branch, locate
from catalog.records.subjects import CONTROL
from drills.publish.declared import Declared, declared
from drills.publish.runs import SANDBOX, Run, Source, run_of


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All runs of one workflow, newest first; `declared` is None when the tree has it not, or not readable."""

    workflow: str
    declared: Declared | None
    runs: tuple[Run, ...]
    now: datetime

    @property
    def last(self) -> Run | None:
        """The newest run."""
        return self.runs[0] if self.runs else None

    @property
    def counted(self) -> list[Run]:
        """The passed runs of what the tier asks for, newest first; files that nobody signed are none."""
        if self.declared is None:
            return []
        mark, digest = self.declared.rehearsed, self.declared.digest
        return [run for run in self.runs if run.passed and run.source is not Source.FILE and run.said[mark] == digest]

    @property
    def evidence(self) -> Run | None:
        """The newest of them; where the sandbox is not real enough, the newest of elsewhere, if there is one."""
        counted = self.counted
        real = [run for run in counted if run.target != SANDBOX or (self.declared and self.declared.sandbox)]
        return next(iter(real or counted), None)

    @property
    def sandbox_only(self) -> bool:
        """Whether there is such evidence, and all of it from the sandbox."""
        counted = self.counted
        return bool(counted) and all(run.target == SANDBOX for run in counted)

    @property
    def targets(self) -> list[str]:
        """Where it was drilled, the place of the newest run first."""
        return list(dict.fromkeys(run.target for run in self.runs))

    def on(self, target: str) -> list[Run]:
        """The runs on one target, newest first."""
        return [run for run in self.runs if run.target == target]

    def age_days(self, run: Run) -> int:
        """A run's age as rules count it."""
        return history.age_days(run.at, self.now)


class Sources:
    """Everything there is to publish, at one moment."""

    def __init__(self, repository: Repository, now: datetime, files: Sequence[Path]) -> None:
        """Open them. Raises `JudgeError` when records or rules cannot be read, `UsageError` for a file that is no run.

        The repository must write to a scratch store: the working tree is read as one tree.
        """
        tree = snapshot.working_tree(repository)
        self.now, self._repository = now, repository
        self.declared = declared(repository, tree)
        self.branch, self.own = locate(repository), Branch.open(repository, LOCAL)
        self._keyring = _keyring(repository, tree) if self.branch.commit else None
        self._files = _by_workflow(_read_file(path) for path in files)

    def names(self) -> list[str]:
        """Every workflow that is declared or was drilled."""
        drilled = {
            name
            for branch in (self.branch, self.own)
            for name in branch.workflows()
            if any(entry.kind is Kind.DRILL for entry in branch.entries(name))
        }
        return sorted({*self.declared, *drilled, *self._files} - {CONTROL})

    def histories(self) -> Iterator[History]:
        """Each workflow with its runs. Raises `RecordError` for the first record that cannot be trusted."""
        for name in self.names():
            yield History(workflow=name, declared=self.declared.get(name), runs=self._runs(name), now=self.now)

    def _runs(self, name: str) -> tuple[Run, ...]:
        found = [*self._recorded(name), *self._local(name)]
        kept = {run.identity for run in found}
        # One that was kept as a file, and put on record later, is one run.
        found += [run for run in self._files.get(name, ()) if run.identity not in kept]
        return tuple(sorted(found, key=lambda run: (run.at, run.name), reverse=True))

    def _recorded(self, name: str) -> Iterator[Run]:
        if self._keyring is None:
            return
        for record in self.branch.read(name, (Kind.DRILL,), self._keyring, now=self.now):
            yield _run(record, Source.RECORD)

    def _local(self, name: str) -> Iterator[Run]:
        if self.own.commit:
            for record in local.read(self._repository, self.own, name, now=self.now):
                yield _run(record, Source.LOCAL)


def _run(record: Verified, source: Source) -> Run:
    return run_of(record.statement, source, record.path)


def _keyring(repository: Repository, tree: str) -> Keyring:
    read = team.read_team(repository, tree)
    for problem in (problem for problem in read.problems if problem.file == layout.PEOPLE):
        raise RecordError(
            f"{problem.file}:{problem.line}: {problem.message}",
            why="Records are verified with the keys of that file.",
            solution="Repair it; `countersign gate` names all that is wrong with it.",
        )
    return Keyring.from_people(read.people)


def _by_workflow(runs: Iterable[Run]) -> Mapping[str, tuple[Run, ...]]:
    found: dict[str, tuple[Run, ...]] = {}
    for run in runs:
        found[run.workflow] = (*found.get(run.workflow, ()), run)
    return found


def _read_file(path: Path) -> Run:
    try:
        with path.open("rb") as file:
            raw = file.read(strict_json.MAX_BYTES + 1)
        if len(raw) > strict_json.MAX_BYTES:
            raise UsageError(f"{path} is larger than {strict_json.MAX_BYTES} bytes.")
        return run_of(make_statement(Kind.DRILL, strict_json.loads(raw)), Source.FILE)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError, RecordError) as error:
        why = f"{error.message} {error.why}" if isinstance(error, RecordError) else str(error)
        raise UsageError(f"{path} is no drill run.", why=why) from error
