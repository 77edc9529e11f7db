"""The bundle that drill points get: what is on record, and the workflows of one commit as if they were live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import change, points, policies, team, versions
from catalog.errors import UsageError
from catalog.git import Repository
from catalog.points import Points
from catalog.snapshot import tree_of
from catalog.workflow import Workflow
from controls.bundle import content
from controls.bundle.admission import Admission

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """All that is read from git for one drill."""

    commit: str
    """The commit whose workflows are rehearsed."""
    judged_by: str
    """The commit whose policies, people and points hold."""
    workflows: Mapping[str, Workflow]
    points: Points
    targets: Mapping[str, Json]
    """Where drills run beside the sandbox, as the team declares it."""
    document: Mapping[str, Json]
    """What the bundle says."""
    modules: Mapping[str, bytes]
    """The policies of the bundle."""
    declared: Collection[str] = ()
    """The names of all workflows that the commit declares, whichever were read."""

    def workflow(self, name: str) -> Workflow:
        """One of them. Raises `UsageError` for a name that nobody declares."""
        if found := self.workflows.get(name):
            return found
        known = ", ".join(sorted({*self.declared, *self.workflows})) or "none"
        raise UsageError(
            f"There is no workflow {name!r} at {self.commit[:12]}.",
            why=f"There are: {known}.",
            solution="Name one of them; what is not committed is not rehearsed.",
        )


def read(
    repository: Repository, tree: str, commit: str, judged_by: str, names: Sequence[str] | None = None
) -> Rehearsed:
    """What is rehearsed of a tree, under the policies and people of `judged_by`. Raises `UsageError`, `GitError`.

    A change cannot choose by which rules it is rehearsed: those come from where it is to be merged. `tree`: what the
    merge of `commit` gives; `names`: only these workflows; None: all.
    """
    read_some = change.read_workflows(repository, tree, names) if names is not None else _all(repository, tree)
    found = {one.name: one for one in read_some}
    modules = policies.read_runtime(repository, tree_of(repository, judged_by))
    admission = _admission(repository, commit, judged_by, found)
    document = content.document(repository, admission, versions.h1(modules))
    return Rehearsed(
        commit=commit, judged_by=judged_by, workflows=found, points=points.of(admission.team.points),
        targets=admission.team.targets, document=document, modules=modules,
        declared=tuple(entry.name for entry in change.folders(repository, tree)),
    )  # fmt: skip


def _all(repository: Repository, tree: str) -> Iterable[Workflow]:
    return change.read_folders(repository, change.folders(repository, tree))


def _admission(repository: Repository, commit: str, judged_by: str, found: Mapping[str, Workflow]) -> Admission:
    """Every workflow that can be read, as if it were live; what its records say of the way back is not needed."""
    number = len(repository.run("rev-list", "--first-parent", judged_by).split())
    nothing = Admission(
        commit=judged_by, seq=number, control=judged_by, team=_team(repository, judged_by), workflows=(), culprits=()
    )
    readable = [one for one in found.values() if not one.problems]
    return nothing.with_candidate(readable, commit)


def _team(repository: Repository, commit: str) -> team.Team:
    found = team.read_team(repository, commit)
    for problem in found.problems:
        raise UsageError(f"{problem.file}:{problem.line} of {commit[:12]}: {problem.message}.", solution="Mend it.")
    return found
