"""What is made of a clone's branch and its records: fetched before it is read, and made anew only when either moved."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from catalog.errors import JudgeError, RecordError
from catalog.git import Repository
from catalog.records.store import Branch, locate
from controls.bundle.admission import Line, line

T = TypeVar("T")

FETCH = 30.0
"""Seconds that fetching may take."""


class Recorded(Generic[T]):
    """One clone, followed for one purpose."""

    def __init__(
        self, clone: Path, anchor: str, branch: str, make: Callable[[Repository, Branch, Line, datetime], T],
        *, remote: str = "origin",
    ) -> None:  # fmt: skip
        self._clone, self._anchor, self._branch, self._make, self._remote = clone, anchor, branch, make, remote
        self._known: tuple[tuple[str, str], T] | None = None

    def read(self) -> T:
        """What it comes to now. Raises `RecordError` when the records cannot be fetched, read or trusted."""
        self._fetch()
        try:
            return self._read()
        except RecordError:
            raise
        except JudgeError as error:
            raise RecordError(error.message, why=error.why, solution=error.solution) from error

    def _read(self) -> T:
        with Repository.discover(self._clone) as repository:
            branch = locate(repository)
            tip = repository.resolve(f"refs/remotes/{self._remote}/{self._branch}^{{commit}}")
            if branch.commit is None or tip is None:
                raise RecordError("There are no records to know stops from.", solution="Fetch branch and records.")
            if self._known is None or self._known[0] != (branch.commit, tip):
                made = self._make(repository, branch, line(repository, tip, self._anchor), datetime.now(UTC))
                self._known = ((branch.commit, tip), made)
            return self._known[1]

    def _fetch(self) -> None:
        names = [f"+refs/heads/{name}:refs/remotes/{self._remote}/{name}" for name in (self._branch, "records")]
        command = ["git", "-C", str(self._clone), "fetch", "--quiet", "--no-tags", self._remote, *names]
        try:
            done = subprocess.run(
                command, capture_output=True, encoding="utf-8", errors="replace", timeout=FETCH, check=False
            )
        except OSError as error:
            raise RecordError("Git cannot be started.", why=str(error.strerror)) from error
        except subprocess.TimeoutExpired as error:
            raise RecordError(f"Fetching the records took longer than {FETCH:g} s.") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise RecordError("The records cannot be fetched.", why=said)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What was last read, and how the last try ended."""

    value: T | None = None
    """None: nothing could be read yet."""
    at: datetime | None = None
    """When the reading began that brought the value."""
    trouble: RecordError | None = None
    """Why the last try brought none; None: it did."""


class Background(Generic[T]):
    """Records that are read again and again beside the work: a slow host must not make anything else wait."""

    def __init__(self, records: Recorded[T], every: float) -> None:
        self._records, self._every = records, every
        self.reading: Reading[T] = Reading(trouble=RecordError("The records have not been read yet."))
        self._asked, self._done, self._ended = 1, 0, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, wait: float | None) -> None:
        """Begin, and wait a little for the first answer; None: for as long as it takes."""
        self._thread.start()
        self._wait(1, wait)

    def fresh(self, wait: float) -> Reading[T]:
        """What a reading brings that begins now; when it takes longer than `wait`, what was read before."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
        self._wait(self._asked, wait)
        return self.reading

    def latest(self) -> T:
        """What was last read. Raises `RecordError` when the last try failed."""
        found = self.reading
        if found.trouble or found.value is None:
            raise found.trouble or RecordError("The records say nothing.")
        return found.value

    def close(self) -> None:
        """Read no more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait(self, number: int, seconds: float | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._done >= number, seconds)

    def _run(self) -> None:
        while not self._ended:
            number = self._asked
            self.reading = self._read()
            with self._changed:
                self._done = number
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._ended or self._asked > self._done, self._every)

    def _read(self) -> Reading[T]:
        began = datetime.now(UTC)
        try:
            return Reading(self._records.read(), began)
        except RecordError as error:
            trouble = error
        except Exception as error:  # noqa: BLE001 - whatever it is, the next try may read them again
            trouble = RecordError("The records cannot be read.", why=f"{type(error).__name__}: {error}")
        return Reading(self.reading.value, self.reading.at, trouble)
