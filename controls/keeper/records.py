"""The durable stops: what the records branch says is stopped, and what a reviewed merge has lifted."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Branch, locate
from controls.bundle.admission import line, recorded_team
from controls.live.presence import ROLLBACKS, STOPS, named

Json = Any

FETCH = 30.0
"""Seconds that fetching may take."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record: presences in force, and those that are lifted, as workflow and id."""

    held: Mapping[str, Json] = field(default_factory=dict)
    lifted: frozenset[tuple[str, str]] = frozenset()

    def lifts(self, path: str) -> bool:
        """Whether a presence at this path is lifted."""
        return named(path) in self.lifted


class Records:
    """The records of a clone, fetched before they are read; what is not new costs nothing."""

    def __init__(self, clone: Path, anchor: str, branch: str, *, remote: str = "origin") -> None:
        self._clone, self._anchor, self._branch, self._remote = clone, anchor, branch, remote
        self._known: tuple[tuple[str, str], Standing] | None = None

    def read(self) -> Standing:
        """What is on record now. Raises `RecordError` when they cannot be fetched, read or trusted."""
        self._fetch()
        with Repository.discover(self._clone) as repository:
            branch = locate(repository)
            tip = repository.resolve(f"refs/remotes/{self._remote}/{self._branch}^{{commit}}")
            if branch.commit is None or tip is None:
                raise RecordError("There are no records to know stops from.", solution="Fetch branch and records.")
            if self._known is None or self._known[0] != (branch.commit, tip):
                self._known = ((branch.commit, tip), _standing(repository, branch, tip, self._anchor))
            return self._known[1]

    def _fetch(self) -> None:
        names = [f"+refs/heads/{name}:refs/remotes/{self._remote}/{name}" for name in (self._branch, "records")]
        command = ["git", "-C", str(self._clone), "fetch", "--quiet", "--no-tags", self._remote, *names]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH, check=False)
        except subprocess.TimeoutExpired as error:
            raise RecordError(f"Fetching the records took longer than {FETCH:g} s.") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise RecordError("The records cannot be fetched.", why=said)


def _standing(repository: Repository, branch: Branch, tip: str, anchor: str) -> Standing:
    branch.preload()
    keyring = Keyring.from_people(recorded_team(repository, branch, line(repository, tip, anchor)).people)
    now = datetime.now(UTC)
    held: dict[str, Json] = {}
    lifted: set[tuple[str, str]] = set()
    for name in branch.workflows():
        for record in branch.read(name, (Kind.STOP, Kind.RESUME), keyring, now=now):
            said = record.statement.predicate
            if record.statement.kind is Kind.RESUME:
                lifted |= {(name, identity) for identity in said["stops"]}
            else:
                held |= dict([presence(name, said)])
    return Standing({path: body for path, body in held.items() if named(path) not in lifted}, frozenset(lifted))


def presence(workflow: str, said: Mapping[str, Json]) -> tuple[str, Json]:
    """A stop record as it lies at a point: its path, and what is written there."""
    body = {key: said[key] for key in ("version", "reason", "at", "by")}
    if said["rollback_to"]:
        return f"{ROLLBACKS}/{workflow}/{said['id']}", {**body, "to": said["rollback_to"]}
    return f"{STOPS}/{workflow}/{said['action']}/{said['id']}", body


class Background:
    """Records that are read again and again beside the rounds: a slow host must not make leases end."""

    def __init__(self, records: Records, every: float) -> None:
        self._records, self._every = records, every
        self._latest: Standing | RecordError = RecordError("The records have not been read yet.")
        self._read, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, wait: float) -> None:
        """Begin, and wait a little for the first answer."""
        self._thread.start()
        self._read.wait(wait)

    def latest(self) -> Standing:
        """What was last read. Raises `RecordError` when the last try failed."""
        if isinstance(self._latest, RecordError):
            raise self._latest
        return self._latest

    def close(self) -> None:
        """Read no more."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._latest = self._records.read()
            except RecordError as error:
                self._latest = error
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may read them again
                self._latest = RecordError("The records cannot be read.", why=f"{type(error).__name__}: {error}")
            self._read.set()
            self._ended.wait(self._every)
