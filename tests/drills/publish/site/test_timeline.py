"""The timeline is drawn to scale."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.drill_runs import MARKS, run

from drills.publish.runs import PHASES, Mark, Scenario
from drills.publish.site.timeline import ENDS, MEANINGS, Timeline, timeline

PLACES = st.dictionaries(st.sampled_from(sorted(MARKS)), st.floats(0, 604800), min_size=1)


def drawn(places: dict[str, float]) -> Timeline:
    """A scenario with marks, each polled by half of where it is."""
    marks = {name: Mark(last_bad=place / 2, first_good=place) for name, place in places.items()}
    return timeline(Scenario(name="x", outcome="passed", phases={}, marks=marks))


def test_bars_are_as_long_as_their_phases() -> None:
    """Each ends at its mark and is as wide as it took, one a row, in the order of the phases."""
    [scenario] = run().scenarios
    found = timeline(scenario)
    assert [bar.phase for bar in found.bars] == list(PHASES)
    scale = 98 / (MARKS["t9"] - MARKS["t0"])
    for bar in found.bars:
        assert bar.width == pytest.approx((scenario.phases[bar.phase].seconds or 0) * scale)
        assert bar.x + bar.width == pytest.approx(1 + (MARKS[ENDS[bar.phase]] - MARKS["t0"]) * scale)
    assert all(later.y - bar.y == 40 for bar, later in pairwise(found.bars))


def test_it_begins_with_the_first_mark() -> None:
    """What came before in the same run takes no room: the later scenarios of a run are drawn like the first."""
    early, late = (drawn_from(zero) for zero in (0.0, 500.0))
    assert early.ticks == late.ticks
    assert [line.x for line in early.lines] == pytest.approx([line.x for line in late.lines])
    assert min(line.x - line.doubt for line in late.lines) == pytest.approx(1)


def drawn_from(zero: float) -> Timeline:
    marks = {name: Mark(last_bad=zero + place / 2, first_good=zero + place) for name, place in MARKS.items()}
    return timeline(Scenario(name="x", outcome="passed", phases={}, marks=marks))


def test_doubt_is_drawn_with_its_resolution() -> None:
    """The end of a polled phase is as wide in doubt as its mark; one that was not polled is not."""
    [scenario] = run().scenarios
    doubt = {bar.phase: bar.doubt for bar in timeline(scenario).bars}
    assert doubt["stop"] == pytest.approx(0.05 * 98 / (MARKS["t9"] - MARKS["t0"]))
    assert doubt["notify"] == 0


def test_what_did_not_run_is_said() -> None:
    """A phase without a place has words instead of a bar."""
    [scenario] = run(outcomes={"drain": "failed", "notify": "not_run"}, marks={"t7": None, "t8": None}).scenarios
    words = {bar.phase: (bar.words, bar.width) for bar in timeline(scenario).bars if not bar.width}
    assert words == {"drain": ("failed", 0), "notify": ("not_run", 0)}


def test_every_mark_has_a_meaning() -> None:
    """t0 to t9, and each phase ends at one of them."""
    assert list(MEANINGS) == [f"t{number}" for number in range(10)]
    assert set(ENDS) == set(PHASES)
    assert set(ENDS.values()) < set(MEANINGS)


@given(PLACES)
@example({"t0": 5e-324})
@example({"t0": 0.0})
def test_everything_stays_on_the_drawing(places: dict[str, float]) -> None:
    """Whatever the times, all lines and bands lie between its edges, and ticks begin at nought."""
    found = drawn(places)
    for line in found.lines:
        assert 0.9 < line.x - line.doubt <= line.x < 99.1
        assert found.bottom < line.y < found.height
    assert found.ticks[0].words == "0 s"
    assert len(found.ticks) <= 6
    assert all(later.x > tick.x for tick, later in pairwise(found.ticks))


@given(PLACES)
def test_no_two_names_are_printed_over_each_other(places: dict[str, float]) -> None:
    """On one line, names of marks keep their distance."""
    rows: dict[int, list[float]] = {}
    for line in drawn(places).lines:
        rows.setdefault(line.y, []).append(line.x)
    assert all(later - x >= 7 - 1e-9 for row in rows.values() for x, later in pairwise(sorted(row)))
