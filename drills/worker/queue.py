"""Jobs as files, so that several processes can share them: a job is in one place at a time, and a move is one step.

`inbox/` waits, `at-work/` is in flight, `done/` acted, `people/` waits for a person; `effects.jsonl` is what left the
house, and `used/` which approved actions did.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from catalog.files import write_atomically

Json = Any

PLACES = ("inbox", "at-work", "done", "people", "used")


class Queue:
    """One folder of jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for place in PLACES:
            (folder / place).mkdir(parents=True, exist_ok=True)

    def put(self, name: str, job: Mapping[str, Json]) -> None:
        """A job comes in."""
        self._write("inbox", name, job)

    def take(self, now: float) -> tuple[str, dict[str, Json]] | None:
        """The first job that is due (`not_before`, seconds since 1970), now in flight here and nowhere else."""
        for path in sorted((self.folder / "inbox").glob("*.json")):
            job: dict[str, Json] = json.loads(path.read_bytes())
            if job.get("not_before", 0) > now:
                continue
            with suppress(FileNotFoundError):  # another worker was faster
                os.rename(path, self.folder / "at-work" / path.name)
                return path.stem, job
        return None

    def finish(self, name: str, place: str, job: Mapping[str, Json]) -> None:
        """A job in flight goes on to `done`, to `people`, or back to the `inbox`."""
        self._write(place, name, job)
        (self.folder / "at-work" / f"{name}.json").unlink()

    def use(self, digest: str) -> bool:
        """Whether an approved action may be carried out: once, whoever asks at the same time."""
        try:
            os.close(os.open(self.folder / "used" / digest.replace(":", "-"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def act(self, effect: Mapping[str, Json]) -> None:
        """Something leaves the house."""
        with (self.folder / "effects.jsonl").open("ab") as file:
            file.write(json.dumps(effect, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def effects(self) -> list[dict[str, Json]]:
        """All that left, in its order."""
        path = self.folder / "effects.jsonl"
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def names(self, place: str) -> Iterator[str]:
        """The jobs in one place."""
        return (path.stem for path in sorted((self.folder / place).glob("*.json")))

    def _write(self, place: str, name: str, job: Mapping[str, Json]) -> None:
        write_atomically(self.folder / place / f"{name}.json", json.dumps(job).encode())
