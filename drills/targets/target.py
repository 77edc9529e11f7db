"""One target: all that a drill may touch, and on whose behalf."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import SourceError
from catalog.points import Point
from catalog.records.statement import time_text
from controls.bundle import build as making
from controls.bundle.key import BundleKey
from controls.live import fleet
from controls.live.channel import Channel
from controls.live.tokens import Signer
from drills.keeping import Keeping
from drills.targets.services import Bundles, Model, Office, Team

Json = Any

_PAUSE = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Releaser:
    """The person who releases named practice actions; with a key where `team/people.yaml` lists one for them."""

    person: str
    signer: Signer | None

    def approve(self, workflow: str, action: str, version: str, digest: str) -> dict[str, Json]:
        """Their release of one exact action, as an application passes it on."""
        now = datetime.now(UTC)
        said = {"by": self.person, "at": time_text(now), "digest": digest}
        if self.signer is None:
            return said
        claims = {"for": "approve", "workflow": workflow, "action": action, "version": version, "digest": digest}
        return {**said, "token": self.signer.token(claims, now.timestamp())}


@dataclass(slots=True)
class Published:
    """The bundle that drill points hold: published anew with another number each time."""

    host: Bundles
    modules: Mapping[str, bytes]
    document: Mapping[str, Json]
    """As it is when nothing is rehearsed."""
    key: BundleKey
    seq: int = 0

    def publish(self, change: Callable[[dict[str, Json]], None] = lambda _: None) -> int:
        """Publish it with some of its data changed; its number. Raises `SourceError`, `PolicyError`."""
        self.seq = max(self.seq, int(self.document["seq"])) + 1
        self.host.publish(self.pack(self.seq, change))
        return self.seq

    def pack(self, number: int, change: Callable[[dict[str, Json]], None] = lambda _: None) -> bytes:
        """The signed archive with that number. Raises `PolicyError`."""
        document = deepcopy(dict(self.document))
        document["seq"] = number
        change(document)
        return making.pack(self.modules, document, self.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Reached only through addresses and tokens, whatever stands behind them."""

    name: str
    root: Path
    """Where the certificates of its points lie."""
    points: tuple[Point, ...]
    application: str
    """The name that the application's token stands for."""
    application_token: str = field(repr=False)
    watcher_token: str = field(repr=False)
    keeper_token: str = field(repr=False)
    on_call: Signer
    releaser: Releaser
    keeping: Keeping
    published: Published
    office: Office
    model: Model
    team: Team
    secrets: frozenset[str] = field(repr=False)
    """What lets in there: no journal holds it."""
    real: bool = True
    """Whether it is the team's own, not the sandbox."""

    def let_go(self) -> None:
        """Others may drill here. Raises `SourceError`."""
        if self.real:
            self.office.let_go()

    def ask(self, channel: Channel, question: Mapping[str, Json]) -> dict[str, Json]:
        """What a point tells the application. Raises `PointError`."""
        found: dict[str, Json] = channel.ask("decision", question, self.application_token)
        return found

    def asker(
        self, point: Point, question: Mapping[str, Json], holds: Callable[[dict[str, Json]], bool]
    ) -> Callable[[], bool]:
        """A question to one point that can be asked again and again."""

        def ask() -> bool:
            with closing(Channel(point, self.root, fleet.DEADLINE)) as channel:
                return holds(self.ask(channel, question))

        return ask

    def decisions(self, question: Mapping[str, Json]) -> dict[str, dict[str, Json] | None]:
        """The same of every point at once; None for one that does not answer."""
        asked = fleet.each(self.points, self.root, lambda channel: self.ask(channel, question))
        return {outcome.point.name: outcome.value for outcome in asked}

    def wait_for_bundle(self, seconds: float = 60.0) -> None:
        """Return when every point holds the bundle that was published last. Raises `SourceError` when one does not."""
        ends = time.monotonic() + seconds
        while lacking := [name for name, held in self.held().items() if not held or held["seq"] != self.published.seq]:
            if time.monotonic() > ends:
                raise SourceError(f"bundle number {self.published.seq} has not come to {', '.join(sorted(lacking))}")
            threading.Event().wait(_PAUSE)

    def newest(self) -> int:
        """The highest number of a bundle that any point holds; 0 where none answers."""
        return max((int(held["seq"] or 0) for held in self.held().values() if held), default=0)

    def held(self) -> dict[str, dict[str, Json] | None]:
        """What every point holds, by the keeper's token; None for one that does not answer."""
        asked = fleet.each(self.points, self.root, lambda channel: channel.ask("point", {}, self.keeper_token))
        return {outcome.point.name: outcome.value for outcome in asked}
