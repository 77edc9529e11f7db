"""What a Rego engine does for Countersign: load rules once, answer one query about one input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Json = Any
"""A JSON value as `json.loads` gives it."""


class Engine(Protocol):
    """A loaded rule set, ready to judge. A context manager: what it started, it stops."""

    name: str
    """Name and version, as reports print it: `regorus 0.13.0`, `opa 1.22.2`."""

    def evaluate(self, query: str, facts: Mapping[str, Json]) -> Json:
        """Answer `query` (a path such as `data.countersign.verdict`) for `facts` as `input`.

        Raises `EngineError` when the answer is undefined, when a built-in fails, on a crash, or past the deadline.
        """
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(self, *_: object) -> None: ...
