"""One job after another: asked for before the model is, and again right before anything leaves the house."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from drills.worker.queue import Queue

Json = Any
Ask = Callable[..., dict[str, Json]]


class Drafted(NamedTuple):
    """What came of a job, and the model that it came from."""

    text: str
    model: str | None


Draft = Callable[[Mapping[str, Json], Mapping[str, Json]], Drafted]
"""What the model makes of a job, with the settings (`version`, `models`, `prompt`) that it runs with, or `NoDraft`."""


class NoDraft(Exception):
    """The model made nothing of a job that could be used; the message is why, in one word."""


@dataclass(slots=True)
class Settings:
    """What the worker last learned to run with: a cache, as good as the point says at each question."""

    version: str = "unknown"
    models: tuple[Json, ...] = ()
    prompt: Json = None


class Worker:
    """Carries out the jobs of one workflow."""

    def __init__(self, queue: Queue, workflow: str, name: str, ask: Ask, draft: Draft, caller: str = "") -> None:
        """`name`: this process; `caller`: the application that it is one of, where they are several."""
        self.queue, self._workflow, self._name = queue, workflow, name
        self._caller = caller or name
        self._ask, self._draft = ask, draft
        self.settings = Settings()

    def work(self, now: float) -> bool:
        """Do one job; whether there was any that is due."""
        if (taken := self.queue.take(now, self._name)) is None:
            return False
        name, job = taken
        said = self._may(job)
        # A named action is drafted as well: the draft is what a person releases.
        if not said["go"] and said["code"] != "approval_needed":
            self._hand_over(name, job, said)
            return True
        try:
            job = job if "draft" in job else self._drafted(job, said)
        except NoDraft as none:
            self._hand_over(name, job, {**said, "code": str(none)})
            return True
        digest = digest_of(job)
        # The model took its time: the world may have changed.
        said = self._may(job, digest=digest, approval=job.get("approval"))
        if not said["go"] and not self._is_stale(job, said):
            self._hand_over(name, {**job, "digest": digest}, said)
        elif self._is_stale(job, said):
            self._start_over(name, job, said)
        elif said["decision"] == "named" and not self.queue.use(digest):
            self._hand_over(name, job, {**said, "code": "approval_used"})
        else:
            effect = {key: job.get(key) for key in ("action", "model", "draft")}
            self.queue.act({"job": name, "version": said["version"], **effect})
            self.queue.finish(name, self._name, "done", job)
        return True

    def _may(self, job: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        """Ask with the cached version; where that is stale, learn the right one, and ask once more."""
        said = self._question(job, more)
        if said["code"] == "stale_version" and said["version"] and said["version"] != self.settings.version:
            self.settings = Settings(version=said["version"])
            said = self._question(job, more)
        if said["models"]:
            self.settings = Settings(said["version"], tuple(said["models"]), said["prompt"])
        return said

    def _question(self, job: Mapping[str, Json], more: Mapping[str, Json]) -> dict[str, Json]:
        given = {key: value for key, value in more.items() if value is not None}
        return self._ask(self._workflow, job["action"], self.settings.version, self._caller, **given)

    def _drafted(self, job: Mapping[str, Json], said: Mapping[str, Json]) -> dict[str, Json]:
        drafted = self._draft(job, said)
        return {**job, "draft": drafted.text, "model": drafted.model, "version": said["version"]}

    def _is_stale(self, job: Mapping[str, Json], said: Mapping[str, Json]) -> bool:
        """Whether another version runs by now than the draft came from: then nothing of it may leave the house."""
        runs = said["go"] or said["code"] == "approval_needed"
        return bool(runs and job.get("version", said["version"]) != said["version"])

    def _start_over(self, name: str, job: Mapping[str, Json], said: Mapping[str, Json]) -> None:
        """Draft it anew; what a person released as it is, a person decides again."""
        if job.get("approval"):
            self._hand_over(name, job, {**said, "code": "stale_draft"})
            return
        kept = {key: value for key, value in job.items() if key not in ("draft", "model", "version")}
        self.queue.finish(name, self._name, "inbox", kept)

    def _hand_over(self, name: str, job: Mapping[str, Json], said: Mapping[str, Json]) -> None:
        """A person goes on with it, by the fallback; they see why."""
        self.queue.finish(name, self._name, "people", {**job, "why": said["code"], "fallback": said.get("fallback")})


def digest_of(job: Mapping[str, Json]) -> str:
    """Exactly what would be done: the action, to whom, and with which words."""
    exact = {key: job.get(key) for key in ("action", "to", "amount", "draft")}
    return f"sha256:{hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()}"
