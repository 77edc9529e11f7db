"""When something came true: by one steady clock, and for what is polled as an interval.

What is asked about lies between the beginning of the last question that was answered "not yet" and the end of the
first that was answered "yes"; the wall clock is read once, and moves nothing when it is stepped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from catalog.errors import SourceError

PAUSE = 0.01
"""Seconds between two questions to one place."""


class Disproved(Exception):
    """The contrary of what is to be proved was seen: no waiting makes that good."""


class Stopwatch:
    """Seconds since the start, by a clock that nobody can set; anchored once to the wall clock."""

    def __init__(self, started: datetime | None = None, seconds: float = 0.0) -> None:
        """`started`, `seconds`: where one goes on that another process began."""
        self.started = started or datetime.now(UTC)
        self._began = time.monotonic() - seconds
        self.waited = 0.0
        """Seconds in which something may have been true already and had not been asked about again."""

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment, in seconds since the start."""

    last_bad: float | None
    """The last moment at which it was seen not yet true; None when it never was."""
    first_good: float
    """The first moment at which it was seen true."""

    def resolution(self, since: Mark) -> float:
        """By how many seconds its distance from an earlier mark may be too long; never earlier than that mark."""
        return self.first_good - max(self.earliest, since.earliest) + (since.first_good - since.earliest)

    @property
    def earliest(self) -> float:
        """The earliest moment at which it can have come true."""
        return self.first_good if self.last_bad is None else self.last_bad


def last_of(marks: list[Mark]) -> Mark:
    """When the last of several things came true, of which each was seen untrue before."""
    return Mark(max(mark.earliest for mark in marks), max(mark.first_good for mark in marks))


class Poll:
    """A question that is asked again and again, beside whatever else goes on, until it is answered with yes."""

    def __init__(self, watch: Stopwatch, holds: Callable[[], bool], *, since: float | None = None) -> None:
        """Begin to ask. `holds` may raise `SourceError`: not seen is neither yes nor no; and `Disproved`.

        `since`: a moment before which it cannot have come true, when that is known.
        """
        self._watch, self._holds = watch, holds
        self._last_bad = since
        self._answered: float | None = None
        """When the last no came."""
        self._mark: Mark | None = None
        self._disproved: Disproved | None = None
        self._defect: Exception | None = None
        self.trouble = ""
        """Why it was last not seen at all; empty when it was."""
        self._ended, self._cancelled = threading.Event(), threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self, until: float) -> Mark | None:
        """When it came true; None when it has not by `until`, in seconds since the start. Raises `Disproved`."""
        self._ended.wait(max(0.0, until - self._watch.now()))
        self.cancel()
        if self._defect:
            raise self._defect
        if self._disproved:
            raise self._disproved
        return self._mark

    def cancel(self) -> None:
        """Ask no more."""
        self._cancelled.set()

    def _run(self) -> None:
        try:
            while not self._cancelled.is_set() and not self._look():
                self._cancelled.wait(PAUSE)
        except Disproved as error:
            self._disproved = error
        except Exception as error:  # noqa: BLE001 - a defect must reach whoever waits
            self._defect = error
        self._ended.set()

    def _look(self) -> bool:
        """Ask once; whether the answer was yes."""
        asked = self._watch.now()
        try:
            good = self._holds()
        except SourceError as error:
            self.trouble = str(error)
            return False
        self.trouble = ""
        answered = self._watch.now()
        if good:
            self._mark = Mark(self._last_bad, answered)
            self._watch.waited += answered - self._answered if self._answered else 0.0
        else:
            self._last_bad, self._answered = asked, answered
        return good


class FirstOf:
    """Whether several things are all true, for a poll; and when the first of them was, as it was seen meanwhile."""

    def __init__(self, watch: Stopwatch, answers: Callable[[], list[bool]], *, since: float) -> None:
        self._watch, self._answers, self._last_none = watch, answers, since
        self.mark: Mark | None = None
        """When the first one was true; None as long as none was."""

    def __call__(self) -> bool:
        """Ask about all of them; each is asked, whatever another one says."""
        asked = self._watch.now()
        found = self._answers()
        if self.mark is None and any(found):
            self.mark = Mark(self._last_none, self._watch.now())
        self._last_none = asked
        return all(found)
