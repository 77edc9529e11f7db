"""What is on record of each workflow: drills that were run, versions that were merged, stops in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.change import WorkflowChange
from catalog.git import Repository
from catalog.records import history, local, refs, store
from catalog.records.envelope import Verified
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Availability, Branch
from catalog.team import Team
from checks.facts import Evidence

_KINDS = (Kind.CHANGE, Kind.DRILL, Kind.STOP, Kind.RESUME)
_NO_RECORDS = "No records branch is here: nothing is on record yet."
_LOCAL = "Local evidence from this clone's own drills was counted; it counts at the desk only."


@dataclass(frozen=True, slots=True)
class Records:
    """The team's records, and at the desk the clone's own, at one moment."""

    branch: Branch
    own: Branch | None
    keyring: Keyring
    now: datetime

    @classmethod
    def open(cls, repository: Repository, team: Team, now: datetime, *, desk: bool) -> Records:
        """The records that this clone has. Raises `RecordError` when they cannot be read."""
        own = Branch.open(repository, refs.LOCAL) if desk else None
        return cls(store.locate(repository), own, Keyring.from_people(team.people), now)

    @property
    def state(self) -> str:
        """readable | none, as rules see it."""
        return self.branch.availability.value

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know about them."""
        missing = () if self.branch.availability is Availability.READABLE else (_NO_RECORDS,)
        return (*missing, _LOCAL) if self.own and self.own.commit else missing

    def evidence(self, one: WorkflowChange) -> Evidence:
        """What is on record of one workflow. Raises `RecordError` for a record that cannot be trusted (T07)."""
        found = [*self._team_records(one.name), *self._own_records(one.name)]
        side = one.after or one.before
        if side is None or side.problems or not found:
            return Evidence()
        digests = {side.version, side.rollback_digest}
        return Evidence(
            drills=history.drills(found, now=self.now, digests=digests),
            recorded=history.changes(found, now=self.now, stopped=side.state["stopped"]),
        )

    def _team_records(self, name: str) -> tuple[Verified, ...]:
        return self.branch.read(name, _KINDS, self.keyring, now=self.now)

    def _own_records(self, name: str) -> tuple[Verified, ...]:
        return local.read(self.branch.repository, self.own, name, now=self.now) if self.own else ()
