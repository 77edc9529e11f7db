"""Durations are numbers with a unit, and go there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import durations


@pytest.mark.parametrize(("text", "value"), [("30s", 30), ("5m", 300), ("12h", 43_200), ("7d", 604_800), ("90m", 5400)])
def test_seconds(text: str, value: int) -> None:
    """Each unit has its seconds."""
    assert durations.seconds(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0s"), (59, "59s"), (60, "1m"), (90, "90s"), (5400, "90m"), (172_800, "2d")]
)
def test_words(value: int, text: str) -> None:
    """The largest unit that divides it evenly is written."""
    assert durations.words(value) == text


@given(st.integers(0, 10**10))
def test_there_and_back(value: int) -> None:
    """Writing a duration and reading it gives it back."""
    assert durations.seconds(durations.words(value)) == value
