"""Stops and ways back as `state.yaml` lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from controls.live.order import ALL
from controls.live.presence import ROLLBACKS

Json = Any


def entry(path: str, body: Mapping[str, Json]) -> dict[str, Json]:
    """The entry for a presence, by its path and what was written there."""
    steps = path.split("/")
    return {
        "id": steps[-1],
        "action": ALL if steps[0] == ROLLBACKS else steps[2],
        "version": body.get("version", "*"),
        "reason": body.get("reason", "Not said."),
        "at": body.get("at", "2000-01-01T00:00:00Z"),
    }


def with_stopped(state: Mapping[str, Json], entries: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """The same state with more entries; those that it has stay as they are."""
    listed = {stop["id"]: stop for stop in state.get("stopped") or []}
    return {**state, "stopped": list(({one["id"]: one for one in entries} | listed).values())}
