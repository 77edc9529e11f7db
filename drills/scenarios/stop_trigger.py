"""*Stop trigger crossed*: the number crosses, and the stop follows by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from catalog.errors import UsageError
from catalog.files import write_atomically
from catalog.records.statement import time_text
from controls.live.fleet import Outcome
from controls.live.order import Confirmed
from controls.watch import stopping
from controls.watch.lines import Lines
from controls.watch.running import Running, Trigger
from controls.watch.watch import Alarm, Watch
from drills.marks import Mark
from drills.rehearsal import Rehearsal, Unseen
from drills.scenarios.interface import Scenario

_SILENCE = 3600.0


class StopTrigger(Scenario):
    """The watcher, the same as that of production, reads a number that crossed."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(rehearsal)
        self._alarm: Alarm | None = None

    @cached_property
    def _file(self) -> Path:
        """Where the number is reported."""
        return self.rehearsal.journal.folder / f"{self.rehearsal.prefix}.numbers.jsonl"

    @cached_property
    def _watch(self) -> Watch:
        return Watch(Lines(self._file), _SILENCE)

    def check(self) -> None:
        """The number must be one that the manifest watches, and cross its limit."""
        super().check()
        trigger, value = self._trigger(), float(self.rehearsal.played.parameters["value"])
        if trigger is None or value <= trigger.above:
            metric = self.rehearsal.played.parameters["metric"]
            limit = f"above {trigger.above:g}" if trigger else "one of the manifest's stop triggers"
            raise UsageError(
                f"{self.rehearsal.plan.file}: {metric} = {value:g} crosses nothing.",
                why=f"It must be {limit}.",
                solution="Name a metric of stop.when, and a value above its limit.",
            )

    needs = (*Scenario.needs, "clear-metric")

    def inject(self) -> Mark:
        """Whoever measures reports the number."""
        self.rehearsal.before("clear-metric", file=str(self._file))
        asked = self.rehearsal.played.parameters
        line = {"workflow": self.rehearsal.workflow, "metric": asked["metric"], "value": asked["value"]}
        content = json.dumps({**line, "at": time_text(datetime.now(UTC))}).encode() + b"\n"
        return self.rehearsal.moment(lambda: write_atomically(self._file, content))

    def noticed(self) -> bool:
        """The watcher raises the alarm."""
        self._alarm = next(iter(self._watch.alarms([self._running()])), None)
        return self._alarm is not None

    def stop(self) -> Iterator[Outcome[Confirmed]]:
        """The watcher gives the stop, by its own token."""
        target, workflow = self.rehearsal.target, self.rehearsal.workflow
        if self._alarm is None:
            raise Unseen("there is no alarm to stop for")
        found = stopping.look([workflow], target.points, target.root, target.watcher_token)[workflow]
        # What the stop will be called is not known before: it is lifted by where it lies.
        called = stopping.prefix(self._alarm.trigger.metric)
        self.rehearsal.before(self.way.undo, paths=[], workflow=workflow, called=called)
        yield from stopping.stop(self._alarm, found, target.points, target.root, target.watcher_token)

    def _trigger(self) -> Trigger | None:
        when = (self.rehearsal.plan.workflow.manifest["stop"] or {}).get("when") or ()
        asked = self.rehearsal.played.parameters["metric"]
        return next((Trigger(**one) for one in when if one["metric"] == asked), None)

    def _running(self) -> Running:
        trigger = self._trigger()
        assert trigger is not None  # it was checked
        tier = self.rehearsal.plan.workflow.manifest["risk"]["tier"]
        return Running(name=self.rehearsal.workflow, tier=tier, triggers=(trigger,), since=None)
