"""The figures are right, against computations of another kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drills.publish.figures import bound, figures, nearest_rank
from drills.publish.timings import Standing, Timing

TIMES = st.floats(0, 604800, allow_nan=False)


def timings(times: Sequence[float], over: int = 0, failed: int = 0, not_run: int = 0) -> list[Timing]:
    """So many of each; those over budget are among the times."""
    kinds = [Standing.OVER] * over + [Standing.MET] * (len(times) - over)
    told = [*zip(kinds, times, strict=True), *[(Standing.FAILED, None)] * failed, *[(Standing.NOT_RUN, None)] * not_run]
    return [Timing(standing=kind, seconds=seconds, resolution=0.0, budget=1.0) for kind, seconds in told]


@given(st.lists(TIMES, min_size=1, max_size=300), st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank(times: list[float], percent: int) -> None:
    """It was really measured; at least so many times are no longer, and fewer are if any shorter one is taken."""
    ordered = sorted(times)
    found = nearest_rank(ordered, percent)
    assert found in times
    needed = Fraction(percent, 100) * len(times)
    assert sum(time <= found for time in times) >= needed
    assert sum(time < found for time in times) < needed


@given(st.lists(TIMES, max_size=60), st.data(), st.integers(0, 5), st.integers(0, 5))
def test_every_run_is_counted_once(times: list[float], data: st.DataObject, failed: int, not_run: int) -> None:
    """In any order: times, misses by kind, and what did not run add up to the runs."""
    over = data.draw(st.integers(0, len(times)))
    runs = data.draw(st.permutations(timings(times, over, failed, not_run)))
    found = figures(runs)
    assert (found.n, found.over, found.failed, found.not_run) == (len(times), over, failed, not_run)
    assert found.tried + found.not_run == len(runs)
    assert found.misses == over + failed
    assert found.longest == (max(times) if times else None)


def test_nothing_comes_to_nothing() -> None:
    """Without runs, or with none that came so far, there is no figure and no bound."""
    for found in (figures([]), figures(timings([], not_run=3))):
        assert (found.n, found.median, found.p95, found.longest, found.bound) == (0, None, None, None, None)


@given(st.integers(1, 400))
def test_without_a_miss_the_bound_is_about_three_in_n(tries: int) -> None:
    """It is 1 - 0.05^(1/n), never more than 3/n, and near it once n is not small."""
    found = bound(0, tries)
    assert found is not None
    assert found == pytest.approx(1 - 0.05 ** (1 / tries), abs=1e-9)
    assert found <= 3 / tries
    assert found >= 2.75 / tries or tries < 20


@pytest.mark.parametrize("tries, percent", [(1, 95), (30, 10), (60, 5), (300, 1)])
def test_the_bound_is_what_is_promised(tries: int, percent: int) -> None:
    """95 % at one drill, 10 % at 30, 5 % at 60, 1 % at 300; and never a hair more."""
    found = bound(0, tries)
    assert found is not None
    assert percent * 0.94 <= found * 100 <= percent


@given(st.integers(1, 150), st.data())
def test_with_misses_the_bound_is_exact(tries: int, data: st.DataObject) -> None:
    """At the bound, so few misses have a chance of 5 %, summed here from whole numbers."""
    misses = data.draw(st.integers(0, tries))
    found = bound(misses, tries)
    assert found is not None
    if misses == tries:
        assert found == 1
        return
    chance = sum(math.comb(tries, k) * found**k * (1 - found) ** (tries - k) for k in range(misses + 1))
    assert chance == pytest.approx(0.05, abs=1e-6)
    assert misses / tries < found < 1


def test_the_bound_is_quick_for_many() -> None:
    """Thousands of runs with hundreds of misses are no trouble, and the bound is just above their share."""
    found = bound(500, 50_000)
    assert found == pytest.approx(0.0108, abs=0.0002)
