"""Numbers from a file to which whoever measures adds lines of JSON.

A line is `{"workflow", "metric", "value", "at"}`: what was counted since the line before, or the share at that time.
What stands in the file is all that is known: only what was added is read, and another file in its place anew.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import SourceError
from controls.watch.numbers import is_share, summed

_HEAD = 4096
AHEAD = 60.0
"""Seconds that whoever writes may have a clock ahead of ours; what is later yet says nothing of now."""


class Lines:
    """One file, as far as it has been read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._file = (0, 0)
        """Device and number of the file that was read."""
        self._head = b""
        """How it began: what was written over in place is read anew."""
        self._known: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        """Moments and values, by metric and workflow."""
        self._error: SourceError | None = None

    def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
        """As `numbers.Source` has it."""
        self._check()
        found = {}
        for (name, one), reported in self._known.items():
            if name != metric or workflow not in (None, one):
                continue
            taken = list(_since(reported, over))
            if not is_share(metric):
                found[one] = summed(taken)
            elif taken:
                found[one] = summed(taken) / len(taken)
        return found

    def heard(self, metric: str, within: float) -> Set[str]:
        """As `numbers.Source` has it."""
        self._check()
        return {
            one
            for (name, one), reported in self._known.items()
            if name == metric and any(True for _ in _since(reported, within))
        }

    def begin(self) -> None:
        """As `numbers.Source` has it. A file that cannot be read answers nothing, as long as that is so."""
        try:
            self._refresh()
        except SourceError as error:
            self._error = error
        else:
            self._error = None

    def _check(self) -> None:
        if self._error:
            raise self._error

    def _refresh(self) -> None:
        try:
            with self._path.open("rb") as file:
                about = os.fstat(file.fileno())
                place, head = (about.st_dev, about.st_ino), file.read(len(self._head))
                if place != self._file or about.st_size < self._read or head != self._head:
                    self._file, self._read, self._head = place, 0, b""
                    self._known.clear()
                file.seek(self._read)
                added = file.read()
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}.") from error
        whole = added[: added.rfind(b"\n") + 1]  # the last line may still be being written
        for key, reported in [self._number(line) for line in whole.splitlines()]:
            self._known[key].append(reported)
        self._read += len(whole)
        self._head = self._head or whole[:_HEAD]

    def _number(self, line: bytes) -> tuple[tuple[str, str], tuple[float, float]]:
        try:
            said = json.loads(line)
            value, at = float(said["value"]), datetime.fromisoformat(said["at"]).astimezone(UTC).timestamp()
            key = str(said["metric"]), str(said["workflow"])
            if not math.isfinite(value):
                raise ValueError(value)
        except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
            raise SourceError(
                f"{self._path} holds a line that says no number: {line[:100].decode('utf-8', 'replace')}",
                why="Each must be an object with workflow, metric, value and at.",
                solution="Mend the line, or begin another file.",
            ) from None
        return key, (at, value)


def _since(reported: Iterable[tuple[float, float]], seconds: float) -> Iterator[float]:
    now = datetime.now(UTC).timestamp()
    return (value for at, value in reported if now - seconds < at <= now + AHEAD)
