"""The targets that a team declares in `team/drill-targets.yaml`: addresses, and where in the environment secrets are.

They are read from where a change is to be merged, never from the change itself.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from catalog.errors import SourceError, UsageError
from catalog.layout import TARGETS
from catalog.records.keys import SigningKey
from controls.bundle.key import BundleKey
from controls.live.tokens import Signer
from drills.keeping import BY, Keeping, private, workplace
from drills.rehearsed import Rehearsed
from drills.targets.ports import CommandPort, HttpPort, Limits, Port
from drills.targets.services import Bundles, Model, Office, Team
from drills.targets.target import Published, Releaser, Target

Json = Any

_JOBS, _CALLS_PER_SECOND = 1000, 100.0
"""What holds where the file does not say."""
_SECRET = ("key", "keeper", "token", "watcher")
"""What the file names variables of secrets by."""
_START, _PAUSE = 20.0, 0.1
"""Seconds that the points may take to open, and between two tries."""


class StillTaken(SourceError):
    """A target that is this run's still, though nothing was played on it."""


def check(rehearsed: Rehearsed, name: str, production: str | None) -> None:
    """Raise `UsageError` for a target that is not declared, or that serves customers and was not named twice."""
    if name not in rehearsed.targets:
        known = ", ".join(["sandbox", *sorted(rehearsed.targets)])
        raise UsageError(
            f"There is no drill target {name!r}.", why=f"There are: {known}.", solution=f"Declare it in {TARGETS}."
        )
    if _serves_customers(rehearsed.targets[name]) and production != name:
        raise UsageError(
            f"{name} serves customers: nothing was touched.",
            why="A drill there stops what they use.",
            solution=f"Where that is meant, name it twice: --target {name} --production {name}",
        )


def _serves_customers(about: Mapping[str, Json]) -> bool:
    return bool(about.get("production") or about.get("group") == "production")


@contextmanager
def target(rehearsed: Rehearsed, name: str, root: Path, folder: Path) -> Iterator[Target]:
    """A declared target, its points kept open meanwhile. Raises `UsageError` for what is missing, `SourceError`.

    `folder`: the run's, by whose name the target is this run's alone until it is home.
    """
    with ExitStack() as stack:
        place = private(workplace(folder.name))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        made = _made(rehearsed.targets[name], rehearsed, name, root, place)
        stack.callback(made.keeping.close)
        _open(made, folder.name)
        yield made


def _open(made: Target, run: str) -> None:
    """Take it for a run, publish what is rehearsed, and keep its points."""
    is_new = made.office.take(run)
    try:
        _must_be_free(made)
        # Points that were drilled on before hold a later number than the records have.
        made.published.seq = made.newest()
        made.published.publish()
        _until_fetched(made)
        made.keeping.start()
    except BaseException:
        if is_new:
            _let_go(made)  # nothing was played yet; of a run that is brought home, something was
        raise


def _let_go(made: Target) -> None:
    try:
        made.let_go()
    except SourceError as error:
        raise StillTaken(
            f"{made.name} could not be let go: {error.message}.", solution="Bring it home: countersign drill recover"
        ) from error


def _made(about: Mapping[str, Json], rehearsed: Rehearsed, name: str, root: Path, place: Path) -> Target:
    asked = about.get("limits") or {}
    limits = Limits(asked.get("jobs", _JOBS), asked.get("calls_per_second", _CALLS_PER_SECOND))
    hidden = _secrets(rehearsed.targets)
    plain = {variable: value for variable, value in os.environ.items() if variable not in hidden}
    services = {service: _port(service, said, limits, plain) for service, said in about["services"].items()}
    group, keeper = about.get("group", "drill"), _secret(about["keeper"])
    points = rehearsed.points.of(group)
    if not points:
        raise UsageError(
            f"There is no enforcement point in the group {group}.", solution="Declare those of the target."
        )
    key = BundleKey.load(Path(_secret(about["bundle"]["key"])), about["bundle"]["id"])
    return Target(
        name=name, root=root, points=points, application=about["application"]["name"],
        application_token=_secret(about["application"]["token"]), keeper_token=keeper,
        watcher_token=_secret(about["watcher"]), on_call=_signer(about["on_call"]),
        releaser=_releaser(about["releases"]),
        keeping=Keeping(rehearsed.points, group, root, keeper, place / "keeper.jsonl"),
        published=Published(Bundles(services["bundles"]), rehearsed.modules, rehearsed.document, key),
        office=Office(services["queue"], limits), model=Model(services["model"]), team=Team(services["messages"]),
        secrets=frozenset(_secret(variable) for variable in _tokens(about)),
    )  # fmt: skip


def _must_be_free(made: Target) -> None:
    """Raise `UsageError` for points that another keeper holds open: it would put back each stop that a drill lifts."""
    kept = [
        name
        for name, held in sorted(made.held().items())
        if held and held["open"] and (held["leased"] or {}).get("by") != BY
    ]
    if kept:
        raise UsageError(
            f"{', '.join(kept)} is kept open by another keeper: nothing was touched.",
            why="It would put the drill's stop back, since no reviewed merge resumes that.",
            solution="Drill on points of a group of their own, which only drills keep.",
        )


def _tokens(about: Mapping[str, Json]) -> list[str]:
    """The variables that hold what lets somebody in."""
    services = [said["token"] for said in about["services"].values() if "token" in said]
    return [about["keeper"], about["watcher"], about["application"]["token"], *services]


def _until_fetched(made: Target) -> None:
    """Return when every point holds the bundle that was published, and has a lease."""
    made.wait_for_bundle()
    wanted, ends = {point.name for point in made.points}, time.monotonic() + _START
    while lacking := wanted - set((found := made.keeping.round()).renewed):
        if time.monotonic() > ends:
            raise SourceError("; ".join(f"{name}: {found.closed.get(name, 'no answer')}" for name in sorted(lacking)))
        threading.Event().wait(_PAUSE)


def _port(name: str, about: Mapping[str, Json], limits: Limits, environment: Mapping[str, str]) -> Port:
    if "command" in about:
        return CommandPort(name, about["command"], environment, limits)
    return HttpPort(name, about["url"], _secret(about["token"]), limits)


def _signer(about: Mapping[str, Json]) -> Signer:
    return Signer(person=about["person"], key=SigningKey.load(Path(_secret(about["key"])), about["id"]))


def _releaser(about: Mapping[str, Json]) -> Releaser:
    return Releaser(person=about["person"], signer=_signer(about) if "key" in about else None)


def _secrets(about: Mapping[str, Json]) -> set[str]:
    """The variables in which secrets of targets are: a command that stands for one service needs none of them."""
    named = {str(value) for key, value in about.items() if key in _SECRET and isinstance(value, str)}
    return named.union(*(_secrets(value) for value in about.values() if isinstance(value, dict)))


def _secret(variable: str) -> str:
    if not (found := os.environ.get(variable, "").strip()):
        raise UsageError(
            f"{variable} is not set.",
            why=f"{TARGETS} names it.",
            solution="Set it in this process's environment.",
        )
    return found
