"""What may run, by the records: for each workflow, and for all paths outside, the content that the records lead to.

A record says what content it replaced, and by what. From the anchor on, each one that replaces what is admitted admits
what it brought. What came another way (a direct push, a merge that nobody recorded) is no step of that chain, nor is
what was built on it: the place keeps what it had until that is brought back, or recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from catalog import change, layout, team
from catalog.errors import ChangeError, RecordError
from catalog.git import Repository
from catalog.objects import TreeEntry
from catalog.records.envelope import Verified, read_unverified, verify
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch, locate
from catalog.records.subjects import CONTROL
from catalog.snapshot import tree_of
from catalog.team import Team
from catalog.workflow import Workflow

Json = Any

_KINDS = (Kind.CHANGE, Kind.DRILL, Kind.STOP, Kind.RESUME)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A branch's own line of commits (first parents), and where on it judging began."""

    anchor: str
    tip: str
    places: Mapping[str, int]
    """How many commits of the line lead up to each, itself included."""

    def holds(self, said: Statement) -> bool:
        """Whether a change record is of a commit of this line that came after the anchor."""
        return self.place(said) > self.places[self.anchor]

    def place(self, said: Statement) -> int:
        """Where a change record's commit stands on it; 0 when it does not."""
        return self.places.get(said.predicate["merge"]["commit"], 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """One workflow as it may run."""

    workflow: Workflow
    steps: tuple[Verified, ...]
    """The change records that led to it, oldest first."""
    records: tuple[Verified, ...]
    """All that is on record of it, and the stops of everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Culprit:
    """Content of the branch that runs nowhere, because no record leads to it."""

    place: str
    """The workflow's name, or `_control`."""
    commit: str
    """The first commit that brought it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """All that may run."""

    commit: str
    """The newest commit that is recorded: what is admitted is known by its name."""
    seq: int
    """How many first-parent commits lead up to it."""
    control: str
    """The commit whose policies, people and points hold."""
    team: Team
    workflows: tuple[Admitted, ...]
    culprits: tuple[Culprit, ...]
    candidate: str = ""
    """The commit whose workflows are only rehearsed; empty for what really runs."""

    def with_candidate(self, proposed: Iterable[Workflow], commit: str) -> Admission:
        """The same, with some workflows as they would be after a merge, live."""
        known = {one.workflow.name: one for one in self.workflows}
        for found in proposed:
            live = copy(found)
            live.state = {"state": "live", "reason": None, "stopped": []}
            old = known.get(found.name)
            known[found.name] = Admitted(
                workflow=live, steps=old.steps if old else (), records=old.records if old else ()
            )
        return replace(self, workflows=tuple(known[name] for name in sorted(known)), candidate=commit)


@dataclass(slots=True)
class _Chain:
    """Steps that follow on one another: each record replaces what the one before it brought."""

    content: str | None
    """The digest of what is admitted; None: nothing."""
    commit: str
    steps: list[Verified] = field(default_factory=list)

    def follow(self, before: str | None, after: str | None, record: Verified) -> None:
        if before == self.content:
            self.content, self.commit = after, record.statement.predicate["merge"]["commit"]
            self.steps.append(record)


def line(repository: Repository, tip: str, anchor: str) -> Line:
    """The line of the branch that ends in `tip`. Raises `RecordError` when the anchor is not on it."""
    listed = repository.run("rev-list", "--first-parent", tip).decode().split()
    places = {commit: len(listed) - index for index, commit in enumerate(listed)}
    if anchor not in places:
        raise RecordError(
            f"The anchor {anchor[:12] or '(none)'} is not on the branch that ends in {tip[:12]}.",
            why="Records count from the anchor on; without it nothing is admitted.",
            solution="Set it to where judging began: git config countersign.anchor COMMIT.",
        )
    return Line(anchor=anchor, tip=tip, places=places)


def admit(repository: Repository, branch: Branch, along: Line, now: datetime) -> Admission:
    """What the records admit of a branch. Raises `RecordError` for records that cannot be read or trusted."""
    branch.preload()
    control, people = _follow_control(repository, branch, along)
    keyring = Keyring.from_people(people.people)
    everything = branch.read(CONTROL, (Kind.STOP, Kind.RESUME), keyring, now=now)
    chains, records = {}, {}
    begun = {one.name: _digest(one) for one in _workflows(repository, along.anchor)}
    there = {one.name: one for one in _workflows(repository, along.tip)}
    names = sorted({*begun, *there, *branch.workflows()} - {CONTROL})
    for name, found in branch.read_each(names, _KINDS, keyring, now=now):
        chains[name] = _follow(_Chain(begun.get(name), along.anchor), along, found)
        records[name] = (*found, *everything)
    newest = max((control, *chains.values()), key=lambda chain: along.places[chain.commit]).commit
    return Admission(
        commit=newest, seq=along.places[newest], control=control.commit, team=people,
        workflows=tuple(_admitted(repository, there, chains, records)),
        culprits=tuple(_culprits(repository, along, control, chains, there)),
    )  # fmt: skip


def recorded_team(repository: Repository, branch: Branch, along: Line) -> Team:
    """The team as it was last recorded: whose keys count, whatever was pushed past the records."""
    return _follow_control(repository, branch, along)[1]


def recorded_control(repository: Repository, tip: str, anchor: str) -> tuple[str, str]:
    """The commit whose paths outside workflows are admitted, on the line that ends in `tip`, and their digest."""
    chain, _ = _follow_control(repository, locate(repository), line(repository, tip, anchor))
    return chain.commit, chain.content or ""


def _follow_control(repository: Repository, branch: Branch, along: Line) -> tuple[_Chain, Team]:
    """The chain of the paths outside workflows. Whose keys count grows with it: nobody vouches for their own key."""
    chain = _Chain(_control(repository, along.anchor), along.anchor)
    people = _team(repository, along.anchor)
    claimed = [(read_unverified(raw), path, raw) for path, raw in branch.unverified(CONTROL, Kind.CHANGE)]
    for _, path, raw in sorted((one for one in claimed if along.holds(one[0])), key=lambda one: along.place(one[0])):
        record = verify(raw, Keyring.from_people(people.people), path=path)
        said = record.statement.predicate["control"]
        chain.follow(said["before"], said["after"], record)
        if chain.steps and chain.steps[-1] is record:
            people = _team(repository, chain.commit)
    return chain, people


def _follow(chain: _Chain, along: Line, records: Iterable[Verified]) -> _Chain:
    changes = [one for one in records if one.statement.kind is Kind.CHANGE and along.holds(one.statement)]
    for record in sorted(changes, key=lambda one: along.place(one.statement)):
        said = record.statement.predicate
        chain.follow(_content(said["before"]), _content(said["after"]), record)
    return chain


def _content(side: Mapping[str, Json] | None) -> str | None:
    return str(side["countersigned"]) if side else None


def _control(repository: Repository, commit: str) -> str:
    return change.control_digest(repository, tree_of(repository, commit))


def _workflows(repository: Repository, commit: str) -> list[Workflow]:
    """Every workflow of a commit that can be read at all."""
    folders = change.folders(repository, tree_of(repository, commit))
    try:
        return list(change.read_folders(repository, folders))
    except ChangeError:
        return [found for folder in folders for found in _readable(repository, folder)]


def _readable(repository: Repository, folder: TreeEntry) -> list[Workflow]:
    try:
        return list(change.read_folders(repository, [folder]))
    except ChangeError:
        return []  # the branch brought what no reader could name: there is no record of it


def _team(repository: Repository, commit: str) -> Team:
    read = team.read_team(repository, commit)
    for problem in read.problems:
        raise RecordError(
            f"{problem.file}:{problem.line} of {commit[:12]}: {problem.message}.",
            why="Whose keys count, and which points there are, is read from it.",
            solution="Mend it by a merge request.",
        )
    return read


def _admitted(
    repository: Repository,
    there: Mapping[str, Workflow],
    chains: Mapping[str, _Chain],
    records: Mapping[str, Sequence[Verified]],
) -> Iterator[Admitted]:
    for name, chain in chains.items():
        if not chain.content:
            continue
        found: Workflow | None = there.get(name)
        if found is None or found.countersigned != chain.content:
            found = next(change.read_workflows(repository, chain.commit, [name]), None)
        if found is None or found.countersigned != chain.content:
            raise RecordError(
                f"{chain.commit[:12]} does not hold the {name} that its record names.",
                why="The record and the history do not belong together.",
                solution="See whether history was rewritten: `git log --first-parent`, and the owner's clone.",
            )
        yield Admitted(workflow=found, steps=tuple(chain.steps), records=tuple(records[name]))


def _culprits(
    repository: Repository,
    along: Line,
    control: _Chain,
    chains: Mapping[str, _Chain],
    there: Mapping[str, Workflow],
) -> Iterator[Culprit]:
    if _control(repository, along.tip) != control.content:
        outside = (".", f":(exclude,glob){layout.WORKFLOWS}/*/**")
        yield Culprit(place=CONTROL, commit=_first(repository, along, control.commit, *outside))
    for name, chain in chains.items():
        # A folder that cannot be read has no digest, and no record either.
        if _digest(there.get(name)) != chain.content or (name in there and not chain.content):
            yield Culprit(place=name, commit=_first(repository, along, chain.commit, layout.folder(name)))


def _digest(found: Workflow | None) -> str | None:
    return (found.countersigned or None) if found else None


def _first(repository: Repository, along: Line, since: str, *paths: str) -> str:
    """The first commit of the line after `since` that touched a path; the tip when none did alone."""
    span = f"{since}..{along.tip}"
    listed = repository.run("log", "--first-parent", "--reverse", "--format=%H", span, "--", *paths).decode().split()
    return listed[0] if listed else along.tip
