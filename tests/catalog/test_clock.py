"""The clock is read once, in UTC, and is not moved back unless that is said aloud."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import clock
from catalog.errors import UsageError

PAST = "2020-02-29T12:00:00Z"


def test_the_clock() -> None:
    """Without a moment it is now, in UTC."""
    found = clock.read(None)
    assert found.tzinfo is UTC
    assert abs(datetime.now(UTC) - found) < timedelta(seconds=10)


def test_the_past_is_refused() -> None:
    """A clock moved back, which would revive waivers and drills, is refused (T13)."""
    with pytest.raises(UsageError, match="in the past") as caught:
        clock.read(PAST)
    assert "--replay" in caught.value.solution


def test_the_past_by_a_zone_is_refused() -> None:
    """A moment that is past in UTC does not pass for its local hour (T13)."""
    ahead = (datetime.now(UTC) - timedelta(hours=1)).astimezone(timezone(timedelta(hours=14)))
    with pytest.raises(UsageError, match="in the past"):
        clock.read(ahead.isoformat())


def test_a_few_minutes_do_not_matter() -> None:
    """Clocks that differ by minutes are let through."""
    moment = datetime.now(UTC) - timedelta(minutes=4)
    assert clock.read(moment.isoformat()) == moment


def test_replay() -> None:
    """An explicit replay may judge as of any moment, and needs one."""
    assert clock.iso(clock.read(PAST, replay=True)) == PAST
    with pytest.raises(UsageError, match="--replay needs --now"):
        clock.read(None, replay=True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-02-29", "2020-02-29T00:00:00Z"),
        ("2020-02-29T12:00:00", "2020-02-29T12:00:00Z"),
        ("2020-02-29T12:00:00.999Z", "2020-02-29T12:00:00Z"),
        ("2020-02-29T23:30:00-05:00", "2020-03-01T04:30:00Z"),
    ],
)
def test_spellings(text: str, moment: str) -> None:
    """A day, or a moment with or without a zone, is one moment in UTC, and the day is UTC's."""
    found = clock.read(text, replay=True)
    assert clock.iso(found) == moment
    assert found.date().isoformat() == moment[:10]


@pytest.mark.parametrize(
    "text",
    ["", "now", "yesterday", "2020-02-30", "1600000000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)
def test_no_moment(text: str) -> None:
    """What is no moment, or none that UTC can hold, is an error that shows how to write one."""
    with pytest.raises(UsageError, match="is not a moment"):
        clock.read(text, replay=True)


@pytest.mark.parametrize(
    "value",
    ["2026-02-30", "2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z", "", " 2026-01-01", "2026-01-01\n",
     "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661", None, 20260101, True, date(2026, 1, 1), ["2026-01-01"]],
)  # fmt: skip
def test_no_day(value: object) -> None:
    """Only text in the one plain spelling of a real day is a date (T13)."""
    assert clock.day(value) is None


@given(st.dates(min_value=date(1000, 1, 1)))
def test_day(value: date) -> None:
    """Every day is read from its ISO date."""
    assert clock.day(value.isoformat()) == value


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (23, 0), (24, 1), (49, 2), (-1, -1), (-25, -2)])
def test_age_days(hours: int, days: int) -> None:
    """Whole days are counted; what lies ahead is negative, so it never counts as fresh."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert clock.age_days(now - timedelta(hours=hours), now) == days
