"""What records say, as the policies see it: the `drills`, `recorded` and `stops` facts of docs/facts.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.records.envelope import Verified
from catalog.records.statement import Kind, Statement
from catalog.records.subjects import ANY_VERSION

Json = Any
Fact = dict[str, Json]

_NEVER = datetime.min.replace(tzinfo=UTC)
_STOP = ("id", "action", "version", "reason", "at", "rollback_to", "by")


def drills(records: Iterable[Verified], *, now: datetime, digests: Collection[str] | None = None) -> list[Fact]:
    """The drill records, newest first; with `digests`, those that name one of these versions or rollback digests."""
    chosen = [record for record in _newest(records, Kind.DRILL) if digests is None or _names(record, digests)]
    return [_drill(record, now) for record in chosen]


def newest_drill(records: Iterable[Verified], digests: Collection[str]) -> Verified | None:
    """The newest drill record that names one of these versions or rollback digests."""
    return next((record for record in _newest(records, Kind.DRILL) if _names(record, digests)), None)


def changes(records: Sequence[Verified], *, now: datetime, stopped: Iterable[Mapping[str, Json]] = ()) -> list[Fact]:
    """The versions that change records of one workflow name, newest first, each with its drills.

    `records` holds all kinds, and the stops and resumes of `_control`; `stopped` the entries of `state.yaml`. A version
    counts as stopped while a stop record names it that no resume record lifts, or an entry does. A deletion leaves no
    version and is left out.
    """
    halted = stopped_versions(records) | {entry["version"] for entry in stopped}
    sides = [(record, record.statement.predicate["after"]) for record in _newest(records, Kind.CHANGE)]
    return [_change(record, after, records, halted, now) for record, after in sides if after]


def stops(records: Iterable[Verified], workflow: str) -> list[Fact]:
    """The stops and ways back in force of one workflow, by id; `by` is null where a trigger crossed."""
    return [{key: said[key] for key in _STOP} for said in in_force(records, workflow)]


def in_force(records: Iterable[Verified], workflow: str) -> list[Mapping[str, Json]]:
    """The same as they were recorded."""
    found = (stop.predicate for stop in _in_force(records) if stop.workflow == workflow)
    return sorted(found, key=lambda said: str(said["id"]))


def stopped_versions(records: Iterable[Verified]) -> set[str]:
    """Versions that a stop in force names; `*` when one names all."""
    return {str(stop.predicate["version"]) for stop in _in_force(records)}


def _in_force(records: Iterable[Verified]) -> list[Statement]:
    found = list(records)
    resumes = [record.statement for record in found if record.statement.kind is Kind.RESUME]
    lifted: dict[tuple[str, str], datetime] = {}
    for resume in resumes:
        for stop in resume.predicate["stops"]:
            lifted[resume.workflow, stop] = max(resume.at, lifted.get((resume.workflow, stop), resume.at))
    stops = [record.statement for record in found if record.statement.kind is Kind.STOP]
    # One that was given after the resumption is another, even under the same id.
    return [stop for stop in stops if stop.at > lifted.get((stop.workflow, stop.predicate["id"]), _NEVER)]


def was_live(records: Iterable[Verified]) -> bool:
    """Whether any change record shows the workflow live, before or after."""
    predicates = [record.statement.predicate for record in records if record.statement.kind is Kind.CHANGE]
    return any(side and side["state"] == "live" for said in predicates for side in (said["before"], said["after"]))


def age_days(when: datetime, now: datetime) -> int:
    """Days between two dates in UTC; 0 for a time that is ahead of the clock by a little."""
    return max(0, (now.astimezone(UTC).date() - when.date()).days)


def _newest(records: Iterable[Verified], kind: Kind) -> list[Verified]:
    chosen = [record for record in records if record.statement.kind is kind]
    return sorted(chosen, key=lambda record: (record.statement.at, record.path), reverse=True)


def _names(record: Verified, digests: Collection[str]) -> bool:
    said = record.statement.predicate
    return said["version"] in digests or said["rollback_digest"] in digests


def _drill(record: Verified, now: datetime) -> Fact:
    said = record.statement.predicate
    return {
        "version": said["version"],
        "rollback_digest": said["rollback_digest"],
        "outcome": said["outcome"],
        "target": said["target"],
        "age_days": age_days(record.statement.at, now),
        "local": record.local,
        "path": record.path,
    }


def _change(
    record: Verified, after: Mapping[str, Json], records: Sequence[Verified], halted: set[str], now: datetime
) -> Fact:
    return {
        "version": after["version"],
        "rollback_digest": after["rollback_digest"],
        "prompt_digest": after["prompt_digest"],
        "models": after["models"],
        "state": after["state"],
        "stopped": after["version"] in halted or ANY_VERSION in halted,
        "age_days": age_days(record.statement.at, now),
        "drills": drills(records, now=now, digests={after["version"], after["rollback_digest"]}),
    }
