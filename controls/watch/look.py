"""One look after the other: what runs, which triggers crossed, and the stop of each at every point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.errors import CountersignError, RecordError
from catalog.points import Point
from controls.recorded import Background, Reading
from controls.watch import stopping
from controls.watch.running import Running
from controls.watch.stopping import Found
from controls.watch.watch import Alarm, Watch

_AT_ONCE = 16
"""Workflows that are stopped at the same time."""
_PATIENCE = 2.0
"""Seconds that a stop waits to hear whether it was resumed just now; git's host may hang."""
_STALE = timedelta(minutes=2)
"""Records that were read longer ago are told to be old."""


@dataclass(slots=True)
class Look:
    """What one look came to."""

    triggers: int
    workflows: int
    said: list[str] = field(default_factory=list)
    """What crossed, was silent, or could not be asked; empty when all is well."""


class Watcher:
    """The records, the numbers and the points, held together."""

    def __init__(
        self, records: Background[tuple[Running, ...]], watch: Watch, points: Sequence[Point], root: Path, token: str
    ) -> None:
        self._records, self._watch, self._points, self._root, self._token = records, watch, points, root, token

    def look(self) -> Look:
        """Look at everything once. Raises `RecordError` while it was never known what is to be watched."""
        watched, trouble = _watched(self._records.reading)
        alarms = self._watch.alarms(watched)
        there = self._there(alarms)
        if any(alarm.stops and not there[alarm.workflow].stop_of(alarm) for alarm in alarms):
            # The stop that is missing may have been lifted by a resumption that was only just recorded: read it first.
            watched, trouble = _watched(self._records.fresh(_PATIENCE))
            again = self._watch.alarms([_since_the_way_back(one, there) for one in watched])
            alarms = [*again, *self._unanswered_now(alarms, again)]
        # At the same time, so that a point that hangs does not make one workflow wait for another.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            told = list(pool.map(lambda alarm: list(self._meet(alarm, there)), alarms))
        said = [line for lines in told for line in lines]
        said += [f"cannot be asked: {words}" for words in self._watch.unanswered]
        return Look(sum(len(one.triggers) for one in watched), len(watched), [*trouble, *said])

    def _there(self, alarms: Sequence[Alarm]) -> dict[str, Found]:
        """What the points hold, by workflow, where one is to be stopped."""
        names = sorted({alarm.workflow for alarm in alarms if alarm.stops})
        return stopping.look(names, self._points, self._root, self._token) if names else {}

    def _unanswered_now(self, before: Sequence[Alarm], now: Sequence[Alarm]) -> list[Alarm]:
        """Alarms of the first answer to which there was no second: what was seen to cross is stopped all the same."""
        known = {(alarm.workflow, alarm.trigger) for alarm in now}
        gone = (alarm for alarm in before if (alarm.workflow, alarm.trigger) not in known)
        return [alarm for alarm in gone if alarm.trigger.metric in self._watch.failed]

    def _meet(self, alarm: Alarm, there: Mapping[str, Found]) -> Iterator[str]:
        what = f"{alarm.workflow}: {alarm.words}"
        if not alarm.stops or alarm.workflow not in there:
            yield what
            return
        try:
            outcomes = list(stopping.stop(alarm, there[alarm.workflow], self._points, self._root, self._token))
        except CountersignError as error:
            yield f"{what}: NOT STOPPED: {error.message}"
            return
        lost = sorted((outcome.point.name, str(outcome.error)) for outcome in outcomes if not outcome.value)
        yield f"{what}: stopped at {len(outcomes) - len(lost)} of {len(outcomes)} points"
        yield from (f"{alarm.workflow}: not confirmed by {name}: {why}" for name, why in lost)


def _since_the_way_back(one: Running, there: Mapping[str, Found]) -> Running:
    """A workflow of which only what was counted after on-call's way back is held against its triggers."""
    back = there[one.name].went_back(one.name) if one.name in there else None
    return replace(one, since=max(back, one.since or back)) if back else one


def _watched(found: Reading[tuple[Running, ...]]) -> tuple[tuple[Running, ...], list[str]]:
    """What is to be watched, as it was last known, and why it is not known better."""
    if found.value is None or found.at is None:
        raise found.trouble or RecordError("The records have not been read yet.")
    if not found.trouble and datetime.now(UTC) - found.at < _STALE:
        return found.value, []
    why = f"{found.trouble.message} {found.trouble.why}".strip() if found.trouble else "git has not answered since."
    return found.value, [f"records: {why} What runs is known as of {found.at:%Y-%m-%d %H:%M:%S} UTC."]
