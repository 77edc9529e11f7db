"""Rounds: gather every stop, write each to every point, and only then let the points go on for one more lease.

What a round does not reach is not renewed, and stops by itself. Two keepers are as good as one: what both write is
the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.errors import RecordError
from catalog.points import Point, Points
from catalog.records.statement import time_text
from controls.keeper.journal import Journal
from controls.keeper.records import Standing
from controls.live import fleet
from controls.live.channel import Channel, PointError
from controls.live.presence import presences

Json = Any

PER_LEASE = 3
"""Rounds in the time of one lease."""
MOST_SKIPPED = 8
"""Rounds that a point which never answers is left out for, at most."""


@dataclass(slots=True)
class Round:
    """What one round found and did."""

    renewed: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    """Points that were not renewed, and why."""
    new: list[str] = field(default_factory=list)
    """Presences that were not known before."""
    lifted: int = 0
    records: str = ""
    """Why the records could not be read; empty when they were."""
    seconds: float = 0.0


class Keeper:
    """All that is kept between two rounds."""

    def __init__(
        self, declared: Points, group: str, root: Path, token: str, journal: Journal,
        records: Callable[[], Standing], by: str = "keeper",
    ) -> None:  # fmt: skip
        """`by`: who a lease is said to be from."""
        self._declared, self._points, self._root, self._token = declared, declared.of(group), root, token
        self.journal, self._records, self._by = journal, records, by
        self._recorded: Standing | None = None
        self._since = time.monotonic()
        """Since when the newest bundle is known."""
        self._previous = 0
        self._missed: dict[str, int] = {}
        self._number = 0

    @property
    def pause(self) -> float:
        """Seconds between the beginnings of two rounds."""
        return self._declared.lease / PER_LEASE

    @property
    def recorded(self) -> Standing:
        """What was last read of the records."""
        return self._recorded or Standing()

    def round(self) -> Round:
        """One round. Raises `RecordError` when the journal fails: then nothing is renewed."""
        began, made = time.monotonic(), Round()
        self._number += 1
        made.records = self._read_records()
        answers = self._answers(made)
        found = {path: body for held in answers.values() for path, body in presences(held)}
        made.new = self.journal.hold({**found, **self.recorded.held})
        known = {**self.journal.held, **found}
        self.journal.lift({path: body for path, body in known.items() if self.recorded.lifts(path, body)})
        made.lifted = sum(self.journal.is_lifted(path, body) for path, body in found.items())
        self._note_seq(answers)
        reached = [point for point in self._points if point.name in answers]
        work = fleet.each(reached, self._root, lambda channel: self._bring(channel, answers), seconds=self._share)
        for outcome in work:
            if outcome.value:
                made.renewed.append(outcome.point.name)
            else:
                made.closed[outcome.point.name] = str(outcome.error)
        made.seconds = time.monotonic() - began
        return made

    @property
    def _share(self) -> float:
        """Seconds that one half of a round may take: both leave time for another before a lease ends."""
        return self.pause / 2

    def _read_records(self) -> str:
        try:
            self._recorded = self._records()
        except RecordError as error:
            return f"{error.message} {error.why}".strip()
        return ""

    def _answers(self, made: Round) -> dict[str, Json]:
        """What each point holds that answers. One that never does is asked less and less often."""
        asked = [point for point in self._points if self._is_due(point)]
        answers: dict[str, Json] = {}
        for outcome in fleet.each(asked, self._root, self._look, seconds=self._share):
            name = outcome.point.name
            if outcome.value is None:
                self._missed[name] = self._missed.get(name, 0) + 1
                made.closed[name] = str(outcome.error)
            else:
                self._missed.pop(name, None)
                answers[name] = outcome.value
        return answers

    def _is_due(self, point: Point) -> bool:
        missed = self._missed.get(point.name, 0)
        return self._number % min(1 << max(0, missed - 2), MOST_SKIPPED) == 0

    def _look(self, channel: Channel) -> Json:
        return channel.ask("point", {}, self._token)

    def _note_seq(self, answers: Mapping[str, Json]) -> None:
        newest = max((int(held["seq"] or 0) for held in answers.values()), default=0)
        if newest > self.journal.seq:
            self._previous, self._since = self.journal.seq, time.monotonic()
            self.journal.saw(newest)

    def _bring(self, channel: Channel, answers: Mapping[str, Json]) -> bool:
        """Write what is missing, take away what is lifted, and renew. Raises `PointError` when it is not renewed.

        What it holds is read back before and after the renewal: it may have begun anew, and forgotten, in between.
        """
        held = answers[channel.point.name]
        self._reconcile(channel, held)
        held = self._look(channel)
        if self._reconcile(channel, held):
            raise PointError("it forgets what was just written there")
        self._refuse(held)
        # By the point's own clock, read before: whatever took time since only makes the lease shorter.
        seconds = min(self._declared.lease, int(held["lease_seconds"]))
        until = datetime.fromisoformat(held["now"]) + timedelta(seconds=seconds)
        channel.put("lease", {"until": time_text(until), "seq": held["seq"], "by": self._by}, self._token)
        held = self._look(channel)
        if self._reconcile(channel, held):
            raise PointError("it forgot its stops while it was renewed; they are there again")
        if not held["open"]:
            raise PointError("it does not take the lease: its clock or its bundle differs")
        return True

    def _reconcile(self, channel: Channel, held: Mapping[str, Json]) -> bool:
        """Make it hold what it should; whether anything of that was missing."""
        there = dict(presences(held))
        missing = {path: body for path, body in self.journal.held.items() if path not in there}
        for path, body in missing.items():
            channel.put(path, body if isinstance(body, dict) else {}, self._token)
        for path, body in there.items():
            if self.journal.is_lifted(path, body):
                channel.delete(path, self._token)
        return bool(missing)

    def _refuse(self, held: Mapping[str, Json]) -> None:
        """Raise `PointError` for a point that may not go on."""
        seq, newest = int(held["seq"] or 0), self.journal.seq
        in_time = time.monotonic() - self._since <= self._declared.poll
        if seq != newest and not (in_time and seq == self._previous):
            raise PointError(f"its bundle is number {seq}, the newest is {newest}")
        if self._recorded is None and not held["open"]:
            raise PointError("it has forgotten its stops, and the records that would tell them cannot be read")
