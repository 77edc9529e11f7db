"""What on-call orders, a stop or a way back: given to every point at once, and read back from each.

Nothing else is needed: no git, no keeper, no network but the points. A repeated order is the same order, by its id.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from catalog.errors import JudgeError, UsageError
from catalog.points import Point
from catalog.records.subjects import ANY_VERSION, CONTROL
from controls.live import fleet
from controls.live.channel import Channel, PointError
from controls.live.fleet import Outcome
from controls.live.presence import ROLLBACKS, STOPS, given, name_of, presences, sealed
from controls.live.tokens import Identity

Json = Any

ALL = "all"
STOPPED = ("stopped", "paused", "proposed", "retired", "rollback_unusable", "rollbacks_disagree", "lease_ended")
"""Reasons of a refusal after which nothing of what was stopped runs, whichever comes first."""

_ASKED_FIRST = 3
"""Points that are asked what is live; the others only when none of these answers."""
_SKEW = 30.0
"""Seconds by which a point's clock may differ before the order is signed again by that clock."""
_CALLER = "countersign"
_SUFFIX = 7
"""Of a name that was made anew: a hyphen and six digits."""
_BASE = 30 - _SUFFIX
_AGAIN = timedelta(hours=1)
"""How long an order is taken to be repeated; later it is another one."""
# An action called `all` is none, so the way back is open where only that is wrong with the question.
_BACK = ("undeclared_action", "lease_ended")
_LED_ASTRAY = {
    "stopped": "everything is stopped there",
    "rollbacks_disagree": "somebody ordered another way back: nothing runs until one of the two is lifted",
    "rollback_unusable": "that version is stopped, or no longer proved",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One stop, or one way back."""

    kind: Literal["stop", "rollback"]
    workflow: str
    """Its name; `_control` for a stop of everything."""
    action: str = ALL
    name: str
    """What it is called; a repeated order has the same name."""
    version: str = ANY_VERSION
    """The version that was found live; `*` when no point could say."""
    to: str | None = None
    """The version to return to."""
    reason: str
    at: str
    """When it was given, in UTC."""
    typed: bool = False
    """Whether somebody chose the name: then it may have been used before."""

    @property
    def id(self) -> str:
        """Its name, and a digest of what it says."""
        return sealed(self.name, self.kind, self.workflow, self.action, self.version, self.to)

    @property
    def path(self) -> str:
        """Where its presence lies, below `data.control`."""
        return f"{self._place}/{self.id}"

    @property
    def _place(self) -> str:
        return f"{STOPS}/{self.workflow}/{self.action}" if self.kind == "stop" else f"{ROLLBACKS}/{self.workflow}"

    def found_in(self, held: Mapping[str, Json]) -> Order | None:
        """The same order as it is at a point already, given lately; None when it is not there."""
        for path, body in held.items():
            if path.startswith(f"{self._place}/") and self._is_called(name_of(path.rsplit("/", 1)[1])):
                said = body if isinstance(body, dict) else {}
                name = name_of(path.rsplit("/", 1)[1])
                same = replace(self, name=name, version=str(said.get("version")), to=said.get("to"))
                if same.path == path and _is_recent(said):
                    return same
        return None

    def _is_called(self, name: str) -> bool:
        return name == self.name or (name[:-_SUFFIX] == self.name[:_BASE] and len(name) > _SUFFIX)

    def anew(self) -> Order:
        """The same under a name that was never used: an id that was lifted once would be lifted again."""
        return replace(self, name=f"{self.name[:_BASE]}-{secrets.token_hex(3)}") if self.typed else self

    @property
    def words(self) -> dict[str, Json]:
        """What is written there, but for who signed it."""
        said = {"version": self.version, "reason": self.reason, "at": self.at}
        return said | ({"to": self.to} if self.kind == "rollback" else {})

    @property
    def claims(self) -> dict[str, Json]:
        """What is signed."""
        named = {"for": self.kind, "workflow": self.workflow, "id": self.id}
        return named | ({"action": self.action} if self.kind == "stop" else {}) | self.words


@dataclass(frozen=True, slots=True)
class Survey:
    """What the points said before the order: the first answer counts."""

    version: str | None
    state: str | None
    back: tuple[str, ...]
    held: Mapping[str, Json]
    """What is at the point already."""
    listed: tuple[Point, ...]
    """The points that the bundle lists."""
    ahead: float
    """Seconds that the points' clock is ahead of ours."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One point's own word that the order holds there."""

    at: datetime
    code: str


def _is_recent(body: Mapping[str, Json]) -> bool:
    """Whether a presence was given lately; one that says no possible time was."""
    at = given(body)
    return at is None or at > datetime.now(UTC) - _AGAIN


def new_name(kind: str, now: datetime) -> str:
    """A name that nobody else chose in the same second."""
    return f"{kind}-{now:%y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def survey(points: Sequence[Point], root: Path, workflow: str, signer: Identity, seconds: float) -> Survey | None:
    """What is live by the first point that answers; None: none did. Raises `JudgeError` when all refuse the key."""
    refused, unknown = 0, None
    for some in (points[:_ASKED_FIRST], points[_ASKED_FIRST:]):
        for outcome in fleet.each(some, root, lambda channel: _look(channel, workflow, signer), seconds=seconds):
            if outcome.value and (outcome.value.state is not None or workflow == CONTROL):
                return outcome.value
            unknown = unknown or outcome.value  # its bundle may be old: another may know the workflow
            refused += bool(outcome.error and outcome.error.status in (401, 403))
    if points and refused == len(points):
        raise JudgeError(
            f"Every point refuses {signer.who}.",
            why="It is not in team/ as that was last bundled, or has ended.",
            solution="Let somebody else on call do it now: countersign stop …, and have the key added afterwards.",
        )
    return unknown


def unlisted(points: Sequence[Point], listed: Iterable[Point], group: str) -> list[Point]:
    """The points of a group that the bundle lists, and this copy does not."""
    known = {(point.name, point.url) for point in points}
    return [one for one in dict.fromkeys(listed) if one.group == group and (one.name, one.url) not in known]


def listed_by(held: Mapping[str, Json]) -> tuple[Point, ...]:
    """The points that the bundle of one point lists."""
    return tuple(
        Point(name=name, url=about["url"], group=about["group"], ca=about.get("ca"))
        for name, about in held["points"].items()
    )


def aimed(order: Order, found: Survey | None) -> Order:
    """The order with what the points said: the version that is live, and where none was named, the one to return to.

    Raises `UsageError` for a way back that leads nowhere.
    """
    if found and found.state is None and order.workflow != CONTROL:
        raise UsageError(
            f"The points know no workflow {order.workflow!r}.",
            why="Nothing of that name may run there.",
            solution="See the names: ls workflows, or stop everything: countersign stop --all --reason …",
        )
    if found and (known := order.found_in(found.held)):
        return known
    order = order.anew()
    version = (found.version if found else None) or ANY_VERSION
    live = replace(order, version=ANY_VERSION if order.workflow == CONTROL else version)
    if order.kind == "stop":
        return live
    back = found.back if found else ()
    if not found or (order.to or "") not in {*back, found.version, ""}:
        raise _no_way(order, back)
    if not (to := order.to or next(iter(back), None)):
        raise _no_way(order, back)
    return replace(live, to=to)


def give(
    order: Order, points: Sequence[Point], root: Path, signer: Identity, *, ahead: float, seconds: float
) -> Iterator[Outcome[Confirmed]]:
    """Write it to every point, and read back from each what it now says; each outcome when it comes."""
    now = time.time() + ahead
    token = signer.token(order.claims, now)

    def work(channel: Channel) -> Confirmed:
        return _read_back(channel, order, _write(channel, order, signer, token, now))

    return fleet.each(points, root, work, seconds=seconds)


def read(channel: Channel, signer: Identity) -> tuple[dict[str, Json], str]:
    """What a point holds, and the token that it accepts: one whose clock differs is asked by its own clock."""
    now = time.time()
    token = signer.token({"for": "read"}, now)
    try:
        return channel.ask("point", {}, token), token
    except PointError as error:
        token = signer.token({"for": "read"}, _other_clock(error, now))
        return channel.ask("point", {}, token), token


def _look(channel: Channel, workflow: str, signer: Identity) -> Survey:
    point, token = read(channel, signer)
    about = channel.ask("workflow", {"workflow": workflow}, token)
    ahead = datetime.fromisoformat(point["now"]).timestamp() - time.time()
    held = dict(presences(point))
    return Survey(about["version"], about["state"], tuple(about["back"]), held, listed_by(point), ahead)


def _write(channel: Channel, order: Order, signer: Identity, token: str, now: float) -> str:
    """Put it there; the token that the point accepts. A point whose clock differs gets one signed by its clock."""
    try:
        channel.put(order.path, _body(order, signer, token), token)
    except PointError as error:
        if error.status not in (401, 403):
            raise
        if error.clock is not None and abs(error.clock - now) > _SKEW:
            token = signer.token(order.claims, error.clock)
            channel.put(order.path, _body(order, signer, token), token)
        elif not _is_there(channel, order, token):
            raise
    return token


def _body(order: Order, signer: Identity, token: str) -> dict[str, Json]:
    return {**order.words, **signer.proof(token)}


def _is_there(channel: Channel, order: Order, token: str) -> bool:
    """Whether an order of this id was written before: then a repetition has nothing to write, and may not."""
    return order.path in dict(presences(channel.ask("point", {}, token)))


def _other_clock(error: PointError, now: float) -> float:
    if error.status not in (401, 403) or error.clock is None or abs(error.clock - now) <= _SKEW:
        raise error
    return error.clock


def _read_back(channel: Channel, order: Order, token: str) -> Confirmed:
    workflow = order.workflow
    if workflow == CONTROL:
        # A stop of everything is shown by whatever would run; where nothing would, by its being there.
        names = channel.ask("live", {}, token)["names"]
        if not names:
            return Confirmed(datetime.now(UTC), "nothing_live")
        workflow = names[0]
    version = order.to if order.kind == "rollback" else order.version
    question = {"workflow": workflow, "action": order.action, "version": version, "caller": _CALLER}
    said = channel.ask("decision", question, token)
    if not isinstance(said, dict) or said.get("decision") != "deny" or said.get("go") is not False:
        raise PointError("it still lets it run")
    code = str(said.get("code"))
    if code == "lease_ended" and not _is_there(channel, order, token):
        raise PointError("it has begun anew, and forgotten it: closed now, and open again with the next lease")
    if order.kind == "stop" and code not in STOPPED:
        raise PointError(f"it refuses, but by {code}: the stop does not show")
    if order.kind == "rollback" and (said.get("version") != order.to or code not in _BACK):
        raise PointError(_LED_ASTRAY.get(code, f"it does not run that version: {code}"))
    return Confirmed(datetime.now(UTC), code)


def _no_way(order: Order, back: Sequence[str]) -> UsageError:
    named = f" to {order.to}" if order.to else ""
    return UsageError(
        f"There is no way back{named} for {order.workflow}.",
        why=f"One may return to: {', '.join(back)}." if back else "No earlier version ran that is still proved.",
        solution=f"Stop it: countersign stop {order.workflow} --reason …",
    )
