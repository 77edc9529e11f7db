"""What differs between two sides of a workflow: both flattened to `path → {field, value}`, then compared.

The rules give each field an order, least power first (policies/lib/power.rego); here nothing is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog import layout, versions
from catalog.workflow import Workflow

Json = Any
Flat = dict[str, tuple[str, Json]]
"""Path → (field, value)."""

NAMED_LISTS = {"models": "use", "tools": "name", "data": "name", "actions": "name"}
"""Lists of the manifest, and the key that names their items."""


def flatten(workflow: Workflow | None) -> Flat:
    """One side as paths; empty when the workflow is not there. Null is absent: such a path is left out."""
    return {} if workflow is None else {path: found for path, found in _paths(workflow) if found[1] is not None}


def delta(before: Workflow | None, after: Workflow | None) -> list[dict[str, Json]]:
    """Every path whose value differs, sorted; `text` when of the version only the wording of the manifest differs."""
    old, new = flatten(before), flatten(after)
    found = [_entry(path, old, new) for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
    if before and after:
        found += _reordered(before.manifest, after.manifest)
        if before.version != after.version and all(str(step["field"]).startswith("state.") for step in found):
            found += [{"path": "text", "field": "text", "before": before.version, "after": after.version}]
    return sorted(found, key=lambda step: str(step["path"]))


def _reordered(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The lists whose items stand in another order: no item's own path tells, and a reader may go by the first."""
    for key, identity in NAMED_LISTS.items():
        old, new = ([item[identity] for item in side[key]] for side in (before, after))
        kept = ([name for name in old if name in new], [name for name in new if name in old])
        if kept[0] != kept[1]:
            yield {"path": key, "field": "order", "before": kept[0], "after": kept[1]}


def _entry(path: str, old: Flat, new: Flat) -> dict[str, Json]:
    name = (old.get(path) or new[path])[0]
    before, after = old.get(path, (name, None))[1], new.get(path, (name, None))[1]
    return {"path": path, "field": name, "before": before, "after": after}


def _paths(workflow: Workflow) -> Iterator[tuple[str, tuple[str, Json]]]:
    manifest = workflow.manifest
    for key, value in manifest.items():
        if key in NAMED_LISTS:
            yield from _items(key, NAMED_LISTS[key], value)
        elif key == "stop":
            yield from _stop(value)
        elif isinstance(value, dict):
            places = ((f"{key}.{inner}", part) for inner, part in value.items() if inner != "touches")
            yield from ((place, (place, part)) for place, part in places)
        else:
            yield key, (key, value)
    for value in manifest["risk"]["touches"]:
        yield f"risk.touches[{value}]", ("risk.touches[]", True)
    yield from _files(workflow)
    yield from _state(workflow.state)


def _stop(stop: Mapping[str, Json] | None) -> Iterator[tuple[str, tuple[str, Json]]]:
    if stop is not None:
        yield "stop.by", ("stop.by", stop["by"])
        yield from _items("stop.when", "metric", stop["when"])


def _items(name: str, identity: str, items: list[Mapping[str, Json]]) -> Iterator[tuple[str, tuple[str, Json]]]:
    for item in items:
        place = f"{name}[{item[identity]}]"
        yield place, (f"{name}[]", True)
        for key, value in item.items():
            if key != identity:
                yield f"{place}.{key}", (f"{name}[].{key}", value)


def _files(workflow: Workflow) -> Iterator[tuple[str, tuple[str, Json]]]:
    for name, file in workflow.files.items():
        if name not in (layout.MANIFEST, layout.STATE):
            content = file.content if file.content is not None else file.oid.encode()
            yield f"files[{name}]", ("files[]", f"{file.mode}:{versions.h1({'content': content})}")


def _state(state: Mapping[str, Json]) -> Iterator[tuple[str, tuple[str, Json]]]:
    yield "state.state", ("state.state", state["state"])
    yield "state.reason", ("state.reason", state["reason"])
    for stop in state["stopped"]:
        yield f"state.stopped[{stop['id']}]", ("state.stopped[]", versions.canonical(stop).decode())
