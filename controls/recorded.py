"""What is made of a clone's branch and its records: fetched before it is read, and made anew only when either moved."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
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
