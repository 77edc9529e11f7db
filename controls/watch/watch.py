"""Which triggers crossed, and of which numbers nothing is heard. No data is not good news."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from catalog import durations
from catalog.errors import SourceError
from controls.watch.numbers import Source
from controls.watch.running import Running, Trigger

STOPS_WHEN_SILENT = "high"
"""The tier that does not run unwatched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """A trigger that crossed, or, without a value, one of which nothing has been heard for too long."""

    workflow: str
    trigger: Trigger
    value: float | None
    stops: bool
    words: str
    """Metric, value, limit and time."""
    lifted: frozenset[str] = frozenset()
    """Stops of the workflow that were resumed, by id."""


class Watch:
    """What is remembered between two looks."""

    def __init__(self, source: Source, silence: float) -> None:
        self._source, self._silence = source, silence
        self._answered: dict[tuple[str, int], float] = {}
        """When each number was last told, by our own clock: its metric and time. Time 0: whether anything is heard."""
        self._began = time.monotonic()
        self._valued: dict[tuple[str, Trigger], float] = {}
        """When each workflow last had a number, by our own clock."""
        self.unanswered: list[str] = []
        """What could not be asked in the last look, and why."""
        self.failed: set[str] = set()
        """The metrics of those."""

    def alarms(self, watched: Iterable[Running]) -> list[Alarm]:
        """Hold every trigger against its number, now."""
        watched, now = list(watched), datetime.now(UTC)
        self.unanswered, self.failed = [], set()
        self._source.begin()
        # First whether anything is heard: a number that takes long must not make all others silent.
        heard = dict(self._heard({trigger.metric for one in watched for trigger in one.triggers}))
        numbers = dict(self._numbers({trigger for one in watched for trigger in one.triggers}))
        found = (
            self._alarm(one, trigger, numbers.get((trigger.metric, trigger.over)), heard.get(trigger.metric), now)
            for one in watched
            for trigger in one.triggers
        )
        return [alarm for alarm in found if alarm]

    def _numbers(self, triggers: Set[Trigger]) -> Iterator[tuple[tuple[str, int], Mapping[str, float]]]:
        """Of all workflows at once, each metric over each time."""
        for metric, over in sorted({(trigger.metric, trigger.over) for trigger in triggers}):
            try:
                yield (metric, over), self._source.values(metric, over)
                self._answered[metric, over] = time.monotonic()
            except SourceError as error:
                self._failed(metric, metric, error)

    def _heard(self, metrics: Set[str]) -> Iterator[tuple[str, Set[str]]]:
        for metric in sorted(metrics):
            try:
                yield metric, self._source.heard(metric, self._silence)
                self._answered[metric, 0] = time.monotonic()
            except SourceError as error:
                self._failed(metric, metric, error)

    def _alarm(
        self, one: Running, trigger: Trigger, numbers: Mapping[str, float] | None, heard: Set[str] | None, now: datetime
    ) -> Alarm | None:
        try:
            value = self._value(one, trigger, numbers, now)
        except SourceError as error:
            self._failed(trigger.metric, f"{trigger.metric} of {one.name}", error)
            value = numbers = None
        if value is not None and value > trigger.above:
            return _alarm(one, trigger, value, stops=True)
        if value is not None:
            self._valued[one.name, trigger] = time.monotonic()
        if self._is_silent(one, trigger, numbers, heard, now):
            return self._unheard(one, trigger)
        if value is None and numbers is not None and not _has_just_begun(one, now, self._silence):
            return self._without_a_number(one, trigger)
        return None

    def _failed(self, metric: str, what: str, error: SourceError) -> None:
        self.failed.add(metric)
        self.unanswered.append(f"{what}: {error.message}")

    def _value(
        self, one: Running, trigger: Trigger, numbers: Mapping[str, float] | None, now: datetime
    ) -> float | None:
        """The number, of nothing that was before the workflow last began to run."""
        if numbers is None:
            return None
        age = (now - one.since).total_seconds() if one.since else None
        if age is None or not 0 <= age < trigger.over:
            return numbers.get(one.name)
        return self._source.values(trigger.metric, max(age, 1.0), one.name).get(one.name)

    def _is_silent(
        self, one: Running, trigger: Trigger, numbers: Mapping[str, float] | None, heard: Set[str] | None, now: datetime
    ) -> bool:
        if _has_just_begun(one, now, self._silence):
            return False
        for answer, over in ((heard, 0), (numbers, trigger.over)):
            if answer is None:  # nobody knows: silence only when that lasts
                return self._since(self._answered.get((trigger.metric, over)))
        return one.name not in (heard or ())

    def _since(self, moment: float | None) -> bool:
        """Whether something was so long ago that it counts as silence; from the beginning on where it never was."""
        return time.monotonic() - (self._began if moment is None else moment) > self._silence

    def _without_a_number(self, one: Running, trigger: Trigger) -> Alarm:
        """Something is reported, and no number comes of it: told at once, and after the silence like silence."""
        lasts = self._since(self._valued.get((one.name, trigger)))
        return _alarm(one, trigger, None, stops=lasts and one.tier == STOPS_WHEN_SILENT)

    def _unheard(self, one: Running, trigger: Trigger) -> Alarm:
        return _alarm(one, trigger, None, stops=one.tier == STOPS_WHEN_SILENT, silence=self._silence)


def _alarm(one: Running, trigger: Trigger, value: float | None, *, stops: bool, silence: float = 0.0) -> Alarm:
    limit = f"its limit is {trigger.above:g} over {durations.words(trigger.over)}"
    if value is not None:
        words = f"{trigger.metric} is {value:g}; {limit}"
    elif silence:
        words = f"nothing is heard of {trigger.metric} for {durations.words(round(silence))}; {limit}"
    else:
        words = f"{trigger.metric} is reported, and has no number; {limit}"
    return Alarm(
        workflow=one.name, trigger=trigger, value=value, stops=stops, words=words, lifted=one.lifted
    )  # fmt: skip


def _has_just_begun(one: Running, now: datetime, silence: float) -> bool:
    """Whether a workflow runs for no longer than it may be silent."""
    return one.since is not None and 0 <= (now - one.since).total_seconds() <= silence
