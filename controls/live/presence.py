"""Stops and ways back as they lie at a point: by being there. Their ids end in a digest of what they say.

A point shows whoever it lets write only the path, never the content (policies/runtime/seal.rego).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

Json = Any

STOPS, ROLLBACKS = "stops", "rollbacks"

_LENGTH = 32
"""Hexadecimal digits of a seal."""


def sealed(name: str, kind: str, workflow: str, action: str, version: str, to: str | None) -> str:
    """The id of an order called `name`."""
    said = "\n".join([kind, workflow, action, version, to or ""])
    return f"{name}-{sha256(said.encode()).hexdigest()[:_LENGTH]}"


def name_of(identity: str) -> str:
    """What an order is called, by its id."""
    return identity[: -_LENGTH - 1]


def named(path: str) -> tuple[str, str]:
    """The workflow and the id of a presence, by its path."""
    steps = path.split("/")
    return steps[1], steps[-1]


def given(body: Json) -> datetime | None:
    """When a presence was given, by its own word; None for one that says no possible time."""
    try:
        return datetime.fromisoformat(body["at"]).astimezone(UTC)
    except (TypeError, KeyError, ValueError, OverflowError):
        return None


def presences(held: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Every stop and way back that a point holds: its path below `data.control`, and what was written there."""
    for workflow, actions in held[STOPS].items():
        for action, found in actions.items():
            yield from ((f"{STOPS}/{workflow}/{action}/{identity}", body) for identity, body in found.items())
    for workflow, found in held[ROLLBACKS].items():
        yield from ((f"{ROLLBACKS}/{workflow}/{identity}", body) for identity, body in found.items())
