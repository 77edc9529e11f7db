"""What a run did, line by line, each on disk before the next step: the run's only memory when its process is killed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog.errors import UsageError
from catalog.files import write_atomically

Json = Any

NAME = "journal.jsonl"


class Journal:
    """The journal of one run, which one process at a time may hold."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        """Open it, or begin it. Raises `UsageError` while another process still holds it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._now = folder, now
        self.listeners: list[Callable[[Mapping[str, Json]], None]] = []
        """Who is told of each entry once it is on disk."""
        self.lenient = False
        """Whether a line that cannot be written is let go: on the way home, which must not wait for a disk."""
        self._file = (folder / NAME).open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise UsageError(f"{folder.name} is still running.", solution="Let it end, or end it: Ctrl-C.") from None
        _cut_torn_line(self._file.fileno(), folder / NAME)

    def write(self, event: str, **fields: Json) -> None:
        """Add a line; returns when it is on disk."""
        entry = {"t": round(self._now(), 6), "event": event, **fields}
        try:
            os.write(self._file.fileno(), json.dumps(entry, sort_keys=True).encode() + b"\n")
            os.fsync(self._file.fileno())
        except OSError:
            if not self.lenient:
                raise
        for listener in self.listeners:
            listener(entry)

    def keep(self, name: str, document: Json) -> None:
        """Put a document beside the journal, at once."""
        write_atomically(self.folder / name, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n", 0o600)

    def close(self) -> None:
        """Let it go."""
        self._file.close()


def is_held(folder: Path) -> bool:
    """Whether a process still writes the journal of a run."""
    with (folder / NAME).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read(folder: Path) -> list[dict[str, Json]]:
    """The lines of a run's journal; a last one that was torn by a crash is no line."""
    return list(_lines((folder / NAME).read_bytes()))


def _lines(content: bytes) -> Iterator[dict[str, Json]]:
    whole, _, _ = content.rpartition(b"\n")
    for line in whole.splitlines():
        yield json.loads(line)


def _cut_torn_line(descriptor: int, path: Path) -> None:
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.ftruncate(descriptor, content.rfind(b"\n") + 1)
