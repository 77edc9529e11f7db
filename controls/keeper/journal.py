"""What the keeper knows of stops and ways back, on disk before it acts on it: lines of JSON that are only ever added.

A machine that stops while a line is written leaves a last line without an end; it was never acted on, and is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog.errors import RecordError

Json = Any


class Journal:
    """One keeper's own; a second keeper on the same file is refused. Raises `RecordError` for one that is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[str, Json] = {}
        """Path below `data.control`, and what was written there."""
        self.lifted: dict[str, str] = {}
        """Paths that a reviewed merge lifted, and when what was lifted had been given: just that never comes back."""
        self.seq = 0
        """The newest bundle that any point ever held."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self._read()
        except OSError as error:
            raise _unusable(path, str(error.strerror)) from error

    def hold(self, found: Mapping[str, Json]) -> list[str]:
        """Remember some presences; those that are new, durable by now."""
        new = {path: body for path, body in found.items() if path not in self.held and not self.is_lifted(path, body)}
        self._add({"hold": path, "body": body} for path, body in sorted(new.items()))
        self.held |= new
        return sorted(new)

    def lift(self, found: Mapping[str, Json]) -> None:
        """Remember that some are lifted."""
        new = {path: _given(body) for path, body in found.items() if not self.is_lifted(path, body)}
        self._add({"lift": path, "given": at} for path, at in sorted(new.items()))
        self.lifted |= new
        for path in new:
            self.held.pop(path, None)

    def is_lifted(self, path: str, body: Json) -> bool:
        """Whether just this presence was lifted, or one of its id that was given later."""
        return path in self.lifted and _given(body) <= self.lifted[path]

    def saw(self, seq: int) -> None:
        """Remember the newest bundle's number."""
        if seq > self.seq:
            self._add([{"seq": seq}])
            self.seq = seq

    def close(self) -> None:
        """Let another keeper have the file."""
        os.close(self._file)

    def _read(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _unusable(self.path, "another keeper uses it; give each its own --state") from None
        text = b""
        while piece := os.read(self._file, 1 << 20):
            text += piece
        whole = text[: text.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, LookupError, TypeError) as error:
                raise _unusable(self.path, f"line {number} is damaged") from error
        os.ftruncate(self._file, len(whole))
        os.lseek(self._file, len(whole), os.SEEK_SET)

    def _take(self, entry: Mapping[str, Json]) -> None:
        if "hold" in entry:
            self.held[str(entry["hold"])] = entry["body"]
        elif "lift" in entry:
            self.lifted[str(entry["lift"])] = str(entry.get("given", "~"))
            self.held.pop(entry["lift"], None)
        else:
            self.seq = max(self.seq, int(entry["seq"]))

    def _add(self, entries: Iterable[Mapping[str, Json]]) -> None:
        try:
            lines = b"".join(json.dumps(entry, sort_keys=True).encode() + b"\n" for entry in entries)
        except (ValueError, RecursionError) as error:
            raise _unusable(self.path, f"what a point holds cannot be written down ({type(error).__name__})") from error
        if not lines:
            return
        try:
            end = os.lseek(self._file, 0, os.SEEK_END)
            try:
                written = 0
                while written < len(lines):
                    written += os.write(self._file, lines[written:])
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, end)
                raise
        except OSError as error:
            raise _unusable(self.path, str(error.strerror)) from error


def _given(body: Json) -> str:
    """When a presence was given, by its own word, in UTC; empty when it does not say."""
    return str(body.get("at", "")) if isinstance(body, Mapping) else ""


def _unusable(path: Path, why: str) -> RecordError:
    return RecordError(
        f"The keeper's journal {path} cannot be used.",
        why=why,
        solution="No lease is renewed without it, so that nothing goes on that a lost stop should have ended.",
    )
