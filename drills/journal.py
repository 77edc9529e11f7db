"""What a run did, line by line, each on disk before the next step: the run's only memory when its process is killed."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from catalog.errors import SourceError, UsageError
from catalog.files import read_plain, write_atomically
from catalog.records import strict_json

Json = Any

NAME = "journal.jsonl"
HIDDEN = "[hidden]"
"""What stands in place of a secret."""
SHORTEST = 8
"""Letters of a secret: what is shorter is none, and stands in every word."""
MOST = 16 * 1024 * 1024
"""Bytes of the longest journal."""


class Journal:
    """The journal of one run, which one process at a time may hold."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        """Open it, or begin it. Raises `UsageError` while another process holds it, or when no folder can be there."""
        self.folder, self._now = folder, now
        self.listeners: list[Callable[[Mapping[str, Json]], None]] = []
        """Who is told of each entry once it is on disk."""
        self.secrets: Collection[str] = ()
        """What no line may hold, whoever answered with it: a job keeps the journal, and shows it (T18)."""
        self.lenient = False
        """Whether a line that cannot be written is let go: on the way home, which must not wait for a disk."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / NAME).open("ab")
        except OSError as error:
            raise UsageError(
                f"{folder} cannot hold a run: {error.strerror}.",
                why="What takes a step back is on disk before the step.",
                solution="Name a folder that can be written: --runs FOLDER",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise UsageError(f"{folder.name} is still running.", solution="Let it end, or end it: Ctrl-C.") from None
        _cut_torn_line(self._file.fileno(), folder / NAME)

    def write(self, event: str, **fields: Json) -> None:
        """Add a line; returns when it is on disk. Raises `SourceError` for what no line can hold."""
        entry = {"t": round(self._now(), 6), "event": event, **_hidden(fields, self.secrets)}
        try:
            line = json.dumps(entry, sort_keys=True, allow_nan=False).encode() + b"\n"
        except (ValueError, RecursionError) as error:
            raise SourceError(f"what was answered cannot be written down ({type(error).__name__})") from error
        try:
            self._append(line)
        except OSError:
            if not self.lenient:
                raise
        for listener in self.listeners:
            listener(entry)

    def _append(self, line: bytes) -> None:
        """A whole line or none: half of one would spoil the next."""
        descriptor = self._file.fileno()
        end = os.lseek(descriptor, 0, os.SEEK_END)
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, end)
            raise

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
    """The lines of a run's journal; a last one that was torn by a crash is no line. Raises `SourceError`."""
    return lines(read_plain(folder / NAME, MOST), folder.name)


def lines(content: bytes, run: str) -> list[dict[str, Json]]:
    """The same of a journal's content. Raises `SourceError` for what no runner writes."""
    whole, _, _ = content.rpartition(b"\n")
    found = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            found.append(strict_json.loads(line))
            if not isinstance(found[-1]["event"], str) or not isinstance(found[-1]["t"], (int, float)):
                raise TypeError
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise SourceError(
                f"The journal of {run} is damaged.",
                why=f"Line {number} is none of a run.",
                solution="See by hand what its drill left undone, and remove its folder.",
            ) from error
    return found


def _hidden(value: Json, secrets: Collection[str]) -> Json:
    if isinstance(value, str):
        for secret in (secret for secret in secrets if len(secret) >= SHORTEST):
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {_hidden(key, secrets): _hidden(one, secrets) for key, one in value.items()}
    return [_hidden(one, secrets) for one in value] if isinstance(value, (list, tuple)) else value


def _cut_torn_line(descriptor: int, path: Path) -> None:
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.ftruncate(descriptor, content.rfind(b"\n") + 1)
