"""Broken workers, each in one way that workers are broken: `python -m drills.mutants.worker KIND QUEUE WORKFLOW`."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from controls.live.order import STOPPED
from drills.worker.__main__ import main
from drills.worker.work import Worker

Json = Any


class Deaf(Worker):
    """It acts, whatever the point says, once it was let act."""

    _let: Mapping[str, Json] | None = None

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        said = super()._may(job, **more)
        self._let = said if said["go"] else self._let
        return dict(self._let or said)


class Caching(Worker):
    """It asks once for each action, and keeps a yes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._kept: dict[str, dict[str, Json]] = {}

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        if job["action"] not in self._kept:
            said = super()._may(job, **more)
            if not said["go"]:
                return said
            self._kept[job["action"]] = said
        return self._kept[job["action"]]


class Brief(Worker):
    """It keeps a yes for five seconds: long enough to act on it after the stop, also on a busy machine."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._kept: dict[str, tuple[float, dict[str, Json]]] = {}

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        now = time.monotonic()
        at, said = self._kept.get(job["action"], (0.0, {}))
        if not said or now - at > 5.0:
            said = super()._may(job, **more)
            if said["go"]:
                self._kept[job["action"]] = now, said
        return said


class Hasty(Worker):
    """It asks before the model, and not again before anything leaves the house."""

    _first: dict[str, Json]

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        if "digest" not in more or not self._first["go"]:
            self._first = super()._may(job, **more)
        return self._first


class Scheduling(Worker):
    """It asks when a job is scheduled, and not when it is due."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._decided: dict[str, dict[str, Json]] = {}

    def work(self, now: float) -> bool:
        """Decide on what is to come, then do what is due."""
        for path in sorted((self.queue.folder / "inbox").glob("*.json")):
            try:
                job = json.loads(path.read_bytes())
            except FileNotFoundError:
                continue
            if job.get("not_before", 0) > now and job["text"] not in self._decided:
                self._decided[job["text"]] = super()._may(job)
        return super().work(now)

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        return self._decided.get(job["text"]) or super()._may(job, **more)


class Slow(Worker):
    """It asks, and then takes its time over what was released for a certain moment."""

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        said = super()._may(job, **more)
        if said["go"] and more.get("approval") and "not_before" in job:
            threading.Event().wait(7.0)  # longer than the practice drill lets draining take
        return said


class Sticky(Worker):
    """It learns new settings twice, and then keeps those that it has: a cache that outlives the way back."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._versions: list[str] = []
        self._models: Json = None

    def _drafted(self, job: Mapping[str, Json], said: Mapping[str, Json]) -> dict[str, Json]:
        if said["version"] not in self._versions:
            self._versions.append(said["version"])
            self._models = said["models"]
        return super()._drafted(job, {**said, "models": self._models})


class Credulous(Worker):
    """It takes any approval for a good one."""

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        said = super()._may(job, **more)
        if more.get("approval") and said["code"].startswith("approval_"):
            return {**said, "go": True}
        return said


class Repeating(Worker):
    """It does not remember which approved actions it carried out."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.queue.use = lambda digest: True  # type: ignore[method-assign]


class Emptying(Worker):
    """It hands over that there is work, and not what it is."""

    def _hand_over(self, name: str, job: Mapping[str, Json], said: Mapping[str, Json]) -> None:
        kept = {"action": job["action"]} if said["code"] in STOPPED else job
        super()._hand_over(name, kept, said)


class Asking(Worker):
    """It asks the model first, and whether it may only before anything leaves the house."""

    _known: Mapping[str, Json] | None = None

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        said = super()._may(job, **more)
        if said["models"]:
            self._known = said
        elif self._known and "draft" not in job:
            self._draft(job, self._known)
        return said


KINDS: Mapping[str, Callable[..., Worker]] = {
    "asking": Asking, "brief": Brief, "caching": Caching, "credulous": Credulous, "deaf": Deaf, "emptying": Emptying,
    "hasty": Hasty, "repeating": Repeating, "scheduling": Scheduling, "slow": Slow, "sticky": Sticky,
}  # fmt: skip


if __name__ == "__main__":
    kind = sys.argv.pop(1)
    main(KINDS[kind])
