"""The two ways back: people take over by hand, or the last good version does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from controls.live.order import ALL, STOPPED, Order
from drills.marks import Disproved
from drills.rehearsal import Rehearsal

Json = Any


class Way(Protocol):
    """What makes the old version fall silent, and what goes on in its place."""

    @property
    def undo(self) -> str:
        """What takes the order back."""

    def order(self, at: str) -> Order:
        """What on-call types."""

    def questions(self) -> list[dict[str, Json]]:
        """What an application would ask to act the old way: one for each action."""

    def refuses(self, decision: Mapping[str, Json]) -> bool:
        """Whether a point refuses the old way, for the reason that it should."""

    def is_old(self, effect: Mapping[str, Json]) -> bool:
        """Whether something left the house the old way."""

    def is_old_call(self, call: Mapping[str, Json]) -> bool:
        """Whether a model was asked the old way."""

    def practise(self, kind: str) -> str:
        """A job comes in that what goes on must finish; its name."""

    def serves(self, job: str) -> bool:
        """Whether it did."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """The AI step is off, for one action or for all; people do its work by the fallback."""

    rehearsal: Rehearsal
    action: str = ALL
    undo: str = "resume-action"

    def order(self, at: str) -> Order:
        """As `Way` has it."""
        return Order(
            kind="stop", workflow=self.rehearsal.workflow, action=self.action, name=f"{self.rehearsal.prefix}-stop",
            reason=f"Rehearsal: {self.rehearsal.played.scenario}.", at=at,
        )  # fmt: skip

    def questions(self) -> list[dict[str, Json]]:
        """As `Way` has it."""
        actions = [*self.rehearsal.actions] if self.action == ALL else [self.action]
        asked = {"workflow": self.rehearsal.workflow, "version": self.rehearsal.version}
        return [{**asked, "action": action} for action in actions]

    def refuses(self, decision: Mapping[str, Json]) -> bool:
        """As `Way` has it."""
        return decision.get("go") is False and decision.get("code") in STOPPED

    def is_old(self, effect: Mapping[str, Json]) -> bool:
        """As `Way` has it; what others do there in other workflows' versions is no business of this one."""
        ours = effect["version"] == self.rehearsal.version or effect["job"].startswith(self.rehearsal.prefix)
        return ours and self.action in (ALL, effect["action"])

    def is_old_call(self, call: Mapping[str, Json]) -> bool:
        """As `Way` has it: what is stopped asks none at all."""
        return True

    def practise(self, kind: str) -> str:
        """As `Way` has it."""
        action = self.rehearsal.easiest if self.action == ALL else self.action
        return self.rehearsal.put(kind, action)

    def serves(self, job: str) -> bool:
        """As `Way` has it."""
        if not self.rehearsal.steps:
            raise Disproved("the fallback has no numbered steps: nobody can finish a job on it")
        return self.rehearsal.by_hand(job)


@dataclass(frozen=True, slots=True)
class Return:
    """An earlier version runs again; the wrong one is refused wherever it is asked for."""

    rehearsal: Rehearsal
    wrong: str
    """The version that must fall silent."""
    wrong_model: str
    use: str
    """The use whose model is wrong there."""
    undo: str = "restore-version"

    def order(self, at: str) -> Order:
        """As `Way` has it."""
        return Order(
            kind="rollback", workflow=self.rehearsal.workflow, name=f"{self.rehearsal.prefix}-back",
            to=self.rehearsal.version, reason=f"Rehearsal: {self.rehearsal.played.scenario}.", at=at,
        )  # fmt: skip

    def questions(self) -> list[dict[str, Json]]:
        """As `Way` has it."""
        asked = {"workflow": self.rehearsal.workflow, "version": self.wrong}
        return [{**asked, "action": action} for action in self.rehearsal.actions]

    def refuses(self, decision: Mapping[str, Json]) -> bool:
        """As `Way` has it."""
        return decision.get("code") == "stale_version" and decision.get("version") == self.rehearsal.version

    def is_old(self, effect: Mapping[str, Json]) -> bool:
        """As `Way` has it."""
        return effect["version"] == self.wrong or effect.get("model") == self.wrong_model

    def is_old_call(self, call: Mapping[str, Json]) -> bool:
        """As `Way` has it."""
        return bool(call["asked"] == self.wrong_model)

    def practise(self, kind: str) -> str:
        """As `Way` has it."""
        return self.rehearsal.put_releasable(kind, self.rehearsal.easiest, use=self.use)

    def serves(self, job: str) -> bool:
        """As `Way` has it."""
        done = [effect for effect in self.rehearsal.effects() if effect["job"] == job]
        if any(self.is_old(effect) for effect in done):
            raise Disproved(f"{job} ran on the wrong version")
        for effect in done:
            if effect["version"] != self.rehearsal.version or effect.get("model") not in self.rehearsal.models:
                raise Disproved(f"{job} was done by {effect.get('model')} in {effect['version']}")
        return bool(done)
