"""What is on record of each workflow: drills that were run, versions that were merged, stops in force.

The modules that read and verify records are loaded only where there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.change import WorkflowChange
from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records import refs
from catalog.team import Team
from checks.facts import Evidence

if TYPE_CHECKING:
    from catalog.records.envelope import Verified
    from catalog.records.keys import Keyring
    from catalog.records.store import Branch

_NO_RECORDS = "No records branch is here: nothing is on record yet."
_LOCAL = "Local evidence from this clone's own drills was counted; it counts at the desk only."


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """The team's records, and at the desk the clone's own, at one moment. None where there is no such ref."""

    branch: Branch | None
    own: Branch | None
    keyring: Keyring | None
    now: datetime
    replay: bool = False

    @classmethod
    def open(cls, repository: Repository, team: Team, now: datetime, *, desk: bool, replay: bool = False) -> Records:
        """The records that this clone has. Raises `RecordError` when they cannot be read.

        In a replay of the past, what is recorded later does not exist yet.
        """
        tips = refs.tips(repository, refs.BRANCH, refs.REMOTE, *([refs.LOCAL] if desk else []))
        if not any(tips.values()):
            return cls(branch=None, own=None, keyring=None, now=now, replay=replay)
        from catalog.records.keys import Keyring
        from catalog.records.store import Branch

        ref, commit = refs.newest(repository, tips)
        local = tips.get(refs.LOCAL)
        return cls(
            branch=Branch(repository, ref, commit) if commit else None,
            own=Branch(repository, refs.LOCAL, local) if local else None,
            keyring=Keyring.from_people(team.people),
            now=now,
            replay=replay,
        )

    @property
    def state(self) -> str:
        """readable | none, as rules see it."""
        return "readable" if self.branch else "none"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know about them."""
        return (() if self.branch else (_NO_RECORDS,)) + ((_LOCAL,) if self.own else ())

    def preload(self) -> None:
        """List all of them at once: for runs that ask about every workflow."""
        if self.branch:
            self.branch.preload()

    def evidence(self, one: WorkflowChange) -> Evidence:
        """What is on record of one workflow. Raises `RecordError` for a record that cannot be trusted (T07)."""
        side = one.after or one.before
        if not (self.branch or self.own) or side is None or side.problems:
            return Evidence()
        from catalog.records import history

        found = list(self._read(one.name, "change", "drill"))
        digests = {side.version, side.rollback_digest}
        return Evidence(
            drills=history.drills(found, now=self.now, digests=digests),
            recorded=history.changes(found, now=self.now, stopped=side.state["stopped"]),
            stops=history.stops(found, one.name),
            drilled=_drilled(found, digests, self.now),
        )

    def lost(self, after: Team) -> list[dict[str, str]]:
        """Records that the keys of a team to come could not vouch for any more, by path, each with the reason.

        One for each reason. Reads all records, and only where the keys differ.
        """
        if self.branch is None or self.keyring is None:
            return []
        from catalog.records.keys import Keyring

        try:
            keyring = Keyring.from_people(after.people)
        except RecordError as error:
            return [{"path": "any record", "why": error.message}]
        found: dict[str, str] = {}
        for path, raw in self.branch.everything() if keyring != self.keyring else ():
            why = _distrusted(raw, keyring, path)
            if why and not _distrusted(raw, self.keyring, path):
                found.setdefault(why, path)
        return [{"path": path, "why": why} for why, path in found.items()]

    def all(self, name: str) -> list[Verified]:
        """Every record of one workflow, or of `_control`, newest first. Raises `RecordError` as `evidence` does."""
        found = {record.path: record for record in self._read(name, "change", "drill", "result", "override")}
        return sorted(found.values(), key=lambda record: (record.statement.at, record.path), reverse=True)

    def _read(self, name: str, *kinds: str) -> Iterator[Verified]:
        from catalog.records import local
        from catalog.records.statement import Kind
        from catalog.records.subjects import CONTROL

        stops = (Kind.STOP, Kind.RESUME)
        if self.branch and self.keyring:
            # A stop of everything names no workflow.
            for owner, wanted in ((name, (*map(Kind, kinds), *stops)), (CONTROL, stops)):
                yield from self.branch.read(owner, wanted, self.keyring, now=self.now, replay=self.replay)
        if self.own:
            yield from local.read(self.own.repository, self.own, name, now=self.now)


def _drilled(found: Sequence[Verified], digests: Set[str], now: datetime) -> str:
    """What the newest drill of some content came to; empty where there is none."""
    from catalog.records import history
    from checks.log import drilled

    newest = history.newest_drill(found, digests)
    if newest is None:
        return ""
    age = history.age_days(newest.statement.at, now)
    return f"{drilled(newest.statement.predicate)}, {age} d ago{', local evidence' if newest.local else ''}"


def _distrusted(raw: bytes, keyring: Keyring, path: str) -> str:
    """Why a record cannot be trusted with these keys; empty when it can."""
    from catalog.records.envelope import verify

    try:
        verify(raw, keyring, path=path)
    except RecordError as error:
        return error.why
    return ""
