"""What takes the steps of a scenario back: data first, on disk before its step, and done from there by any process.

Each may be done again: what is home already stays as it is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from catalog.errors import SourceError
from controls.live.order import ALL
from controls.live.presence import STOPS, presences
from drills.journal import Journal
from drills.targets.target import Target

Json = Any
Work = Callable[[Target, Mapping[str, Json]], None]

CLEAR = "clear-practice"
"""The runner's own: every job of a scenario goes away."""
_PATIENCE = 10.0
"""Seconds in which one more practice job must go: one in hand must be let go first."""
_PAUSE = 0.02
_AGAIN = 0.2
"""Seconds between two tries to take one step back."""
_GONE, _IN_HAND = 404, 409


def perform(target: Target, name: str, given: Mapping[str, Json]) -> None:
    """Take one step back. Raises `SourceError` when it cannot be, whatever is why: the other steps must be tried."""
    try:
        _WORKS[name](target, given)
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(f"it cannot be taken back: {type(error).__name__}: {error}") from error


def until_done(target: Target, journal: Journal, name: str, given: Mapping[str, Json], seconds: float) -> list[str]:
    """Take one step back, again for so many seconds, and say so in the journal; why it could not be, or nothing."""
    ends = time.monotonic() + seconds
    while True:
        try:
            perform(target, name, given)
        except SourceError as error:
            if time.monotonic() > ends:
                return [f"{name}: {error}"]
            threading.Event().wait(_AGAIN)
        else:
            journal.write("undone", undo=name, given=given)
            return []


def _remove_jobs(target: Target, given: Mapping[str, Json]) -> None:
    """Until none is listed any more: a queue may refuse one, or say that it is gone and list it all the same."""
    fewest, since = None, time.monotonic()
    while found := target.office.jobs(given["prefix"]):
        for name, about in found.items():
            if about["place"] != "at-work":
                _remove(target, name)
        if fewest is None or len(found) < fewest:
            fewest, since = len(found), time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            places = ", ".join(sorted({str(about["place"]) for about in found.values()}))
            raise SourceError(f"{len(found)} practice jobs are still there ({places})")
        else:
            threading.Event().wait(_PAUSE)


def _return_work(target: Target, given: Mapping[str, Json]) -> None:
    for name, about in target.office.jobs(given["prefix"]).items():
        if about["place"] == "people":
            target.office.give_back(name)


def _resume(target: Target, given: Mapping[str, Json]) -> None:
    target.keeping.lift([*given["paths"], *_by_trigger(target, given.get("workflow"), given.get("called"))])


def _by_trigger(target: Target, workflow: str | None, called: str | None) -> list[str]:
    """The stops that one trigger gave: the whole of what they are called is known only once they are there."""
    prefix = f"{STOPS}/{workflow}/{ALL}/{called}"
    held = (path for one in target.held().values() if one for path, _ in presences(one))
    return sorted({path for path in held if called and path.startswith(prefix)})


def _restore_version(target: Target, given: Mapping[str, Json]) -> None:
    """The bundle is what it was, and no way back is in force. Points that have not fetched it yet are waited for."""
    target.published.seq = max(target.published.seq, target.newest())
    target.published.publish()
    target.wait_for_bundle()
    target.keeping.lift(given["paths"])


def _restore_model(target: Target, given: Mapping[str, Json]) -> None:
    target.model.change(**given["control"])


def _clear_metric(_: Target, given: Mapping[str, Json]) -> None:
    Path(given["file"]).unlink(missing_ok=True)


def _remove(target: Target, name: str) -> None:
    try:
        target.office.remove(name)
    except SourceError as error:
        if error.status not in (_GONE, _IN_HAND):
            raise


_WORKS: Mapping[str, Work] = {
    "clear-metric": _clear_metric,
    CLEAR: _remove_jobs,
    "close-request": _remove_jobs,
    "remove-canary": _remove_jobs,
    "restore-model": _restore_model,
    "restore-provider": _restore_model,
    "restore-version": _restore_version,
    "resume-action": _resume,
    "return-work": _return_work,
    "void-approvals": _remove_jobs,
}
"""By the names that drill files use."""
