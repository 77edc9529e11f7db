"""What one check says of one setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Any


class State(StrEnum):
    """How a setting stands. What could not be read is never fine."""

    OK = "ok"
    NOTE = "note"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of GitLab's API that sets something."""

    method: str
    path: str
    body: Mapping[str, Json] = field(default_factory=dict)
    undo: Call | None = None
    """What brings back what it took away, should a later call of the same fix fail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One setting: how it stands, what was found, what that means, how to close it."""

    state: State
    found: str
    meaning: str = ""
    solution: str = ""
    fix: tuple[Call, ...] = ()
    """The calls that close it, in their order; none where the API cannot, or a person has to decide."""
    name: str = ""
    """The check's, such as `project.branch`."""


def fine(found: str, meaning: str = "") -> Item:
    """A setting that guards what it should."""
    return Item(state=State.OK, found=found, meaning=meaning)


def note(found: str, meaning: str = "", solution: str = "") -> Item:
    """A setting that breaks no guarantee, and is worth knowing."""
    return Item(state=State.NOTE, found=found, meaning=meaning, solution=solution)


def gap(found: str, meaning: str, solution: str, *fix: Call) -> Item:
    """A setting that leaves something open."""
    return Item(state=State.OPEN, found=found, meaning=meaning, solution=solution, fix=fix)


def exit_code(items: Iterable[Item]) -> int:
    """By the worst item: 3 when something could not be read, 1 when something is open, else 0."""
    states = {item.state for item in items}
    return 3 if State.UNKNOWN in states or not states else 1 if State.OPEN in states else 0
