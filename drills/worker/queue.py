"""Jobs as files, so that several processes can share them: a job is in one place at a time, and a move is one step.

`inbox/` waits, `at-work/WORKER/` is in flight, `done/` acted, `people/` waits for a person, who finished `by-hand/`;
`effects.jsonl` is what left the house, and `used/` which approved actions did.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from catalog.files import write_atomically

Json = Any

PLACES = ("inbox", "at-work", "done", "people", "by-hand")
"""In the order in which a job goes through them: one that is seen in two is on its way to the later."""


class Queue:
    """One folder of jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for place in (*PLACES, "used"):
            (folder / place).mkdir(parents=True, exist_ok=True)

    def put(self, name: str, job: Mapping[str, Json]) -> None:
        """A job comes in."""
        self._write("inbox", name, job)

    @contextmanager
    def attended(self, worker: str) -> Iterator[None]:
        """A worker is here. Where it is the only one of its name, jobs that a killed one left are cleared up first.

        Such a job goes back to the inbox; one that has acted is done.
        """
        folder = self._in_hand_of(worker)
        with (folder / "lock").open("ab") as lock:
            with suppress(BlockingIOError):  # what another one of that name has in hand is no business of this one
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._clear_up(folder)
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    def take(self, now: float, worker: str) -> tuple[str, dict[str, Json]] | None:
        """The first job that is due (`not_before`, seconds since 1970), now in flight here and nowhere else."""
        for path in sorted((self.folder / "inbox").glob("*.json")):
            with suppress(FileNotFoundError):  # another worker was faster
                job: dict[str, Json] = json.loads(path.read_bytes())
                if job.get("not_before", 0) <= now:
                    os.rename(path, self._in_hand_of(worker) / path.name)
                    return path.stem, job
        return None

    def finish(self, name: str, worker: str, place: str, job: Mapping[str, Json]) -> None:
        """A job in flight goes on to `done`, to `people`, or back to the `inbox`."""
        self._write(place, name, job)
        (self._in_hand_of(worker) / f"{name}.json").unlink()

    def by_hand(self, name: str, by: str) -> None:
        """A person finished a job that was with people."""
        job = json.loads(self._path("people", name).read_bytes())
        self._write("by-hand", name, {**job, "by_hand": {"by": by, "at": time.time()}})
        self.remove(name, "people")

    def give_back(self, name: str) -> None:
        """A job that was with people goes to the workers again."""
        os.rename(self._path("people", name), self._path("inbox", name))

    def remove(self, name: str, place: str) -> bool:
        """Take a job out; whether it was still there."""
        with suppress(FileNotFoundError):
            self._path(place, name).unlink()
            return True
        return False

    def use(self, digest: str) -> bool:
        """Whether an approved action may be carried out: once, whoever asks at the same time."""
        try:
            os.close(os.open(self.folder / "used" / digest.replace(":", "-"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def act(self, effect: Mapping[str, Json]) -> None:
        """Something leaves the house, now."""
        line = json.dumps({**effect, "at": time.time()}, sort_keys=True).encode() + b"\n"
        with (self.folder / "effects.jsonl").open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def effects(self) -> list[dict[str, Json]]:
        """All that left, in its order."""
        path = self.folder / "effects.jsonl"
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def names(self, place: str) -> Iterator[str]:
        """The jobs in one place."""
        return (path.stem for path in sorted((self.folder / place).rglob("*.json")))

    def place(self, name: str) -> str | None:
        """Where a job is."""
        return max((place for place in PLACES if name in self.names(place)), key=PLACES.index, default=None)

    def jobs(self, prefix: str = "") -> dict[str, tuple[str, dict[str, Json]]]:
        """All jobs whose names begin so, with their places."""
        found = {}
        for place in PLACES:
            for path in sorted((self.folder / place).rglob("*.json")):
                with suppress(FileNotFoundError):  # it went on, to a place that is looked at next
                    if path.stem.startswith(prefix):
                        found[path.stem] = (place, json.loads(path.read_bytes()))
        return found

    def _clear_up(self, folder: Path) -> None:
        acted = {effect["job"] for effect in self.effects()}
        for path in folder.glob("*.json"):
            if self._path("people", path.stem).exists():  # it had been handed over, and was not yet let go
                path.unlink()
            else:
                os.rename(path, self._path("done" if path.stem in acted else "inbox", path.stem))

    def _in_hand_of(self, worker: str) -> Path:
        folder = self.folder / "at-work" / worker
        folder.mkdir(exist_ok=True)
        return folder

    def _path(self, place: str, name: str) -> Path:
        return self.folder / place / f"{name}.json"

    def _write(self, place: str, name: str, job: Mapping[str, Json]) -> None:
        write_atomically(self._path(place, name), json.dumps(job).encode())
