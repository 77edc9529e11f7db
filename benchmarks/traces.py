"""When things happened in a drill, by what others wrote down: the points, the model, the queue, the team's receiver."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from drills.scenarios.wrong_model import WRONG_MODEL

Json = Any
Moment = tuple[float, float]
"""Seconds since 1970: it happened between the two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What was written down about one scenario."""

    prefix: str
    writes: Sequence[Moment]
    """When each point was given the order: when it came in, and when it was answered."""
    loads: Sequence[Sequence[float]]
    """When each point activated each bundle."""
    effects: Sequence[Mapping[str, Json]]
    jobs: Mapping[str, Mapping[str, Json]]
    """The practice jobs when the last of them was finished."""
    calls: Sequence[Mapping[str, Json]]
    """What the model was asked."""
    messages: Mapping[str, Mapping[str, Json]]

    def moments(self, *, wrong_from: float | None) -> dict[str, Moment]:
        """What each mark must agree with. `wrong_from`: just before the wrong version was published, where one was."""
        back = wrong_from is not None  # to an earlier version; else people took over
        shown = "canary-seen" if back else "canary-late-fee"
        # It is noticed by both: what the model was asked, and what left the house.
        noticed = max(
            min(one["at"] for one in self.calls if shown in one["text"]),
            min(one["at"] for one in self.effects if shown in one["job"]),
        )
        page, told = self.messages[f"{self.prefix}-page"], self.messages[f"{self.prefix}-told"]
        received, answered = max(self.writes)  # the last point has it when this was answered, and not before it came
        issued = (page["at"], min(moment[0] for moment in self.writes))
        finished = self._finished(back=back)
        acts = self._old_acts(back=back)
        steady = max(one["at"] for one in self.effects if "-steady-" in one["job"])
        found = {
            "t1": _at(noticed), "t2": _at(page["acknowledged"]["at"]), "t3": issued, "t4": (received, answered),
            "t5": _at(min(finished)), "t6": _at(max(finished)),
            "t7": (max([received, *acts]), max([answered, *acts])), "t8": _at(told["at"]), "t9": (steady, math.inf),
        }  # fmt: skip
        if wrong_from is not None:
            # A point writes down that it took a bundle up once it has: it had before, and not before there was one.
            found["t0"] = (wrong_from, max(next(at for at in one if at >= wrong_from) for one in self.loads))
        return found

    def _finished(self, *, back: bool) -> list[float]:
        """When each practice job was: by the version that took over, or by hand."""
        if back:
            return [one["at"] for one in self.effects if "-practice" in one["job"]]
        return [job["by_hand"]["at"] for name, job in self.jobs.items() if "-practice" in name]

    def _old_acts(self, *, back: bool) -> list[float]:
        """When the old version acted: on the wrong model, or on a canary."""
        return [one["at"] for one in self.effects if (one["model"] == WRONG_MODEL if back else "-canary" in one["job"])]


def writes(log: Path, kind: str, prefix: str) -> Iterator[Moment]:
    """When each order of a run came in at a point, and when it was answered, by the point's own log."""
    begun: dict[int, float] = {}
    for said in _lines(log):
        path = said.get("req_path", "")
        if said.get("req_method") != "PUT" or f"/control/{kind}/" not in path or prefix not in path:
            continue
        if said["msg"] == "Received request.":
            begun[said["req_id"]] = _time(said)
        elif said["req_id"] in begun:
            yield begun[said["req_id"]], _time(said)


def loads(log: Path) -> Iterator[float]:
    """When a point took up each of its bundles, by its own log."""
    return (_time(said) for said in _lines(log) if said["msg"].startswith("Bundle loaded and activated"))


def _lines(log: Path) -> Iterator[dict[str, Json]]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):  # the last line may be half written
            yield json.loads(line)


def _time(said: Mapping[str, Json]) -> float:
    return datetime.fromisoformat(said["time"]).timestamp()


def _at(moment: float) -> Moment:
    return moment, moment
