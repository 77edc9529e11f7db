"""Numbers and texts read as they should."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import hostile

from catalog import hidden
from drills.publish import text


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "\u2013"), (0.0, "0.000 s"), (0.0712, "0.071 s"), (0.1, "0.10 s"), (9.999, "10.00 s"), (12.34, "12.3 s"),
        (59.94, "59.9 s"), (59.96, "1 min 00 s"), (61.6, "1 min 02 s"), (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"), (7380, "2 h 03 min"),
    ],
)  # fmt: skip
def test_durations(value: float | None, words: str) -> None:
    """Short ones to the millisecond, long ones to the minute, and no `60 s` on the way."""
    assert text.seconds(value) == words


@given(st.floats(0, 604800))
def test_no_duration_shows_sixty(value: float) -> None:
    """Whatever it is rounded to, minutes and seconds stay below sixty."""
    assert "60 s" not in text.seconds(value)
    assert "60 min" not in text.seconds(value)


@pytest.mark.parametrize(
    "value, words", [(None, "\u2013"), (10, "10 s"), (0.5, "0.5 s"), (60, "1 min"), (90, "1 min 30 s"), (3600, "1 h")]
)
def test_budgets(value: float | None, words: str) -> None:
    """Round numbers, as somebody wrote them."""
    assert text.limit(value) == words


@pytest.mark.parametrize(
    "value, words",
    [(None, "\u2013"), (1.0, "100 %"), (0.095, "9.5 %"), (0.0951, "9.6 %"), (0.3999, "40 %"), (0.101, "11 %")],
)
def test_bounds_are_rounded_up(value: float | None, words: str) -> None:
    """A bound never promises more than it is."""
    assert text.share(value) == words


def test_counts_and_moments() -> None:
    """One run, two runs, thousands with commas; moments in UTC."""
    assert [text.number(count, "run") for count in (0, 1, 1234)] == ["0 runs", "1 run", "1,234 runs"]
    assert text.minute(datetime(2026, 9, 1, 9, 5, tzinfo=UTC)) == "2026-09-01 09:05 UTC"
    assert text.outcome("undo_failed") == "undo failed"


@given(hostile())
def test_nothing_stays_hidden(line: str) -> None:
    """T15: what a person would not see is seen to be there; what is visible stays as it is, and twice is once."""
    shown = text.visible(line)
    assert hidden.find(shown) is None
    assert len(shown) == len(line)
    assert text.visible(shown) == shown
