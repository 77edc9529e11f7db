"""*Wrong model on purpose*: it is noticed, rolled back, and no job runs on it after the switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from catalog import workflow as workflows
from catalog.errors import UsageError
from catalog.layout import MANIFEST
from catalog.records.statement import time_text
from catalog.workflow import File
from drills.marks import Disproved, Mark
from drills.scenarios.interface import Scenario
from drills.ways import Return, Way

Json = Any

WRONG_MODEL = "practice/wrong-on-purpose-2026-01-01"


class WrongModel(Scenario):
    """A bundle goes out in which one use of the workflow has another model."""

    @property
    def way(self) -> Way:
        """Back to the version that is rehearsed."""
        return Return(self.rehearsal, self._wrong_version, WRONG_MODEL, self.use)

    @property
    def action(self) -> str:
        """One that needs no release, where there is one: it is the model that is wrong."""
        return self.rehearsal.easiest

    @property
    def use(self) -> str:
        """The use whose model is switched."""
        return str(self.rehearsal.played.parameters["use"])

    @property
    def job(self) -> Mapping[str, Json]:
        """Its canaries are of that use: one of another use would never come to the wrong model."""
        return {"use": self.use}

    def check(self) -> None:
        """The use must be one of the manifest's."""
        super().check()
        if self._right_model() is None:
            raise UsageError(
                f"{self.rehearsal.plan.file}: {self.rehearsal.workflow} has no model for {self.use}.",
                solution="Name a use of the manifest's models.",
            )

    def show_canary(self) -> None:
        """Nothing yet: what must be seen to act before it falls silent is the wrong version."""

    needs = ("remove-canary", "restore-model", "restore-version")

    def inject(self) -> Mark:
        """The wrong version goes out, and jobs run on it."""
        rehearsal, model = self.rehearsal, self.rehearsal.target.model
        rehearsal.before("remove-canary", prefix=f"{rehearsal.prefix}-canary")
        answers = model.control()["answers"]
        rehearsal.before("restore-model", control={"answers": answers})
        model.change(answers=[*answers, {"model": WRONG_MODEL, "contains": "", "answer": "Drafted by another model."}])
        rehearsal.before("restore-version", paths=[])
        number = rehearsal.target.published.publish(self._switch)
        out = rehearsal.until(lambda: self._is_out(number), f"bundle number {number} at every point")
        for _ in range(self.jobs):
            rehearsal.put_releasable("canary-seen", self.action, **self.job)
        return out

    def noticed(self) -> bool:
        """The model's own log shows a model that nobody approved, and its draft has left the house."""
        asked = {call["asked"] for call in self.rehearsal.calls()}
        if asked - self.rehearsal.models == {WRONG_MODEL}:
            return any(self.way.is_old(effect) for effect in self.rehearsal.effects())
        if unknown := asked - self.rehearsal.models:
            raise Disproved(f"a model was asked that nobody switched to: {', '.join(sorted(unknown))}")
        return False

    def is_settled(self, canary: str) -> bool:
        """It was done by the version returned to, or waits for somebody's release."""
        if self.rehearsal.place(canary) == "done":
            done = [effect for effect in self.rehearsal.effects() if effect["job"] == canary]
            return any(effect["number"] > self.effects_before for effect in done)
        return self.rehearsal.place(canary) in ("people", "by-hand")

    def _right_model(self) -> str | None:
        models: Iterable[dict[str, Json]] = self.rehearsal.plan.workflow.manifest["models"]
        return next((str(one["id"]) for one in models if one["use"] == self.use), None)

    @cached_property
    def _wrong_version(self) -> str:
        """The version that the workflow would have with the other model in its manifest."""
        files = dict(self.rehearsal.plan.workflow.files)
        manifest = files[MANIFEST]
        content = (manifest.content or b"").replace((self._right_model() or "").encode(), WRONG_MODEL.encode())
        content += b"# practice\n"  # another version, however the id was written
        files[MANIFEST] = File(manifest.mode, manifest.oid, content)
        return workflows.read(self.rehearsal.workflow, files).version

    def _switch(self, document: dict[str, Json]) -> None:
        """What the bundle says when the wrong version is live: the right one is where one may return to."""
        workflow = self.rehearsal.plan.workflow
        right = document["workflows"][workflow.name]
        wrong = deepcopy(right)
        wrong["version"], wrong["previous"] = self._wrong_version, None
        for one in wrong["models"]:
            if one["use"] == self.use:
                one["id"] = WRONG_MODEL
        # Whether the right version is proved is what this finds out; the point has to take it as proved meanwhile.
        proved = {
            "version": workflow.version, "rollback_digest": workflow.rollback_digest, "outcome": "passed",
            "target": "rehearsal", "at": time_text(datetime.now(UTC)),
        }  # fmt: skip
        settings = {key: right[key] for key in ("tier", "models", "prompt", "actions")}
        wrong["earlier"] = [workflow.version]
        wrong["returnable"] = {
            workflow.version: {
                **settings, "rollback_digest": workflow.rollback_digest, "stopped": False, "drills": [proved]
            }
        }  # fmt: skip
        document["workflows"][workflow.name] = wrong

    def _is_out(self, number: int) -> bool:
        held = self.rehearsal.target.held()
        return all(one is not None and one["seq"] == number for one in held.values())
