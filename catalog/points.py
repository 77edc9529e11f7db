"""The enforcement points: the OPA servers that applications ask, as `team/enforcement-points.yaml` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog import durations, layout
from catalog.errors import UsageError
from catalog.workflow import read_document

Json = Any

LEASE, POLL, SILENCE = "30s", "20s", "1h"
"""What holds where the file does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One server."""

    name: str
    url: str
    """Without a path."""
    group: str = "production"
    """production | drill"""
    ca: str | None = None
    """The file with the certificate that signs the server's, from the repository's root; None: the system's."""
    token: str | None = None
    """The environment variable that holds a token for it; None: whoever asks signs with their own key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """All of them, and what holds for all."""

    lease: int
    """Seconds that a point goes on without hearing from the keeper."""
    poll: int
    """Seconds that a point may take to fetch a new bundle."""
    silence: int
    """Seconds that the watcher may hear nothing of a stop trigger's number."""
    points: tuple[Point, ...]
    tokens: Mapping[str, Json]
    """SHA-256 digests of the keeper's and the watcher's; None where there is none."""
    resumed: tuple[str, ...]
    """Stops of everything that a review let go, by id."""
    applications: Mapping[str, str]
    """SHA-256 digest of each application's token, by its name."""

    def of(self, group: str) -> tuple[Point, ...]:
        """Those of one group."""
        return tuple(point for point in self.points if point.group == group)


def of(document: Mapping[str, Json]) -> Points:
    """What a document says that its schema has accepted; an empty one declares no point."""
    tokens = document.get("tokens") or {}
    return Points(
        lease=durations.seconds(document.get("lease", LEASE)),
        poll=durations.seconds(document.get("poll", POLL)),
        silence=durations.seconds(document.get("silence", SILENCE)),
        points=tuple(Point(**point) for point in document.get("points") or ()),
        tokens={who: tokens.get(who) for who in ("keeper", "watcher")},
        applications=tokens.get("applications") or {},
        resumed=tuple(document.get("resumed") or ()),
    )


def read(root: Path) -> Points:
    """The points of the working copy below `root`; git is not asked. Raises `UsageError` for what cannot be read."""
    path = root / layout.POINTS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.",
            why="It lists the enforcement points.",
            solution="Run this in a clone of the repository, or name the clone: --root FOLDER.",
        ) from error
    document, found = read_document(layout.POINTS, content, "points")
    for problem in found:
        place = f" ({problem.field})" if problem.field else ""
        raise UsageError(f"{problem.file}:{problem.line}: {problem.message}{place}.", solution="Mend the file.")
    points = of(document or {})
    names = [point.name for point in points.points]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{layout.POINTS} names {twice[0]} twice.", solution="Give each point a name of its own.")
    return points
