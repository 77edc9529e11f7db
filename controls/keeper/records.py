"""The durable stops: what the records branch says is stopped, and what a reviewed merge has lifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Branch
from controls.bundle.admission import Line, recorded_team
from controls.live.presence import ROLLBACKS, STOPS, given, named

Json = Any

_SKEW = timedelta(minutes=10)
"""How far ahead a clock may be that says when a stop was given."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record: presences in force, and when each lifted one was last resumed, by workflow and id."""

    held: Mapping[str, Json] = field(default_factory=dict)
    lifted: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def lifts(self, path: str, body: Json) -> bool:
        """Whether a presence is lifted: one that was given after the resumption is another, even under the same id."""
        resumed = self.lifted.get(named(path))
        return resumed is not None and given_by(body, resumed)


def given_by(body: Json, moment: datetime) -> bool:
    """Whether a presence was there at some moment, by its own word; one that says no possible time was."""
    at = given(body)
    return at is None or at <= moment or at > datetime.now(UTC) + _SKEW


def standing(repository: Repository, branch: Branch, along: Line, now: datetime) -> Standing:
    """What the records say. Raises `RecordError` for records that cannot be read or trusted."""
    branch.preload()
    keyring = Keyring.from_people(recorded_team(repository, branch, along).people)
    held: dict[str, Json] = {}
    lifted: dict[tuple[str, str], datetime] = {}
    for name in branch.workflows():
        for record in branch.read(name, (Kind.STOP, Kind.RESUME), keyring, now=now):
            said = record.statement.predicate
            if record.statement.kind is Kind.RESUME:
                lifted |= {
                    (name, identity): max(record.statement.at, lifted.get((name, identity), record.statement.at))
                    for identity in said["stops"]
                }
            else:
                path, body = presence(name, said)
                held[path] = max(body, held.get(path, body), key=lambda one: str(one["at"]))
    found = Standing(lifted=lifted)
    return Standing({path: body for path, body in held.items() if not found.lifts(path, body)}, lifted)


def presence(workflow: str, said: Mapping[str, Json]) -> tuple[str, Json]:
    """A stop record as it lies at a point: its path, and what is written there."""
    body = {key: said[key] for key in ("version", "reason", "at", "by")}
    if said["rollback_to"]:
        return f"{ROLLBACKS}/{workflow}/{said['id']}", {**body, "to": said["rollback_to"]}
    return f"{STOPS}/{workflow}/{said['action']}/{said['id']}", body
