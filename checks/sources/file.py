"""Approvals from a JSON file, for runs without a forge (docs/approvals.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from catalog import schemas
from catalog.change import Change
from catalog.errors import SourceError
from catalog.git import MAX_FILE, Repository
from catalog.records import strict_json
from checks.sources.interface import Approval

Json = Any

_SOLUTION = "See docs/approvals.md for the format."


@dataclass(frozen=True, slots=True)
class ApprovalsFile:
    """The file at `path`. Raises `SourceError` when it is missing, too large, or not as documented."""

    path: Path

    def read(self, repository: Repository, changed: Change) -> Sequence[Approval]:
        """Every approval in the file, in its order."""
        clone = repository.path.resolve()
        if any(clone in place.parents for place in (self.path.resolve(), self.path.parent.resolve() / self.path.name)):
            raise SourceError(
                f"{self.path} lies in the repository.",
                why="What a change can bring along says nothing of who approved it.",
                solution="Keep the file outside the clone.",
            )
        document = self._load()
        for _, message in schemas.problems("approvals", document):
            raise SourceError(f"{self.path}: {message}.", solution=_SOLUTION)
        return [self._approval(entry) for entry in document["approvals"]]

    def _load(self) -> Json:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_FILE + 1)
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}.", solution=_SOLUTION) from error
        if len(content) > MAX_FILE:
            raise SourceError(f"{self.path} is larger than {MAX_FILE} bytes.", solution=_SOLUTION)
        try:
            return strict_json.loads(content, parse_float=_whole)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self.path} is not JSON: {error}", solution=_SOLUTION) from error

    def _approval(self, entry: dict[str, Json]) -> Approval:
        try:
            at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise SourceError(f"{self.path}: {entry['at']} is not a moment.", solution=_SOLUTION) from error
        return Approval(forge=entry["forge"], workflow=entry.get("workflow"), digest=entry["digest"], at=at)


def _whole(number: str) -> NoReturn:
    # Whether 999.0 is an integer, each reader answers for itself.
    raise ValueError(f"{number} is not written as a whole number")


class NoApprovals:
    """The source of a run that was given none."""

    def read(self, repository: Repository, changed: Change) -> Sequence[Approval]:
        """Nothing, ever."""
        return ()
