"""`state.yaml` as Countersign itself writes it: what it says, and no other word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from catalog import layout, strict_yaml
from catalog.workflow import Workflow

Json = Any


def text(state: Mapping[str, Json]) -> bytes:
    """The file's content, which reads back as just that state."""
    found = _dump(state)
    # `INF` is text to one reader of YAML and a number to another, and some letters nobody sees: then all is quoted.
    return found if _reads_as(found, state) else _dump(state, '"')


def is_plain(workflow: Workflow) -> bool:
    """Whether the file of a workflow without problems is written just so: without a comment, in no other spelling."""
    content = workflow.content(layout.STATE)
    return content is not None and content == text(strict_yaml.parse(content))


def _dump(state: Mapping[str, Json], quote: str | None = None) -> bytes:
    found = yaml.safe_dump(dict(state), sort_keys=False, allow_unicode=not quote, width=10_000, default_style=quote)
    return found.encode()


def _reads_as(content: bytes, state: Mapping[str, Json]) -> bool:
    try:
        return bool(strict_yaml.parse(content) == state)
    except strict_yaml.Unreadable:
        return False
