"""What is watched: the workflows that run by the records, with the triggers that were merged and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.git import Repository
from catalog.records.statement import Kind
from catalog.records.store import Branch
from controls.bundle.admission import Admitted, Line, admit


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """One number, its limit, and the seconds over which it is taken."""

    metric: str
    above: float
    over: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """One live workflow."""

    name: str
    tier: str
    triggers: tuple[Trigger, ...]
    since: datetime | None
    """When it last went live or was resumed: what was counted before was answered for then. None: before judging."""
    lifted: frozenset[str] = frozenset()
    """Stops that were resumed, by id."""


def running(repository: Repository, branch: Branch, along: Line, now: datetime) -> tuple[Running, ...]:
    """Every live workflow that has triggers. Raises `RecordError` for records that cannot be read or trusted."""
    admitted = admit(repository, branch, along, now).workflows
    live = (one for one in admitted if one.workflow.state["state"] == "live")
    return tuple(found for one in live if (found := _running(one)).triggers)


def _running(one: Admitted) -> Running:
    manifest = one.workflow.manifest
    resumed = [record for record in one.records if record.statement.kind is Kind.RESUME]
    return Running(
        name=one.workflow.name,
        tier=manifest["risk"]["tier"],
        triggers=tuple(Trigger(**found) for found in (manifest["stop"] or {}).get("when") or ()),
        since=max((*_went_live(one), *(record.statement.at for record in resumed)), default=None),
        lifted=frozenset(stop for record in resumed for stop in record.statement.predicate["stops"]),
    )


def _went_live(one: Admitted) -> Iterator[datetime]:
    for record in one.steps:
        before, after = record.statement.predicate["before"], record.statement.predicate["after"]
        if after and after["state"] == "live" and not (before and before["state"] == "live"):
            yield record.statement.at
