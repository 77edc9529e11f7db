"""Where everything stands on the timeline of one scenario, in percent of its width.

Percentages, so that the drawing fills whatever width there is and its words keep their size. Rows are fixed heights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drills.publish import text
from drills.publish.runs import PHASES, Mark, Phase, Scenario
from drills.publish.silence import Silence

ENDS = {
    "detect": "t1", "acknowledge": "t2", "stop": "t4", "mitigate": "t6", "drain": "t7", "notify": "t8", "restore": "t9",
}  # fmt: skip
"""The mark at which a phase ends; it is drawn as long as it took."""

HEAD, ROW, LEVEL = 26, 40, 16
"""Pixels: of the axis, of a phase, of a line of mark names."""

_LEFT, _WIDTH = 1.0, 98.0
_RIGHT = 60.0
"""Percent from which on a bar's name ends at the right edge: else a phone would cut it."""
_SHORTEST = 0.001
"""Seconds of the shortest axis: marks are told to the millisecond."""
_APART = 7.0
"""Percent between two names on one line, enough on a phone."""
SILENCE = "silence"
"""The row below the phase `drain`, whose proof it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One phase, or the silence. Without a width it has no place on the axis, and `words` say why."""

    phase: str
    outcome: str
    words: str
    y: int
    x: float = 0.0
    width: float = 0.0
    doubt: float = 0.0
    """How much of its end lies within the resolution."""
    at: float | None = None
    """Where its name begins; None: at the bar."""

    @property
    def name(self) -> tuple[float, str]:
        """Where its name stands, and which of the name's ends."""
        if self.at is None and self.x > _RIGHT:
            return _LEFT + _WIDTH, "end"
        return max(_LEFT, self.x) if self.at is None else self.at, "start"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One mark: a line at the moment it was seen true, and a band back to where it was seen not yet true."""

    name: str
    x: float
    doubt: float
    y: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A number on the axis."""

    x: float
    words: str
    anchor: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """All of it, and how many pixels it is high; `told` is the same in words."""

    zero: float
    """Where its axis begins, in seconds since the run's start."""
    told: str
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    bottom: int
    height: int


def timeline(scenario: Scenario, silence: Silence) -> Timeline:
    """The drawing of a scenario, from its first mark on: what came before in the same run is no part of it."""
    zero = min((_earliest(mark) for mark in scenario.marks.values()), default=0.0)
    marks = {name: _since(mark, zero) for name, mark in scenario.marks.items()}
    end = max([_SHORTEST, *(mark.first_good for mark in marks.values()), (silence.end or zero) - zero])
    bars = tuple(_bars(scenario, marks, silence, zero, _WIDTH / end))
    bottom = HEAD + ROW * len(bars)
    lines = tuple(_lines(marks, _WIDTH / end, bottom))
    height = max((line.y for line in lines), default=bottom) + 6
    return Timeline(
        zero=zero, told=_told(scenario, silence, zero), bars=bars, lines=lines, ticks=_ticks(end), bottom=bottom,
        height=height,
    )  # fmt: skip


def _told(scenario: Scenario, silence: Silence, zero: float) -> str:
    ended = ", ".join(f"{name} {text.outcome(phase.outcome)}" for name, phase in scenario.phases.items())
    return (
        f"Phases as bars and marks as lines, in seconds since the first mark. {ended.capitalize()}. "
        f"Silence {silence.told(zero)}. The tables below say the same in numbers."
    )


def _earliest(mark: Mark) -> float:
    return mark.first_good if mark.last_bad is None else mark.last_bad


def _since(mark: Mark, zero: float) -> Mark:
    last_bad = None if mark.last_bad is None else mark.last_bad - zero
    return Mark(last_bad=last_bad, first_good=mark.first_good - zero)


def _bars(scenario: Scenario, marks: Mapping[str, Mark], silence: Silence, zero: float, scale: float) -> Iterator[Bar]:
    y = HEAD
    for phase in (scenario.phases[name] for name in PHASES if name in scenario.phases):
        yield _bar(phase, marks, scale, y)
        y += ROW
        if phase.phase == "drain":
            yield _silence(silence, zero, scale, y)
            y += ROW


def _silence(silence: Silence, zero: float, scale: float, y: int) -> Bar:
    outcome = "kept" if silence.kept else "not_run" if silence.begin is None else "failed"
    begin, end = (zero if place is None else place for place in (silence.begin, silence.end))
    # A band only where both of its ends are known.
    width = max(0.0, end - begin) * scale
    return Bar(
        phase=SILENCE, outcome=outcome, words=silence.short(zero), y=y, width=width, at=_LEFT,
        x=_LEFT + (begin - zero) * scale if width else 0,
    )  # fmt: skip


def _bar(phase: Phase, marks: Mapping[str, Mark], scale: float, y: int) -> Bar:
    end = marks.get(ENDS[phase.phase])
    outcome = "" if phase.outcome == "passed" else phase.outcome
    if phase.seconds is None or end is None:
        return Bar(phase=phase.phase, outcome=phase.outcome, words=outcome or "no mark", y=y)
    begin = max(0.0, end.first_good - phase.seconds)
    width = (end.first_good - begin) * scale
    return Bar(
        phase=phase.phase, outcome=phase.outcome, words=outcome, y=y, x=_LEFT + begin * scale, width=width,
        doubt=min(width, end.resolution * scale),
    )  # fmt: skip


def _lines(marks: Mapping[str, Mark], scale: float, bottom: int) -> Iterator[Line]:
    ends: list[float] = []
    for name, mark in sorted(marks.items(), key=lambda item: (item[1].first_good, item[0])):
        x = _LEFT + mark.first_good * scale
        level = next((at for at, end in enumerate(ends) if x - end >= _APART), len(ends))
        ends[level : level + 1] = [x]
        yield Line(name=name, x=x, doubt=mark.resolution * scale, y=bottom + LEVEL * (level + 1))


def _ticks(end: float) -> tuple[Tick, ...]:
    step = _step(end / 4)
    places = [step * count for count in range(int(end / step) + 1)]
    anchors = ["start", *["middle"] * (len(places) - 1)]
    unit = [f"{place:g} s" for place in places]
    found = [
        Tick(x=_LEFT + place * _WIDTH / end, words=words, anchor=anchor)
        for place, words, anchor in zip(places, unit, anchors, strict=True)
    ]
    return tuple(tick for tick in found if tick.x <= 95 or tick.anchor == "start")


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, … that is no smaller."""
    power = 1e-6
    while True:
        for factor in (1, 2, 5):
            if power * factor >= least * (1 - 1e-9):
                return float(f"{power * factor:g}")
        power *= 10
