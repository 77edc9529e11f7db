"""What a drill does at each service of its target: the queue, the model, the team's messages, the bundles' host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from catalog.errors import SourceError, UsageError
from drills.targets.ports import Limits, Port

Json = Any


_NONE = "/effects?after=999999999"
"""No effect at all: only how many there were, and the time."""
_LOCK, _NEVER, _TAKEN = "drill-lock", 32503680000, 409
"""A practice job that is due in the year 3000: while it is there, a run has the target."""


def _part(said: Json, key: str, kind: type | tuple[type, ...]) -> Json:
    """A part of an answer. Raises `SourceError` for one of a service that speaks otherwise."""
    found = said.get(key) if isinstance(said, dict) else None
    if not isinstance(found, kind):
        raise SourceError(f"a service answers without `{key}`: it is none that a drill can play with (docs/drills.md)")
    return found


@dataclass(frozen=True, slots=True)
class Office:
    """The application's queue, where practice jobs are put, and where people work by hand."""

    port: Port
    limits: Limits

    def put(self, name: str, job: Mapping[str, Json]) -> None:
        """A practice job comes in."""
        self.limits.count_job()
        self.port.call("POST", f"/jobs/{name}", dict(job))

    def jobs(self, prefix: str) -> dict[str, dict[str, Json]]:
        """All jobs whose names begin so: where each is (`inbox at-work done people by-hand`), and itself."""
        found: dict[str, dict[str, Json]] = _part(self.port.call("GET", f"/jobs?prefix={quote(prefix)}"), "jobs", dict)
        return found

    def effects(self, after: int = 0) -> list[dict[str, Json]]:
        """What left the house after the effect of that number."""
        found: list[dict[str, Json]] = _part(self.port.call("GET", f"/effects?after={after}"), "effects", list)
        return found

    def count(self) -> int:
        """How many effects there were."""
        found: int = _part(self.port.call("GET", _NONE), "count", int)
        return found

    def now(self) -> float:
        """The queue's own clock, in seconds since 1970."""
        return float(_part(self.port.call("GET", _NONE), "now", (int, float)))

    def take(self, run: str) -> bool:
        """Nobody else drills here until it is let go. Whether it was free: a run may have it from before.

        Raises `UsageError` while another run has it.
        """
        held = self.jobs(_LOCK).get(_LOCK)
        if held and held["job"].get("run") == run:
            return False
        try:
            self.port.call("POST", f"/jobs/{_LOCK}", {"action": _LOCK, "run": run, "not_before": _NEVER})
        except SourceError as error:
            if error.status != _TAKEN:
                raise
            other = str((held or {}).get("job", {}).get("run", "another one"))[:60]
            raise UsageError(
                f"The run {other} drills there.",
                why="Two drills at once would stop and resume each other's work.",
                solution="Let it end. If it was killed: countersign drill recover, where its journal is.",
            ) from None
        return True

    def let_go(self) -> None:
        """Others may drill here."""
        self.port.call("DELETE", f"/jobs/{_LOCK}")

    def finish_by_hand(self, name: str, by: str) -> None:
        """A person finishes a job that waits for people."""
        self.port.call("POST", f"/jobs/{name}/by-hand", {"by": by})

    def give_back(self, name: str) -> None:
        """A job that waits for people goes back to the queue."""
        self.port.call("POST", f"/jobs/{name}/return")

    def remove(self, name: str) -> None:
        """A practice job goes away."""
        self.port.call("DELETE", f"/jobs/{name}")


@dataclass(frozen=True, slots=True)
class Model:
    """The provider's stand-in."""

    port: Port

    def control(self) -> dict[str, Json]:
        """How it behaves."""
        found: dict[str, Json] = self.port.call("GET", "/control")
        _part(found, "answers", list)
        return found

    def change(self, **control: Json) -> None:
        """Make it behave otherwise: only what is named changes."""
        self.port.call("PUT", "/control", control)

    def calls(self, after: int = 0) -> list[dict[str, Json]]:
        """What was asked of it after the call of that number."""
        found: list[dict[str, Json]] = _part(self.port.call("GET", f"/log?after={after}"), "calls", list)
        return found

    def count(self) -> int:
        """How many calls there were."""
        found: int = _part(self.port.call("GET", "/log?after=999999999"), "count", int)
        return found


@dataclass(frozen=True, slots=True)
class Team:
    """The channels on which people are told."""

    port: Port

    def tell(self, channel: str, message: str, text: str) -> None:
        """Send a message under an id of its own."""
        self.port.call("POST", f"/hooks/{quote(channel, safe='')}", {"id": message, "text": text})

    def has(self, channel: str, message: str) -> bool:
        """Whether it was delivered."""
        return message in self._messages(channel)

    def acknowledge(self, message: str, by: str) -> None:
        """A person takes it."""
        self.port.call("POST", f"/messages/{quote(message)}/acknowledge", {"by": by})

    def is_acknowledged(self, channel: str, message: str) -> bool:
        """Whether a person took it."""
        return bool((self._messages(channel).get(message) or {}).get("acknowledged"))

    def _messages(self, channel: str) -> dict[str, Json]:
        said = self.port.call("GET", f"/messages?channel={quote(channel, safe='')}")
        found: Sequence[Mapping[str, Json]] = _part(said, "messages", list)
        return {str(one["id"]): one for one in found}


@dataclass(frozen=True, slots=True)
class Bundles:
    """The host from which drill points take their bundle."""

    port: Port

    def publish(self, archive: bytes) -> None:
        """Put a bundle in place."""
        self.port.call("PUT", "/bundle.tar.gz", archive)
