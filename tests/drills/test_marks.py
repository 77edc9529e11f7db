"""Moments: what is polled is an interval, by a clock that nobody sets, and it holds the true moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import SourceError
from drills import marks
from drills.marks import Disproved, Mark, Poll, Stopwatch, last_of

TICKS = st.lists(st.floats(0, 1), max_size=30)
"""How long each thing takes, one after the other; then a hundredth of a second each."""
LONG = 1e6


class Clock(Stopwatch):
    """A clock that goes on by what the schedule says whenever somebody looks at it, or answers."""

    def __init__(self, ticks: list[float]) -> None:
        super().__init__()
        self._ticks: Iterator[float] = chain(ticks, repeat(0.01))
        self._time, self._lock = 0.0, threading.Lock()

    def now(self) -> float:
        with self._lock:
            self._time += next(self._ticks)
            return self._time


def asked(clock: Clock, truth: float, unseen: set[int], since: float | None = None) -> Mark:
    """The mark of something that comes true at `truth`; the questions with these numbers are not answered at all."""
    questions = iter(range(1000))

    def holds() -> bool:
        answered = clock.now()
        if next(questions) in unseen:
            raise SourceError("no answer")
        return answered >= truth

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "PAUSE", 0.0)
        mark = Poll(clock, holds, since=since).wait(LONG)
    assert mark is not None
    return mark


@settings(max_examples=200)
@given(TICKS, st.floats(0, 5), st.sets(st.integers(0, 10)))
def test_the_true_moment_lies_in_the_interval(ticks: list[float], truth: float, unseen: set[int]) -> None:
    """Whatever each question takes, and whichever are not answered."""
    mark = asked(Clock(ticks), truth, unseen, since=0.0)
    assert mark.earliest <= truth <= mark.first_good


@given(TICKS, st.sets(st.integers(0, 3), min_size=1))
def test_what_is_not_seen_is_no_no(ticks: list[float], unseen: set[int]) -> None:
    """Of something that was true all the time, no unanswered question makes a last bad moment."""
    assert asked(Clock(ticks), 0.0, unseen).last_bad is None


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5), st.floats(0, 5)), min_size=2, max_size=2),
)
def test_a_distance_is_too_long_by_its_resolution_at_most(moments: list[tuple[float, float, float]]) -> None:
    """The true distance of two marks lies between what is reported and that less its resolution."""
    (first, *_), (second, *_) = early, late = sorted(moments)
    since, until = (Mark(true - before, true + after) for true, before, after in (early, late))
    reported = until.first_good - since.earliest
    assert reported - until.resolution(since) - 1e-9 <= second - first <= reported + 1e-9


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5), st.floats(0, 5)), min_size=1))
def test_the_last_of_several(moments: list[tuple[float, float, float]]) -> None:
    """The moment at which the last one came true lies in their mark."""
    last = last_of([Mark(true - before, true + after) for true, before, after in moments])
    assert last.earliest <= max(true for true, *_ in moments) <= last.first_good


def test_what_was_never_seen_untrue_has_no_earlier_moment() -> None:
    """It is the moment itself then."""
    assert Mark(None, 3.0).earliest == 3.0
    assert Mark(2.5, 3.0).earliest == 2.5


def test_a_disproof_reaches_who_waits() -> None:
    """At once, and not as a mere time-out."""

    def holds() -> bool:
        raise Disproved("the contrary")

    with pytest.raises(Disproved, match="the contrary"):
        Poll(Stopwatch(), holds).wait(LONG)


def test_a_defect_reaches_who_waits() -> None:
    """It must not look like something that has not come true yet."""
    with pytest.raises(ZeroDivisionError):
        Poll(Stopwatch(), lambda: bool(1 / 0)).wait(LONG)


def test_what_never_comes_is_none() -> None:
    """And why it was not seen is known, where it was not seen."""

    asked = threading.Semaphore(0)

    def unseen() -> bool:
        asked.release()
        raise SourceError("nobody listens")

    watch = Stopwatch()
    never, hidden = Poll(watch, lambda: False), Poll(watch, unseen)
    assert (never.wait(0.05), never.trouble) == (None, "")
    for _ in range(2):  # with the second question, what came of the first is known
        assert asked.acquire(timeout=20)
    assert (hidden.wait(0.0), hidden.trouble) == (None, "nobody listens")


def test_nothing_is_asked_after_the_wait() -> None:
    """Who has waited leaves no question behind."""
    asked = threading.Event()

    def holds() -> bool:
        asked.set()
        return False

    poll = Poll(Stopwatch(), holds)
    assert asked.wait(20)
    assert poll.wait(0.0) is None
    assert poll._ended.wait(20)


def test_a_set_clock_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock is read once, at the start."""
    began = time.monotonic()
    watch = Stopwatch()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0 <= watch.now() <= time.monotonic() - began
