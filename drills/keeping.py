"""Drill points are kept by whoever drills on them: open for as long as a run lasts, closed by themselves after it.

The keeper is the same as production has; what it lifts is not what a reviewed merge resumed, but what the run undid.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import SourceError, UsageError
from catalog.points import Points
from controls.keeper.journal import Journal
from controls.keeper.keep import Keeper, Round
from controls.keeper.records import Standing
from controls.live.presence import named

BY = "drill"
"""Whom a lease is from that a run gives."""


def workplace(run: str) -> Path:
    """Where a run has what lets somebody in anywhere: tokens, orders, the services' own files.

    Never in the run's folder, which jobs keep as artifacts and in caches (T18).
    """
    return Path(tempfile.gettempdir(), f"countersign-drill-{run}")


def private(place: Path) -> Path:
    """The same folder, there and this user's alone. Raises `UsageError` when it is another's."""
    place.mkdir(mode=0o700, exist_ok=True)
    about = place.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        raise UsageError(f"{place} is not ours.", solution="Let whoever made it remove it, or set TMPDIR.")
    return place


class Keeping:
    """A keeper beside a run."""

    def __init__(self, declared: Points, group: str, root: Path, token: str, journal: Path) -> None:
        self._points = declared.of(group)
        self._lifted: dict[tuple[str, str], datetime] = {}
        self._journal = Journal(journal)
        self._keeper = Keeper(declared, group, root, token, self._journal, self._undone, BY)
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.defect: Exception | None = None

    def start(self) -> None:
        """Make rounds until closed."""
        self._thread.start()

    def round(self) -> Round:
        """One round now."""
        with self._lock:
            return self._keeper.round()

    def lift(self, paths: Iterable[str]) -> None:
        """Take presences away from every point. Raises `SourceError` naming a point that could not be reached."""
        now = datetime.now(UTC)
        self._lifted |= {named(path): now for path in paths}
        made = self.round()
        # One that did not answer for a while is left out of a round, and then it is not among the closed ones.
        for name in sorted({point.name for point in self._points} - set(made.renewed)):
            raise SourceError(f"{name}: {made.closed.get(name, 'no answer')}")

    def close(self) -> None:
        """Keep no longer; the points close when their lease ends. Closing it again changes nothing."""
        if self._ended.is_set():
            return
        self._ended.set()
        if self._thread.ident:
            self._thread.join()
        self._journal.close()

    def _undone(self) -> Standing:
        """What the keeper reads in place of records."""
        return Standing(lifted=dict(self._lifted))

    def _run(self) -> None:
        while not self._ended.wait(self._keeper.pause):
            try:
                self.round()
            except Exception as error:  # noqa: BLE001 - without it every point closes, and the drill says so
                self.defect = error
