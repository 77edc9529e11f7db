from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.keys import keyring
from support.records import NOW, control, failed, side, signed, version

from catalog.records import history
from catalog.records.envelope import Verified, verify
from catalog.records.statement import Kind

Json = Any

RING = keyring()


def _record(kind: Kind, *, local: bool = False, days: int = 0, **fields: Json) -> Verified:
    return verify(signed(kind, at=NOW - timedelta(days=days), **fields), RING, local=local)


def test_drills() -> None:
    """A drill record becomes the fact that policies see, newest first, local evidence marked as such."""
    records = [_record(Kind.DRILL, days=3, local=True), _record(Kind.DRILL, days=1, target="staging", **failed("late"))]
    fact = {"version": version(), "rollback_digest": version("rollback of one")}
    own, late = (record.path for record in records)
    assert history.drills([*records, _record(Kind.STOP)], now=NOW) == [
        {**fact, "outcome": "late", "target": "staging", "age_days": 1, "local": False, "path": late},
        {**fact, "outcome": "passed", "target": "sandbox", "age_days": 3, "local": True, "path": own},
    ]


def test_drills_by_digest() -> None:
    """Drills are chosen by version or by rollback digest."""
    records = [
        _record(Kind.DRILL, days=1, version=version("two")),
        _record(Kind.DRILL, days=2, rollback_digest=version("rollback of two")),
        _record(Kind.DRILL, days=3, version=version("three"), rollback_digest=version("rollback of three")),
    ]

    def ages(*digests: str) -> list[Json]:
        return [drill["age_days"] for drill in history.drills(records, now=NOW, digests=digests)]

    assert ages(version("two")) == [1]
    assert ages(version("rollback of one")) == [1]
    assert ages(version("one"), version("rollback of three")) == [2, 3]
    assert ages() == []


def test_changes() -> None:
    """A change record becomes a version that ran, with the drills of that version or its way back."""
    drill = _record(Kind.DRILL, days=2)
    other = _record(Kind.DRILL, days=1, version=version("x"), rollback_digest=version("rollback of x"))
    (fact,) = history.changes([_record(Kind.CHANGE, days=12), drill, other], now=NOW)
    expected = {key: value for key, value in side().items() if key not in {"countersigned", "tier"}}
    assert fact == {**expected, "stopped": False, "age_days": 12, "drills": history.drills([drill], now=NOW)}


def test_changes_newest_first_without_deletions_and_control() -> None:
    """Versions come newest first; deletions and changes of other paths name none."""
    records = [
        _record(Kind.CHANGE, days=9, after=side("one")),
        _record(Kind.CHANGE, days=3, before=side("two"), after=None),
        _record(Kind.CHANGE, days=5, before=side("one"), after=side("two")),
        _record(Kind.CHANGE, days=1, **control()),
    ]
    assert [fact["version"] for fact in history.changes(records, now=NOW)] == [version("two"), version("one")]


def _stopped(*records: Verified, entries: tuple[dict[str, Json], ...] = ()) -> bool:
    (fact,) = history.changes([_record(Kind.CHANGE), *records], now=NOW, stopped=entries)
    return bool(fact["stopped"])


def test_stopped_by_record() -> None:
    """A version is stopped while a stop record names it, or names every version, and no resume lifts that very stop."""
    stop, everything = _record(Kind.STOP), _record(Kind.STOP, workflow="_control", version="*")
    resume = _record(Kind.RESUME)
    assert _stopped(stop)
    assert not _stopped(stop, resume)
    assert not _stopped(_record(Kind.STOP, version=version("other")))
    assert _stopped(_record(Kind.STOP, id="stop-2"), resume)
    assert _stopped(everything)
    assert _stopped(everything, resume)
    assert not _stopped(everything, _record(Kind.RESUME, workflow="_control", version="*"))


def test_stopped_by_state() -> None:
    """A version is stopped when an entry of state.yaml names it."""
    entry = {"id": "stop-9", "action": "all", "version": version(), "reason": "x", "at": "2026-09-01T00:00:00Z"}
    assert _stopped(entries=(entry,))
    assert not _stopped(entries=({**entry, "version": version("other")},))


def test_was_live() -> None:
    """A workflow was ever live if any change shows it so, before or after."""
    proposed, live = side(state="proposed"), side(state="live")
    assert not history.was_live([_record(Kind.CHANGE, after=proposed), _record(Kind.DRILL)])
    assert history.was_live([_record(Kind.CHANGE, after=live)])
    assert history.was_live([_record(Kind.CHANGE, before=live, after=side(state="retired"))])


@pytest.mark.parametrize(
    "when, now, days",
    [
        ("2026-09-01T12:00:00Z", "2026-09-01T12:00:00Z", 0),
        ("2026-09-01T23:59:59Z", "2026-09-02T00:00:00Z", 1),
        ("2026-08-02T00:00:00Z", "2026-09-01T23:59:59Z", 30),
        ("2026-09-01T12:00:00Z", "2026-09-02T01:30:00+02:00", 0),
        ("2026-09-01T12:05:00Z", "2026-09-01T12:00:00Z", 0),
        ("2026-09-02T00:05:00Z", "2026-09-01T23:59:00Z", 0),
    ],
)
def test_age_days(when: str, now: str, days: int) -> None:
    """Age counts calendar days in UTC, and is 0 for a time that a slow clock has not reached."""
    assert history.age_days(datetime.fromisoformat(when), datetime.fromisoformat(now)) == days


@given(st.integers(0, 100_000_000), st.integers(0, 1000))
def test_age_never_shrinks(seconds: int, hours: int) -> None:
    """As time passes, evidence only gets older."""
    start = NOW + timedelta(seconds=seconds)
    ages = [history.age_days(start, start + timedelta(hours=hours + more)) for more in (0, 1, 24)]
    assert ages == sorted(ages)
    assert ages[2] == ages[0] + 1
