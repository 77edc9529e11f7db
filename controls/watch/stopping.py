"""Stopping what crossed: the same stop as on-call's, given by the watcher's token, again until every point confirms."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.errors import JudgeError
from catalog.points import Point
from catalog.records.statement import time_text
from controls.live import fleet
from controls.live import order as orders
from controls.live.fleet import Outcome
from controls.live.order import ALL, Confirmed, Order, Survey
from controls.live.presence import ROLLBACKS, STOPS, given, name_of, presences, sealed
from controls.watch.watch import Alarm

Json = Any

_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Who gives these stops: a program with a token of its own. What it keeps beside a stop is the trigger."""

    secret: str
    trigger: Mapping[str, Json] | None = None

    @property
    def who(self) -> str:
        """In words."""
        return "the watcher's token"

    def token(self, claims: Mapping[str, Json], now: float) -> str:
        """The token as it is: it signs nothing."""
        return self.secret

    def proof(self, token: str) -> dict[str, Json]:
        """Nobody's name, and what crossed."""
        return {"by": None, "trigger": self.trigger}


@dataclass(frozen=True, slots=True)
class Found:
    """What the points hold of a workflow before it is stopped."""

    survey: Survey | None
    """None: no point answers."""
    held: Mapping[str, Json]
    """Every stop and way back at any of them."""

    def stop_of(self, alarm: Alarm) -> str | None:
        """What the stop is called that this trigger gave of what runs now, where it still holds anywhere."""
        place, called = f"{STOPS}/{alarm.workflow}/{ALL}/", prefix(alarm.trigger.metric)
        ids = sorted(path.removeprefix(place) for path in self.held if path.startswith(f"{place}{called}"))
        return next(
            (name_of(one) for one in ids if one not in alarm.lifted and self._names_what_runs(alarm, one)), None
        )

    def _names_what_runs(self, alarm: Alarm, identity: str) -> bool:
        version = self.survey.version if self.survey else None
        return not version or identity == sealed(name_of(identity), "stop", alarm.workflow, ALL, version, None)

    def went_back(self, workflow: str) -> datetime | None:
        """When on-call last went back to an earlier version: the numbers before are those of another one."""
        found = [body for path, body in self.held.items() if path.startswith(f"{ROLLBACKS}/{workflow}/")]
        # A time that is yet to come is none: whoever gave it has another clock, and numbers must not wait for that.
        latest = datetime.now(UTC) + _AHEAD
        return max((at for body in found if (at := given(body)) and at <= latest), default=None)


def look(workflows: Sequence[str], points: Sequence[Point], root: Path, secret: str) -> dict[str, Found]:
    """Ask every point once: one that has just begun again may lack what all others hold."""
    bearer = Bearer(secret=secret)
    asked = fleet.each(points, root, lambda channel: orders.read(channel, bearer)[0], seconds=fleet.DEADLINE)
    held = {path: body for outcome in asked if outcome.value for path, body in presences(outcome.value)}
    return {name: Found(_survey(name, points, root, bearer), held) for name in workflows}


def _survey(workflow: str, points: Sequence[Point], root: Path, bearer: Bearer) -> Survey | None:
    try:
        return orders.survey(points, root, workflow, bearer, fleet.DEADLINE)
    except JudgeError:
        return None  # every point refuses the token, and will say so when it is to stop


def stop(alarm: Alarm, found: Found, points: Sequence[Point], root: Path, secret: str) -> Iterator[Outcome[Confirmed]]:
    """Give the stop to every point, and read it back; one that is there already is only read back.

    Raises `UsageError` when the points know no such workflow.
    """
    there = found.stop_of(alarm)
    order = Order(
        kind="stop", workflow=alarm.workflow, name=there or f"{prefix(alarm.trigger.metric)}{secrets.token_hex(6)}",
        reason=f"Stopped by a trigger: {alarm.words}.", at=time_text(datetime.now(UTC)),
    )  # fmt: skip
    trigger, survey = alarm.trigger, found.survey
    said = {
        "metric": trigger.metric,
        "above": trigger.above,
        "over": trigger.over,
        "value": alarm.value if math.isfinite(alarm.value or 0) else None,
    }
    targets = [*points, *orders.unlisted(points, survey.listed if survey else (), points[0].group)]
    known = order.found_in(found.held) if there else None
    aimed = known or orders.aimed(order, survey)
    bearer = Bearer(secret=secret, trigger=said)
    return orders.give(
        aimed, targets, root, bearer, ahead=survey.ahead if survey else 0.0, seconds=fleet.DEADLINE
    )  # fmt: skip


def prefix(metric: str) -> str:
    """The same for the same trigger, however often it crosses; what follows it no earlier stop was ever called."""
    return f"watch-{hashlib.sha256(metric.encode()).hexdigest()[:8]}-"
