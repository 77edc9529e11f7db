"""The timeline is drawn to scale."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.drill_runs import MARKS, run

from drills.publish import silence
from drills.publish.runs import MEANINGS, PHASES, Mark, Scenario
from drills.publish.silence import Silence
from drills.publish.site import timeline as timelines
from drills.publish.site.timeline import ENDS, SILENCE, Bar, Timeline

PLACES = st.dictionaries(st.sampled_from(sorted(MARKS)), st.floats(0, 604800), min_size=1)


def timeline(scenario: Scenario, window: float = 0.0) -> Timeline:
    """Its drawing, with what it says of silence."""
    return timelines.timeline(scenario, silence.silence(scenario, window))


def phases(found: Timeline) -> list[Bar]:
    """The bars without that of silence."""
    return [bar for bar in found.bars if bar.phase != SILENCE]


def drawn(places: dict[str, float]) -> Timeline:
    """A scenario with marks, each polled by half of where it is."""
    marks = {name: Mark(last_bad=place / 2, first_good=place) for name, place in places.items()}
    return timeline(Scenario(name="x", outcome="passed", phases={}, marks=marks))


def test_bars_are_as_long_as_their_phases() -> None:
    """Each ends at its mark and is as wide as it took, one a row, in the order of the phases."""
    [scenario] = run().scenarios
    found = timeline(scenario)
    assert [bar.phase for bar in phases(found)] == list(PHASES)
    scale = 98 / (MARKS["t9"] - MARKS["t0"])
    for bar in phases(found):
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
    doubt = {bar.phase: bar.doubt for bar in phases(timeline(scenario))}
    assert doubt["stop"] == pytest.approx(0.05 * 98 / (MARKS["t9"] - MARKS["t0"]))
    assert doubt["notify"] == 0


def test_what_did_not_run_is_said() -> None:
    """A phase without a place has words instead of a bar."""
    [scenario] = run(outcomes={"drain": "failed", "notify": "not_run"}, marks={"t7": None, "t8": None}).scenarios
    words = {bar.phase: (bar.words, bar.width) for bar in phases(timeline(scenario)) if not bar.width}
    assert words == {"drain": ("failed", 0), "notify": ("not_run", 0)}


def test_the_window_of_silence_is_drawn_and_told() -> None:
    """From the old version's last act for as long as it was watched, to scale, named in words; told in the text too."""
    [scenario] = run().scenarios
    found = timeline(scenario, 3.0)
    [bar] = [one for one in found.bars if one.phase == SILENCE]
    scale = 98 / (MARKS["t9"] - MARKS["t0"])
    assert (bar.x, bar.width) == pytest.approx((1 + (MARKS["t7"] - MARKS["t0"]) * scale, 3.0 * scale))
    assert bar.words == "6.50 s\N{EN DASH}9.50 s: nothing acted"
    assert bar.name == (1.0, "start")
    assert "Silence was watched from 6.50 s to 9.50 s: nothing of the old version acted." in found.told
    assert found.bars.index(bar) == list(PHASES).index("drain") + 1


def test_silence_that_outlasts_every_mark_has_room() -> None:
    """The axis ends with it."""
    [scenario] = run().scenarios
    [bar] = [one for one in timeline(scenario, 60.0).bars if one.phase == SILENCE]
    assert bar.x + bar.width == pytest.approx(99)


@pytest.mark.parametrize(("seen", "outcome"), [
    (Silence(), "not_run"), (Silence(begin=2.2, seen=(", and was broken", "broken")), "failed"),
])  # fmt: skip
def test_silence_that_did_not_hold_is_no_band(seen: Silence, outcome: str) -> None:
    """Only words: nothing may look as if it had been silent."""
    [scenario] = run().scenarios
    [bar] = [one for one in timelines.timeline(scenario, seen).bars if one.phase == SILENCE]
    assert (bar.width, bar.x, bar.outcome) == (0, 0, outcome)


def test_names_stay_on_the_drawing() -> None:
    """That of a bar far to the right ends at the edge instead of beginning at the bar."""
    assert Bar(phase="stop", outcome="passed", words="", y=0, x=59.0, width=2.0).name == (59.0, "start")
    assert Bar(phase="stop", outcome="passed", words="", y=0, x=61.0, width=2.0).name == (99.0, "end")


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
